"""Divergences of points: closed forms, SciPy, the estimator's own formula, and chance."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from tfgan_kit import metrics
from tfgan_kit.data import toy
from tfgan_kit.metrics import plane
from tfgan_kit.utils.errors import InvalidArgument

LOG2 = np.log(2)
# Centres of four cells of a grid of two, the left column first.
CENTRES = np.array([[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]])


def points(counts):
    return np.repeat(CENTRES, counts, axis=0)


def closed_form(p, q):
    middle = (p + q) / 2
    return (
        stats.entropy(p, q),
        (stats.entropy(p, middle) + stats.entropy(q, middle)) / 2,
    )


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, 0.25]),
        ([0.25, 0.25, 0.25, 0.25], [0.0625, 0.0625, 0.375, 0.5]),
        ([0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.0, 0.5]),
    ],
)
def test_two_discrete_distributions(p, q):
    num, p, q = 160_000, np.array(p), np.array(q)
    result = metrics.grid_divergences(
        points((num * p).astype(int)), points((num * q).astype(int)), bins=2
    )
    np.testing.assert_allclose(result, closed_form(p, q), atol=1e-4)
    assert result.js == pytest.approx(distance.jensenshannon(p, q) ** 2, abs=1e-4)


def cells_of_a_gaussian(mean, std):
    """Its probability in each of 900 cells, and outside."""
    edges = np.linspace(0, 1, 31)
    x, y = (np.diff(stats.norm.cdf(edges, centre, std)) for centre in mean)
    inside = np.outer(y, x).ravel()
    return np.append(inside, 1 - inside.sum())


@pytest.mark.parametrize(
    ("first", "second", "margins"),
    [
        (((0.5, 0.5), 0.1), ((0.6, 0.5), 0.1), (0.1, 0.01)),
        (((0.5, 0.5), 0.1), ((0.5, 0.5), 0.15), (0.05, 0.02)),
        (((0.3, 0.3), 0.05), ((0.3, 0.3), 0.05), (0.02, 0.006)),
        (((0.9, 0.9), 0.1), ((0.8, 0.9), 0.1), (0.1, 0.01)),
    ],
)
def test_two_gaussians(first, second, margins):
    rng, num = np.random.default_rng(0), 2000
    results = []
    for _ in range(20):
        drawn = [mean + std * rng.normal(size=(num, 2)) for mean, std in (first, second)]
        results.append(metrics.grid_divergences(*drawn))
    wanted = closed_form(cells_of_a_gaussian(*first), cells_of_a_gaussian(*second))
    # 2,000 points in some 300 cells: `kl` is a lower bound where q is empty, `js` nearly unbiased.
    assert (np.abs(np.mean(results, axis=0) - wanted) < margins).all()


@pytest.mark.parametrize("name", ["gan_lab_gaussians", "gan_lab_ring", "unit_eight", "unit_grid"])
def test_two_samples_of_one_distribution_give_0_within_chance(name):
    chosen = toy.get(name)
    drawn = [chosen.sample(2000, seed) for seed in range(40)]
    results = [
        metrics.grid_divergences(*pair) for pair in zip(drawn[::2], drawn[1::2], strict=True)
    ]
    # One deviation is at most 0.015 and 0.0045; raw shares give 0.13 to 0.5 and 0.019 to 0.065.
    assert (np.max(results, axis=0) < [0.06, 0.018]).all()
    assert (np.mean(results, axis=0) < [0.015, 0.0045]).all()
    assert metrics.grid_divergences(drawn[0], drawn[0]) == (0, 0)


def test_chance_is_0_on_average():
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.full(200, 0.3))
    drawn = rng.multinomial(500, shares, size=2000)
    pairs = zip(drawn[::2], drawn[1::2], strict=True)
    results = np.array([plane._estimates(*pair) for pair in pairs])
    errors = results.std(axis=0) / np.sqrt(len(results))
    # That 500 is given, and not by chance, counts less than a twentieth of a deviation.
    assert (np.abs(results.mean(axis=0)) < 5 * errors).all()
    assert (errors < [0.003, 0.001]).all()


def test_equals_the_formula_of_zhang_and_grabchak():
    real, fake = np.array([5, 0, 1, 14]), np.array([3, 9, 0, 8])
    num, expected = 20, 0.0
    for x, y in zip(real[real > 0], fake[real > 0], strict=True):
        of_fake = sum(
            np.prod([1 - y / (num - j + 1) for j in range(1, v + 1)]) / v
            for v in range(1, num - y + 1)
        )
        of_real = sum(
            np.prod([1 - (x - 1) / (num - j) for j in range(1, v + 1)]) / v
            for v in range(1, num - x + 1)
        )
        expected += x / num * (of_fake - of_real)
    kl = metrics.grid_divergences(points(real), points(fake), bins=2).kl
    assert kl == pytest.approx(expected, rel=1e-12)


def test_jensen_shannon_is_symmetric_and_at_most_log_2():
    rng = np.random.default_rng(2)
    for _ in range(5):
        real, fake = rng.normal(0.5, 0.1, (300, 2)), rng.normal(0.6, 0.2, (300, 2))
        there, back = metrics.grid_divergences(real, fake), metrics.grid_divergences(fake, real)
        assert there.js == pytest.approx(back.js, rel=1e-12) and 0 < there.js < LOG2
    apart = metrics.grid_divergences(points([500, 500, 0, 0]), points([0, 0, 500, 500]), bins=2)
    assert LOG2 - 1e-6 < apart.js <= LOG2
    # An empty cell counts as exp(digamma(1)) = 0.56 points.
    assert apart.kl == pytest.approx(np.log(500 / 0.5615), abs=2e-3)


@pytest.mark.parametrize("outer", [-0.001, 1.001, 1e30, -np.inf, np.nan])
def test_points_outside_are_in_a_cell_of_their_own(outer):
    inside, outside = np.full((100, 2), 0.5), np.full((100, 2), [0.5, outer])
    assert metrics.grid_divergences(inside, outside).js > 0.68
    assert metrics.grid_divergences(outside, outside) == pytest.approx((0, 0), abs=1e-9)


def test_both_ends_belong_to_the_grid_and_its_range_may_be_another():
    ends, cells = np.array([[0, 0], [1, 1]] * 50), np.array([[0.01, 0.01], [0.99, 0.99]] * 50)
    assert metrics.grid_divergences(ends, cells) == (0, 0)
    assert metrics.grid_divergences(6 * ends - 3, 6 * cells - 3, low=-3, high=3) == (0, 0)
    assert metrics.grid_divergences(ends, ends[:, ::-1] * [1, 0], bins=2).js > 0.1


def test_the_longer_sample_is_cut():
    rng = np.random.default_rng(3)
    real, fake = rng.random((500, 2)), rng.random((300, 2)) ** 2
    expected = metrics.grid_divergences(real[:300], fake)
    assert metrics.grid_divergences(real, fake) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"real": np.zeros((3, 3))}, r"`real` must be an array \(num, 2\) .*shape \(3, 3\)"),
        ({"fake": np.zeros((0, 2))}, "`fake` must be an array .* with at least one point"),
        ({"fake": [["a", "b"]]}, "`fake` must be an array"),
        ({"bins": 0}, "`bins` must be a positive integer"),
        ({"low": 1}, "`low` must be less than `high`. Received: low=1, high=1"),
        ({"high": np.nan}, "`high` must be a finite number"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    given = {"real": CENTRES, "fake": CENTRES, **arguments}
    with pytest.raises(InvalidArgument, match=message):
        metrics.grid_divergences(**given)
