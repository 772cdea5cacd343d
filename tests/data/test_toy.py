"""Toy distributions against their formulas, and their stream against other divisions of it."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn import datasets

from tfgan_kit.data import toy
from tfgan_kit.utils.errors import InvalidArgument

NUM = 40_000
# Means and covariances in closed form. For a curve: the integral over its parameter; for a
# mixture: the law of total variance.
TURNS = 1.5 * np.pi + np.linspace(0, 3 * np.pi, 200_001)
ROLL = np.stack([TURNS * np.cos(TURNS), TURNS * np.sin(TURNS)]) / 7.5
LINE = np.array([-0.75, 0.3])
MOONS = np.array([[0.0, 2 / np.pi], [1.0, 0.5 - 2 / np.pi]])
# Within a moon: Var(cos) = 1/2, Var(sin) = 1/2 - (2/pi)^2, Cov = 0.
IN_A_MOON = np.diag([0.5, 0.5 - (2 / np.pi) ** 2]) + np.eye(2) * 0.05**2
GAUSSIANS = np.diag([(0.1**2 + 0.05**2) / 2, (0.1**2 + 0.2**2) / 2])
DISJOINT = np.array([(0.35, 0.75), (0.75, 0.6), (0.45, 0.35)])
MOMENTS = {
    "ring": ([0, 0], np.eye(2) * (2**2 / 2 + 0.02**2)),
    "grid": ([0, 0], np.eye(2) * (8 + 0.05**2)),
    "swiss_roll": (ROLL.mean(1), np.cov(ROLL) + np.eye(2) * (0.25 / 7.5) ** 2),
    "two_moons": (MOONS.mean(0), np.cov(MOONS.T, ddof=0) + IN_A_MOON),
    "gan_lab_line": ([0.425, 0.75], np.outer(LINE, LINE) / 12 + np.eye(2) * 0.01**2),
    "gan_lab_gaussians": ([0.5, 0.55], np.array([[0.04, -0.03], [-0.03, 0.0225]]) + GAUSSIANS),
    "gan_lab_ring": ([0.5, 0.45], np.diag([0.3**2, 0.25**2]) / 2 + np.eye(2) * 0.025**2),
    "gan_lab_disjoint": (DISJOINT.mean(0), np.cov(DISJOINT.T, ddof=0) + np.eye(2) * 0.025**2),
    # Filled in below.
    **dict.fromkeys(["unit_line", "unit_gaussians", "unit_ring", "unit_disjoint"]),
    "unit_eight": ([0.5, 0.5], np.eye(2) * (0.35**2 / 2 + 0.02**2)),
    "unit_grid": ([0.5, 0.5], np.eye(2) * (0.08 + 0.02**2)),
    "unit_swiss_roll": (
        0.5 + 0.22 * ROLL.mean(1),
        0.22**2 * (np.cov(ROLL) + np.eye(2) * (0.25 / 7.5) ** 2),
    ),
}
MOMENTS |= {
    name.replace("gan_lab", "unit"): moments
    for name, moments in MOMENTS.items()
    if name.startswith("gan_lab")
}
WITH_MODES = {"ring": (8, 0.02), "grid": (25, 0.05), "gan_lab_disjoint": (3, 0.025)}
WITH_MODES |= {"unit_disjoint": (3, 0.025), "unit_eight": (8, 0.02), "unit_grid": (25, 0.02)}


def nearest_mode(points, modes):
    distances = np.linalg.norm(points[:, None].astype("float64") - modes[None], axis=2)
    return distances.argmin(axis=1), distances.min(axis=1)


@pytest.mark.parametrize("name", MOMENTS)
def test_mean_and_covariance_follow_the_formula(name):
    mean, covariance = MOMENTS[name]
    points = toy.get(name).sample(NUM, seed=1)
    assert points.shape == (NUM, 2) and points.dtype == np.float32
    np.random.seed(5)
    np.testing.assert_array_equal(toy.get(name).sample(NUM, seed=1), points)
    assert len({toy.get(name).sample(50, seed).tobytes() for seed in range(20)}) == 20
    points = points.astype("float64")
    deviations = np.sqrt(np.diag(covariance))
    # 5 standard errors of a mean; for a covariance, the standard error is at most
    # sqrt(kurtosis) <= sqrt(5) deviations squared over sqrt(NUM), for these shapes.
    margin = 5 / np.sqrt(NUM) * deviations
    assert (np.abs(points.mean(axis=0) - mean) < margin).all()
    margin = 5 * np.sqrt(5 / NUM) * np.outer(deviations, deviations)
    assert (np.abs(np.cov(points.T) - covariance) < margin).all()


@pytest.mark.parametrize("name", MOMENTS)
def test_modes_are_equally_likely_round_and_of_their_size(name):
    chosen = toy.get(name)
    if name not in WITH_MODES:
        assert chosen.modes is None and chosen.std is None
        return
    num_modes, std = WITH_MODES[name]
    assert chosen.modes.shape == (num_modes, 2) and chosen.modes.dtype == np.float32
    assert chosen.std == std
    nearest, distances = nearest_mode(chosen.sample(NUM, seed=2), chosen.modes)
    # Rayleigh: 1 - exp(-9/2) lie within 3 std. Margin: 5 standard errors, 0.0026.
    wanted = 1 - np.exp(-4.5)
    margin = 5 * np.sqrt(wanted * (1 - wanted) / NUM)
    assert abs((distances < 3 * std).mean() - wanted) < margin
    # The mean of a squared distance is 2 std^2, its standard deviation the same.
    assert abs((distances**2).mean() / (2 * std**2) - 1) < 5 / np.sqrt(NUM)
    # 5 standard errors of a share of 1 / num_modes.
    shares = np.bincount(nearest, minlength=num_modes) / NUM
    margin = 5 * np.sqrt((1 - 1 / num_modes) / num_modes / NUM)
    assert np.abs(shares - 1 / num_modes).max() < margin


def test_the_modes_are_those_of_the_papers():
    assert toy.names() == list(MOMENTS)
    ring, grid = toy.get("ring").modes, toy.get("grid").modes
    np.testing.assert_allclose(np.linalg.norm(ring, axis=1), 2, rtol=1e-6)
    np.testing.assert_allclose(ring[:3], [[2, 0], [2**0.5, 2**0.5], [0, 2]], atol=1e-6)
    steps = (-4, -2, 0, 2, 4)
    assert {tuple(mode) for mode in grid.tolist()} == {(x, y) for x in steps for y in steps}


def test_without_noise_two_moons_and_swiss_roll_are_those_of_scikit_learn():
    uniform, still = np.linspace(0, 1, 1001, endpoint=False), np.zeros((1001, 2))
    moons, _ = datasets.make_moons(1001)
    roll, _ = datasets.make_swiss_roll(1001, random_state=0)
    # Each point of one lies near a point of the other: moons have steps of at most 0.0063.
    # scikit-learn's points on the roll are random, and sparsest at its end, where the angle's gaps
    # count 4.5 pi / 7.5 each: the largest of 1,001 is about 3 pi log(1001) / 1001 * 1.9 = 0.12,
    # of which half counts.
    roll = roll[:, ::2] / 7.5
    for name, theirs, limit in (("two_moons", moons, 0.007), ("swiss_roll", roll, 0.1)):
        ours = toy.get(name).transform(uniform, still)
        assert nearest_mode(ours, theirs)[1].max() < limit > nearest_mode(theirs, ours)[1].max()


@pytest.mark.parametrize(
    ("name", "uniform", "centre", "std"),
    [("swiss_roll", 0.0, [0, -1.5 * np.pi / 7.5], 0.25 / 7.5)]
    + [("swiss_roll", 0.5, [-3 * np.pi / 7.5, 0], 0.25 / 7.5)]
    + [("two_moons", 0.25, [0, 1], 0.05), ("two_moons", 0.75, [1, -0.5], 0.05)]
    + [("gan_lab_line", 0.0, [0.8, 0.6], 0.01), ("gan_lab_line", 1.0, [0.05, 0.9], 0.01)]
    + [("gan_lab_gaussians", 0.49, [0.3, 0.7], [0.1, 0.1])]
    + [("gan_lab_gaussians", 0.5, [0.7, 0.4], [0.05, 0.2])]
    + [("gan_lab_ring", 0.0, [0.8, 0.45], 0.025), ("gan_lab_ring", 0.25, [0.5, 0.7], 0.025)]
    + [("gan_lab_disjoint", u, c, 0.025) for u, c in zip((0.3, 0.4, 0.99), DISJOINT, strict=True)]
    + [("ring", 0.25, [0, 2], 0.02), ("grid", 0.999, [4, 4], 0.05)]
    + [("unit_eight", 0.25, [0.5, 0.85], 0.02), ("unit_grid", 0.999, [0.9, 0.9], 0.02)]
    + [("unit_swiss_roll", 0.5, [0.5 - 0.22 * 3 * np.pi / 7.5, 0.5], 0.22 * 0.25 / 7.5)],
)
def test_centres_and_noise_are_those_of_the_papers(name, uniform, centre, std):
    normal = np.array([[0.0, 0.0], [1.0, -2.0]])
    points = toy.get(name).transform(np.full(2, uniform), normal)
    np.testing.assert_allclose(points, np.array(centre) + normal * std, atol=1e-12)


def test_a_seed_is_one_stream_however_it_is_divided():
    ring = toy.get("ring")
    whole = ring.sample(60, seed=3)
    # Other lengths may round a logarithm differently, by less than 1e-6.
    for start, num in [(0, 1), (0, 60), (17, 20), (59, 1), (1, 0)]:
        part = ring.sample(num, seed=3, start=start)
        np.testing.assert_allclose(part, whole[start : start + num], rtol=0, atol=1e-6)
    # Another stream would break resuming a run that an earlier version began.
    pinned = [[0.7165115, 0.6349497], [0.0880528, 0.8956006]]
    np.testing.assert_allclose(toy.get("gan_lab_line").sample(2, seed=0), pinned, atol=1e-6)


def test_neighbouring_points_and_seeds_are_independent():
    points = toy.Toy("normal", lambda uniform, normal: normal).sample(NUM, seed=0)
    other = toy.Toy("normal", lambda uniform, normal: normal).sample(NUM, seed=1)
    uniform = toy.Toy("uniform", lambda uniform, normal: uniform[:, None] + [[0, 0]]).sample(NUM)
    columns = [points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]]
    columns += [other[:-1, 0], other[:-1, 1], uniform[:-1, 0]]
    # 5 standard errors of a correlation of zero.
    off_diagonal = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(off_diagonal).max() < 5 / np.sqrt(NUM)


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_batches_are_the_stream_in_pieces(seed):
    def take(count, toy_="grid", **kwargs):
        dataset = toy.batches(toy_, **{"batch_size": 6, "seed": seed, **kwargs})
        assert dataset.element_spec == tf.TensorSpec((kwargs.get("batch_size", 6), 2), tf.float32)
        assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
        batches = np.stack([batch.numpy() for batch in dataset.take(count)])
        np.testing.assert_array_equal([batch.numpy() for batch in dataset.take(count)], batches)
        return batches

    batches = take(5)
    np.testing.assert_array_equal(batches[3], toy.get("grid").sample(6, seed, start=18))
    np.testing.assert_array_equal(take(3, toy.get("grid"), start_step=2), batches[2:])
    other = take(3, batch_size=10).reshape(30, 2)
    np.testing.assert_allclose(other, batches.reshape(30, 2), rtol=0, atol=1e-6)
    (late,) = take(1, "ring", batch_size=256, start_step=10**15)
    np.testing.assert_array_equal(late, toy.get("ring").sample(256, seed, start=256 * 10**15))


def test_given_points_are_copied_and_drawn_evenly_with_noise():
    given = np.array([[0.1, 0.2], [0.5, 0.4], [0.8, 0.9]])
    chosen = toy.from_points(given, std=0, name="mine")
    found, counts = np.unique(chosen.sample(3000, seed=0), axis=0, return_counts=True)
    np.testing.assert_array_equal(found, given.astype("float32"))
    # 5 standard deviations of a count of 1,000 in 3,000 draws: 129.
    assert np.abs(counts - 1000).max() < 130
    _, distances = nearest_mode(toy.from_points(given).sample(NUM, seed=0), given)
    # The mean squared distance is 2 std^2, its standard deviation the same; 5 standard errors.
    assert abs((distances**2).mean() / (2 * 0.02**2) - 1) < 5 / np.sqrt(NUM)
    before = chosen.sample(5)
    given[:] = 9
    np.testing.assert_array_equal(chosen.sample(5), before)
    assert chosen.modes is None and repr(chosen) == "<Toy mine>" and toy.get(chosen) is chosen


def test_those_of_the_unit_square_lie_in_it():
    for name in toy.names():
        if name.startswith(("gan_lab", "unit")):
            points = toy.get(name).sample(NUM, seed=3)
            outside = ((points < 0) | (points > 1)).any(axis=1).mean()
            # Half of 2.5 % of an upright Gaussian is beyond 0 or 1, and 5 standard errors.
            assert outside < (0.0165 if "gaussians" in name else 1e-9), name


def test_a_mixture_of_ones_own():
    pair = toy.mixture("pair", [[0, 0], [1, 2]], std=0.5)
    assert (pair.name, pair.std, pair.modes.tolist()) == ("pair", 0.5, [[0, 0], [1, 2]])
    uniform, normal = np.array([0.49, 0.5]), np.array([[1.0, 0.0], [0.0, -1.0]])
    np.testing.assert_array_equal(pair.transform(uniform, normal), [[0.5, 0], [1, 1.5]])


def test_points_of_a_file_are_scaled_by_one_factor(tmp_path):
    (tmp_path / "points.csv").write_text("x;y\n10;1\n30;6\n20;1\n")
    expected = np.array([[0.05, 0.3875], [0.95, 0.6125], [0.5, 0.3875]], "float32")
    for source in (tmp_path / "points.csv", str(tmp_path / "points.csv"), b"10 1\n30 6\n20 1"):
        points = np.unique(toy.from_csv(source).sample(200), axis=0)
        np.testing.assert_allclose(points, expected[[0, 2, 1]], atol=1e-7)
    assert toy.from_csv("5,5\n").sample(2).tolist() == [[0.5, 0.5]] * 2


def make(**kwargs):
    return toy.Toy("own", lambda uniform, normal: normal, **kwargs)


RING = toy.get("ring")
WRONG_POINTS = [[], [1, 2], [[1, 2, 3]], [[1, np.nan]], [[0, 0], [np.inf, 0]], [[1], [1, 2]], "a"]


@pytest.mark.parametrize(
    ("call", "message"),
    [(lambda p=p: toy.from_points(p), "`points` must be finite numbers") for p in WRONG_POINTS]
    + [(lambda: toy.from_points([[0, 0]], std=-0.1), "`std` must be a non-negative number")]
    + [(lambda: toy.mixture("a", [[0]], 1), "`centres` must be finite numbers of shape")]
    + [(lambda: toy.mixture("a", [[0, 0]], 0), "`std` must be a positive number")]
    + [(lambda: toy.from_csv("1,2\nx,3"), "`source` must have two numbers .* line 2: 'x,3'")]
    + [(lambda: make(modes=[[0, 0]]), "given together"), (lambda: make(std=1.0), "given together")]
    + [(lambda: make(modes=[[0, 0]], std=0), "`std` must be a positive number")]
    + [(lambda: make(modes=[0, 0], std=1), "`modes` must be finite numbers of shape")]
    + [(lambda: toy.get("swissroll"), "`toy` must be .*'grid'.*did you mean 'swiss_roll'")]
    + [(lambda: toy.batches(None), "`toy` must be .*toy=None$")]
    + [(lambda: RING.sample(-1), "`num` must be a non-negative integer")]
    + [(lambda: RING.sample(1, seed=None), "`seed`"), (lambda: RING.sample(1, start=-1), "`start`")]
    + [(lambda: toy.batches("ring", batch_size=0), "`batch_size` must be a positive integer")]
    + [(lambda: toy.batches("ring", seed="1"), "`seed`")]
    + [(lambda: toy.batches("ring", start_step=-1), "`start_step`")],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(InvalidArgument, match=message):
        call()
