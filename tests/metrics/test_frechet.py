"""Fréchet distances against closed forms and SciPy's square root."""

import math

import numpy as np
import pytest
import scipy.linalg

from tfgan_kit import metrics
from tfgan_kit.metrics import GaussianStatistics, frechet_distance
from tfgan_kit.utils.errors import InvalidArgument


def by_square_root(real, fake):
    """The formula of the paper."""
    real_covariance = np.atleast_2d(np.cov(real, rowvar=False))
    fake_covariance = np.atleast_2d(np.cov(fake, rowvar=False))
    root = scipy.linalg.sqrtm(real_covariance @ fake_covariance)
    step = real.mean(axis=0) - fake.mean(axis=0)
    return step @ step + np.trace(real_covariance + fake_covariance - 2 * np.real(root))


@pytest.mark.parametrize("width", [1, 2, 5, 64])
def test_frechet_of_commuting_covariances(width):
    random = np.random.default_rng(width)
    basis = np.linalg.qr(random.normal(size=(width, width)))[0]
    first, second = random.uniform(0.1, 9, (2, width))
    means = random.normal(size=(2, width))
    real = GaussianStatistics.from_moments(means[0], basis * first @ basis.T, 10)
    fake = GaussianStatistics.from_moments(means[1], basis * second @ basis.T, 20)
    expected = ((means[0] - means[1]) ** 2).sum() + ((first**0.5 - second**0.5) ** 2).sum()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("width", [1, 3, 20, 60])
def test_frechet_equals_the_formula_with_a_square_root(width, correlated):
    real, fake = correlated(400, width, 0), correlated(500, width, 1, scale=1.3)
    expected = by_square_root(real, fake)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("width", [1, 2, 7, 33])
@pytest.mark.parametrize("num", [2, 3, 8, 40])
def test_frechet_is_finite_and_zero_for_the_same_set(num, width, correlated):
    features = correlated(num, width, num)
    traces = features.var(axis=0).sum()
    assert frechet_distance(features, features[::-1]) == pytest.approx(0, abs=1e-12 * traces)
    other = frechet_distance(features, correlated(num + 1, width, 7))
    assert np.isfinite(other)
    assert other > 0


@pytest.mark.parametrize(("num_real", "num_fake"), [(5, 6), (5, 200), (200, 5), (39, 40), (40, 41)])
def test_frechet_of_few_rows_is_that_of_their_covariance(num_real, num_fake, correlated):
    real, fake = correlated(num_real, 40, 0), correlated(num_fake, 40, 1)
    from_rows = frechet_distance(real, fake)
    from_covariances = frechet_distance(
        GaussianStatistics.from_features(real), GaussianStatistics.from_features(fake)
    )
    # The rank of a covariance is known up to its rounding, 1e-15, whose root is 3e-8.
    assert from_covariances == pytest.approx(from_rows, rel=1e-7)
    # An independent way: eigenvalues of the small Gram matrix of the centred rows.
    rows = [(x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (real, fake)]
    step = real.mean(axis=0) - fake.mean(axis=0)
    singular = np.linalg.svd(rows[0] @ rows[1].T, compute_uv=False)
    expected = step @ step + (rows[0] ** 2).sum() + (rows[1] ** 2).sum() - 2 * singular.sum()
    assert from_rows == pytest.approx(expected, rel=1e-10)


def test_frechet_of_collapsed_sets(correlated):
    collapsed, spread = np.full((30, 4), 2.0), correlated(300, 4, 0)
    assert frechet_distance(collapsed, collapsed) == 0
    assert frechet_distance(collapsed, collapsed + 3) == pytest.approx(36, rel=1e-12)
    step = spread.mean(axis=0) - 2
    expected = step @ step + spread.var(axis=0, ddof=1).sum()
    assert frechet_distance(collapsed, spread) == pytest.approx(expected, rel=1e-10)
    assert frechet_distance(spread, collapsed[:2]) == pytest.approx(expected, rel=1e-10)


def test_frechet_is_symmetric_and_ignores_offsets_and_rotations(correlated, monkeypatch):
    real, fake = correlated(300, 12, 0), correlated(300, 12, 1)
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(12, 12)))[0]
    value = frechet_distance(real, fake)
    assert frechet_distance(fake, real) == pytest.approx(value, rel=1e-10)
    assert frechet_distance(real @ rotation, fake @ rotation) == pytest.approx(value, rel=1e-10)
    # Rounding the features themselves at 1e4 changes them by 1e-12.
    assert frechet_distance(real + 1e4, fake + 1e4) == pytest.approx(value, rel=1e-9)
    assert frechet_distance(1e4 + real, 1e4 + real) == pytest.approx(0, abs=1e-10)
    # Where eigenvalues come out negative, the singular values are computed directly.
    monkeypatch.setattr(scipy.linalg, "eigvalsh", lambda squared, **_: np.full(len(squared), -1.0))
    assert frechet_distance(real, fake) == pytest.approx(value, rel=1e-10)


def test_frechet_of_steep_spectra():
    # Standard deviations from 1 to 1e-6: squared twice they are beyond float64.
    deviations = np.logspace(0, -6, 30)
    real = GaussianStatistics.from_moments(np.zeros(30), np.diag(deviations**2), 100)
    fake = GaussianStatistics.from_moments(np.zeros(30), np.diag(deviations[::-1] ** 2), 100)
    expected = ((deviations - deviations[::-1]) ** 2).sum()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-12)


def test_frechet_refuses_statistics_without_a_covariance():
    with pytest.raises(InvalidArgument, match="needs at least 1 row"):
        frechet_distance(GaussianStatistics(), np.eye(3))
    wrong = GaussianStatistics.from_moments(np.zeros(2), np.array([[1.0, 2], [2, 1]]), 9)
    with pytest.raises(InvalidArgument, match="`fake` must be positive semi-definite"):
        frechet_distance(np.eye(2), wrong)


def test_frechet_error_is_the_true_spread(normal):
    """Bootstrap of one pair of sets against 80 fresh pairs."""

    def draw(seed, **more):
        real, fake = normal(200, 2 * seed), normal(200, 2 * seed + 1, shift=0.7)
        return metrics.Frechet(**more)(real, fake)["frechet_mine_distance"]

    true = np.std([draw(seed).value for seed in range(1, 81)])
    for seed in (100, 101, 102):
        measurement = draw(seed, num_bootstrap=60)
        # 60 resamples determine a standard deviation to 9 %, 80 draws to 8 %, and one set
        # represents the distribution; a factor of 1.6 is several times that.
        assert true / 1.6 < measurement.error < 1.6 * true
        assert "60" in measurement.note


def test_wide_features_get_a_tenth_of_the_resamples(normal):
    real, fake = normal(20, 0, width=257), normal(20, 1, width=257)
    wide = metrics.Frechet(num_bootstrap=40)(real, fake)["frechet_mine_distance"]
    assert wide.note == "error from 4 bootstrap resamples" and wide.error > 0
    few = metrics.Frechet(num_bootstrap=9)(real, fake)["frechet_mine_distance"]
    assert math.isnan(few.error)
