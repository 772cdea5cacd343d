"""Manifold metrics equal their definitions, and detect simulated failures."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tfgan_kit import metrics
from tfgan_kit.metrics import coverage, neighbours

STATUS = pathlib.Path("/proc/self/status")


VECTORS = ("fake_in_real", "real_in_fake", "density_counts", "real_covered")
NUMBERS = ("precision", "recall", "density", "coverage")


def by_definition(real, fake, k=3, k_density=5):
    """All metrics from full matrices of distances."""

    def radii(x, *ks):
        distances = cdist(x, x)
        np.fill_diagonal(distances, np.inf)
        distances.sort(axis=1)
        return [distances[:, k - 1] for k in ks]

    (balls, wide_balls), (fake_balls,) = radii(real, k, k_density), radii(fake, k)
    across = cdist(fake, real)
    result = {
        "fake_in_real": (across <= balls).any(axis=1),
        "real_in_fake": (across <= fake_balls[:, None]).any(axis=0),
        "density_counts": (across < wide_balls).sum(axis=1) / k_density,
        # Naeem et al.: the distance to the nearest generated sample is below the own radius.
        "real_covered": across.min(axis=0) < wide_balls,
    }
    kept = balls <= np.median(balls)
    with np.errstate(divide="ignore", invalid="ignore"):
        realism = balls[kept] / across[:, kept]
    realism = np.where(across[:, kept] == 0, np.inf, realism).max(axis=1)
    means = [vector.mean() for vector in result.values()]
    return result | {"realism": realism} | dict(zip(NUMBERS, means, strict=True))


def assert_equal(result, expected):
    for name in VECTORS:
        np.testing.assert_array_equal(getattr(result, name), expected[name], err_msg=name)
    for name in NUMBERS:
        # The density is one division here, and a mean of quotients there.
        assert getattr(result, name) == pytest.approx(expected[name], rel=1e-14), name
    np.testing.assert_allclose(result.realism, expected["realism"], rtol=1e-12)


def gaussians(num, width, seed, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=(num, width))


def lattice(num, seed, width=3):
    return np.random.default_rng(seed).integers(0, 5, (num, width)).astype(float)


def mixture(num, seed, classes=10, std=0.1):
    """Classes in 16 dimensions, well apart: the means are those of every call."""
    means = np.random.default_rng(99).normal(size=(10, 16))
    rng = np.random.default_rng(seed)
    return means[rng.integers(classes, size=num)] + std * rng.normal(size=(num, 16))


@pytest.mark.parametrize("width", [2, 64])
def test_equal_to_full_matrices_at_2000(width):
    real, fake = gaussians(2000, width, 0), gaussians(2000, width, 1)
    result, expected = coverage.manifold_metrics(real, fake), by_definition(real, fake)
    assert_equal(result, expected)
    assert all(0.1 < expected[name] < 2 for name in NUMBERS), expected


@pytest.mark.parametrize("draw", [gaussians, lattice], ids=["gaussians", "lattice"])
def test_other_blocks_give_the_same_bits(monkeypatch, draw):
    real, fake = draw(300, width=3, seed=0), draw(200, width=3, seed=1)
    whole = coverage.manifold_metrics(real, fake)
    for rows, columns in ((23, 40), (64, 500), (1000, 30)):
        monkeypatch.setattr(neighbours, "_ROWS", rows)
        monkeypatch.setattr(neighbours, "_COLUMNS", columns)
        parts = coverage.manifold_metrics(real, fake)
        for name in (*NUMBERS, *VECTORS, "realism"):
            np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


@pytest.mark.parametrize(("k", "k_density"), [(1, 1), (3, 5), (8, 2)])
def test_ties_are_within_for_precision_and_outside_for_density(k, k_density):
    real, fake = lattice(150, 0), lattice(120, 1)
    result = coverage.manifold_metrics(real, fake, k, k_density)
    assert_equal(result, by_definition(real, fake, k, k_density))


def test_boundaries_by_hand():
    real, fake = np.array([[0.0], [1.0]]), np.array([[2.0], [9.0]])
    # Balls about 0 and 1 have radius 1; that about 1 reaches to 2 exactly.
    result = coverage.manifold_metrics(real, fake, 1, 1)
    assert result.fake_in_real.tolist() == [True, False]
    assert result.density == result.coverage == 0
    assert result.realism.tolist() == [1, 1 / 8]
    assert result.real_in_fake.tolist() == [True, True]  # 7 about 2.


def test_short_functions_agree_with_the_whole():
    real, fake = gaussians(300, 5, 0), gaussians(250, 5, 1)
    whole = coverage.manifold_metrics(real, fake, 4, 6)
    assert coverage.precision_recall(real, fake, 4) == (whole.precision, whole.recall)
    assert coverage.density_coverage(real, fake, 6) == (whole.density, whole.coverage)
    swapped = coverage.precision_recall(fake, real, 4)
    assert (swapped.recall, swapped.precision) == (whole.precision, whole.recall)


def test_identical_sets_are_exactly_one_and_far_sets_zero():
    real = gaussians(400, 16, 0)
    result = coverage.manifold_metrics(real, real.copy())
    # Each ball holds its own sample and k - 1 others, and the k-th is at its radius.
    assert [getattr(result, name) for name in NUMBERS] == [1, 1, 1, 1]
    assert np.isinf(result.realism).sum() >= 200 and (result.realism > 0).all()
    result = coverage.manifold_metrics(gaussians(200, 4, 0), gaussians(200, 4, 1) + 100)
    assert [getattr(result, name) for name in NUMBERS] == [0, 0, 0, 0]
    assert (result.realism < 0.1).all()


def test_same_distribution_has_the_expected_density_and_coverage():
    result = coverage.manifold_metrics(gaussians(1500, 4, 0), gaussians(1500, 4, 1))
    # Over 20 seeds they deviate by 0.015 and 0.0066; five of these.
    assert abs(result.density - 1) < 0.075
    assert abs(result.coverage - (1 - 2**-5)) < 0.033


def test_dropped_classes_lower_recall_and_coverage_but_not_precision():
    real = mixture(800, 0)
    whole = coverage.manifold_metrics(real, mixture(800, 1))
    half = coverage.manifold_metrics(real, mixture(800, 2, classes=5))
    # Half of the classes is half of both; the margin is the binomial's, 5 x 0.018.
    assert abs(half.precision - whole.precision) < 0.09
    assert half.recall < whole.recall / 2 + 0.09
    assert half.coverage < whole.coverage / 2 + 0.09


def test_a_collapsed_generator_has_precision_without_coverage():
    real = mixture(500, 0)
    fake = real[:5][np.arange(500) % 5]
    result = coverage.manifold_metrics(real, fake)
    assert_equal(result, by_definition(real, fake))
    assert result.precision == 1 and result.recall == 5 / 500
    assert result.coverage < 0.2


def test_both_sets_collapsed_and_duplicates_among_the_reals():
    real = gaussians(6, 3, 0)[np.arange(300) % 6]
    result = coverage.manifold_metrics(real, real[:100])
    # Balls of radius 0: a copy is within them, and strictly within none.
    assert result.precision == result.recall == 1
    assert result.density == result.coverage == 0
    assert np.isinf(result.realism).all()
    away = coverage.manifold_metrics(real, real[:100] + 1e-9)
    assert away.precision == 0 and (away.realism == 0).all()


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="no /proc to read the peak memory from")
def test_memory_at_50000_samples():
    code = (
        "import numpy as np; from tfgan_kit.metrics import coverage; "
        f"peak = lambda: open('{STATUS}').read().split('VmHWM:')[1].split()[0]; "
        "rng = np.random.default_rng(0); real, fake = rng.normal(size=(2, 50_000, 64)); "
        "before = peak(); coverage.manifold_metrics(real, fake); print(before, peak())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    # In KiB: 100 MiB or so are seen. A matrix of all pairs would take 18.6 GiB.
    assert 0 < after - before < 300 * 1024


def test_coverage_errors_are_the_spread_over_samples_of_a_given_side(normal):
    metric = metrics.Coverage()
    real, fake = normal(150, 0), normal(150, 1, shift=0.8)
    fresh_fake = [metric(real, normal(150, seed, shift=0.8)) for seed in range(10, 70)]
    fresh_real = [metric(normal(150, seed), fake) for seed in range(10, 70)]
    for name in ("precision", "density", "recall"):
        draws = fresh_real if name == "recall" else fresh_fake
        true = np.std([each[name].value for each in draws])
        error = np.median([each[name].error for each in draws])
        # 60 draws determine a standard deviation to 9 %; four times that is allowed.
        assert true / 1.4 < error < 1.4 * true, name
