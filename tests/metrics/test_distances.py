"""Distances against closed forms, loops, scipy's square root and torch-fidelity."""

import numpy as np
import pytest
import scipy.linalg

from tfgan_kit.metrics import distances
from tfgan_kit.metrics.distances import frechet_distance, inception_score, kernel_distance
from tfgan_kit.metrics.statistics import GaussianStatistics
from tfgan_kit.utils.errors import InvalidArgument


def correlated(num, width, seed, scale=1.0):
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(width, width)) / np.sqrt(width) + 0.5 * np.eye(width)
    return scale * (random.normal(size=(num, width)) @ mixing + random.normal(size=width))


def by_square_root(real, fake):
    """The formula as it stands in the paper."""
    real_covariance = np.atleast_2d(np.cov(real, rowvar=False))
    fake_covariance = np.atleast_2d(np.cov(fake, rowvar=False))
    root = scipy.linalg.sqrtm(real_covariance @ fake_covariance)
    step = real.mean(axis=0) - fake.mean(axis=0)
    return step @ step + np.trace(real_covariance + fake_covariance - 2 * np.real(root))


# Fréchet distance


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


def test_frechet_of_two_rows_by_hand():
    # Means 1 and 5, variances 2 and 8: 4^2 + (sqrt(2) - sqrt(8))^2 = 16 + 2.
    assert frechet_distance([[0.0], [2.0]], [[3.0], [7.0]]) == pytest.approx(18, rel=1e-12)


def test_frechet_of_orthogonal_lines_is_the_sum_of_traces():
    real, fake = [[-1.0, 0.0], [1.0, 0.0]], [[0.0, -2.0], [0.0, 2.0]]
    assert frechet_distance(real, fake) == pytest.approx(2 + 8, rel=1e-12)


@pytest.mark.parametrize("width", [1, 3, 20, 60])
def test_frechet_is_that_of_the_square_root(width):
    real, fake = correlated(400, width, 0), correlated(500, width, 1, scale=1.3)
    expected = by_square_root(real, fake)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("width", [1, 2, 7, 33])
@pytest.mark.parametrize("num", [2, 3, 8, 40])
def test_frechet_is_finite_and_zero_for_the_same_set(num, width):
    features = correlated(num, width, num)
    traces = features.var(axis=0).sum()
    assert frechet_distance(features, features[::-1]) == pytest.approx(0, abs=1e-12 * traces)
    other = frechet_distance(features, correlated(num + 1, width, 7))
    assert np.isfinite(other)
    assert other > 0


@pytest.mark.parametrize(("num_real", "num_fake"), [(5, 6), (5, 200), (200, 5), (39, 40), (40, 41)])
def test_frechet_of_few_rows_is_that_of_their_covariance(num_real, num_fake):
    real, fake = correlated(num_real, 40, 0), correlated(num_fake, 40, 1)
    from_rows = frechet_distance(real, fake)
    from_covariances = frechet_distance(
        GaussianStatistics.from_features(real), GaussianStatistics.from_features(fake)
    )
    # The rank of a covariance is found up to its rounding, 1e-15 of it, whose root is 3e-8.
    assert from_covariances == pytest.approx(from_rows, rel=1e-7)
    # An independent way: eigenvalues of the small Gram matrix of the centred rows.
    rows = [(x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (real, fake)]
    step = real.mean(axis=0) - fake.mean(axis=0)
    singular = np.linalg.svd(rows[0] @ rows[1].T, compute_uv=False)
    expected = step @ step + (rows[0] ** 2).sum() + (rows[1] ** 2).sum() - 2 * singular.sum()
    assert from_rows == pytest.approx(expected, rel=1e-10)


def test_frechet_of_collapsed_sets():
    collapsed, spread = np.full((30, 4), 2.0), correlated(300, 4, 0)
    assert frechet_distance(collapsed, collapsed) == 0
    assert frechet_distance(collapsed, collapsed + 3) == pytest.approx(36, rel=1e-12)
    step = spread.mean(axis=0) - 2
    expected = step @ step + spread.var(axis=0, ddof=1).sum()
    assert frechet_distance(collapsed, spread) == pytest.approx(expected, rel=1e-10)
    assert frechet_distance(spread, collapsed[:2]) == pytest.approx(expected, rel=1e-10)


def test_frechet_with_equal_and_empty_columns():
    features = correlated(200, 3, 0)
    doubled = np.hstack([features, features, np.zeros((200, 2))])
    moved = doubled * 1.5
    # Of the same directions the distance of the roots remains: (1.5 - 1)^2 Tr C and the means.
    expected = 0.25 * ((doubled.mean(axis=0) ** 2).sum() + doubled.var(axis=0, ddof=1).sum())
    assert frechet_distance(doubled, moved) == pytest.approx(expected, rel=1e-9)


def test_frechet_forgets_a_common_offset():
    real, fake = correlated(300, 10, 0), correlated(300, 10, 1)
    plain = frechet_distance(real, fake)
    # Rounding the features themselves at 1e4 moves them by 1e-12.
    assert frechet_distance(real + 1e4, fake + 1e4) == pytest.approx(plain, rel=1e-9)
    assert frechet_distance(1e4 + real, 1e4 + real) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e6, 1e30])
def test_frechet_scales_with_the_square(scale):
    real, fake = correlated(100, 6, 0), correlated(100, 6, 1)
    expected = frechet_distance(real, fake) * scale**2
    assert frechet_distance(real * scale, fake * scale) == pytest.approx(expected, rel=1e-9, abs=0)


def test_frechet_is_symmetric_and_forgets_rotations():
    real, fake = correlated(150, 12, 0), correlated(170, 12, 1)
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(12, 12)))[0]
    value = frechet_distance(real, fake)
    assert frechet_distance(fake, real) == pytest.approx(value, rel=1e-10)
    assert frechet_distance(real @ rotation, fake @ rotation) == pytest.approx(value, rel=1e-10)


def test_frechet_of_steep_spectra():
    # Standard deviations from 1 to 1e-6: squared twice they are beyond float64.
    deviations = np.logspace(0, -6, 30)
    real = GaussianStatistics.from_moments(np.zeros(30), np.diag(deviations**2), 100)
    fake = GaussianStatistics.from_moments(np.zeros(30), np.diag(deviations[::-1] ** 2), 100)
    expected = ((deviations - deviations[::-1]) ** 2).sum()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-12)


def test_both_ways_to_the_singular_values_agree(monkeypatch):
    real, fake = correlated(300, 25, 0), correlated(300, 25, 1)
    expected = frechet_distance(real, fake)
    taken = []
    singular_values = scipy.linalg.svdvals

    def spy(*args, **kwargs):
        taken.append(True)
        return singular_values(*args, **kwargs)

    monkeypatch.setattr(scipy.linalg, "svdvals", spy)
    frechet_distance(real, fake)
    assert taken == []
    monkeypatch.setattr(
        scipy.linalg, "eigvalsh", lambda squared, **kwargs: np.full(len(squared), -1.0)
    )
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-10)
    assert taken == [True]


def test_frechet_leaves_its_arguments_alone():
    real, fake = correlated(50, 6, 0), correlated(4, 6, 1)
    statistics = GaussianStatistics.from_features(real)
    before = real.copy(), fake.copy(), statistics.covariance
    frechet_distance(real, fake)
    frechet_distance(statistics, fake)
    for value, expected in zip((real, fake, statistics.covariance), before, strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "`real` must have 2 rows or more"),
        (np.zeros((5, 3)), np.zeros((1, 3)), "`fake` must have 2 rows or more"),
        (np.zeros((5, 3)), np.zeros((5, 4)), "one width. Received: widths 3 and 4"),
        (np.zeros((5, 3)), np.full((5, 3), np.nan), "`fake` must hold finite"),
        (GaussianStatistics(), np.zeros((5, 3)), "needs 1 row"),
    ],
)
def test_frechet_refuses(real, fake, message):
    with pytest.raises(InvalidArgument, match=message):
        frechet_distance(real, fake)


def test_frechet_refuses_what_is_no_covariance():
    wrong = GaussianStatistics.from_moments(np.zeros(2), np.array([[1.0, 2], [2, 1]]), 9)
    with pytest.raises(InvalidArgument, match="`fake` must be positive semi-definite"):
        frechet_distance(np.eye(2), wrong)


# Kernel distance


def by_loops(real, fake, degree=3, gamma=None, coef0=1.0):
    gamma = gamma or 1 / real.shape[1]

    def kernel(x, y):
        return (gamma * sum(a * b for a, b in zip(x, y, strict=True)) + coef0) ** degree

    num = len(real)
    within = across = 0.0
    for i in range(num):
        for j in range(num):
            across += kernel(real[i], fake[j])
            if i != j:
                within += kernel(real[i], real[j]) + kernel(fake[i], fake[j])
    return within / (num * (num - 1)) - 2 * across / num**2


def test_kernel_distance_by_hand():
    # k(x, y) = (xy + 1)^3. Real 0 and 1: k = 1; generated 2 and 3: k = 343.
    # Across: 1 + 1 + 27 + 64 = 93. So 1 + 343 - 93 / 2.
    value = kernel_distance([[0.0], [1.0]], [[2.0], [3.0]], num_subsets=3, subset_size=2)
    assert value.mean == pytest.approx(297.5, rel=1e-12)
    assert value.std == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"degree": 1}, {"degree": 2, "gamma": 0.3}, {"degree": 4, "coef0": 0.0}]
)
@pytest.mark.parametrize("width", [1, 4])
def test_kernel_distance_of_whole_sets_by_loops(width, options):
    real, fake = correlated(9, width, 0), correlated(9, width, 1)
    value = kernel_distance(real, fake, num_subsets=2, subset_size=9, **options)
    assert value.mean == pytest.approx(by_loops(real, fake, **options), rel=1e-9)


@pytest.mark.parametrize("num_subsets", [1, 40])
def test_subsets_are_those_of_the_seed(num_subsets):
    # One subset of 7 has fewer pairs than the sets, forty have more: both ways are taken.
    real, fake = correlated(30, 3, 0), correlated(41, 3, 1)
    random = np.random.RandomState(5)
    expected = []
    for _ in range(num_subsets):
        of_real = random.choice(30, 7, replace=False)
        expected.append(by_loops(real[of_real], fake[random.choice(41, 7, replace=False)]))
    value = kernel_distance(real, fake, num_subsets=num_subsets, subset_size=7, seed=5)
    assert value.mean == pytest.approx(np.mean(expected), rel=1e-9)
    assert value.std == pytest.approx(np.std(expected), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("block", [1, 100, 333, 10**6])
def test_blocks_of_the_kernel_do_not_matter(monkeypatch, block):
    real, fake = correlated(50, 3, 0), correlated(37, 3, 1)
    random = np.random.RandomState(0)
    draws = [(random.choice(50, 20, False), random.choice(37, 20, False)) for _ in range(6)]

    def kernel(x, y):
        return (x @ y.T + 1) ** 3

    expected = distances._sums_of_each(kernel, real, fake, draws)
    monkeypatch.setattr(distances, "_BLOCK_VALUES", block)
    sums = distances._sums_of_whole(kernel, real, fake, draws)
    np.testing.assert_allclose(sums, expected, rtol=1e-10)


def test_kernel_distance_is_unbiased():
    # Both sets of one distribution: 400 subsets of 5 from 4,000 rows hardly overlap, so the
    # mean is 0 within 4 of its standard errors.
    random = np.random.default_rng(3)
    real, fake = random.normal(size=(2, 4000, 4))
    value = kernel_distance(real, fake, num_subsets=400, subset_size=5)
    assert abs(value.mean) < 4 * value.std / 20
    shifted = kernel_distance(real, fake + 1, num_subsets=400, subset_size=5)
    assert shifted.mean > 10 * shifted.std / 20


def test_kernel_distance_takes_float32_as_float64():
    real = correlated(50, 4, 0).astype("float32")
    fake = correlated(60, 4, 1).astype("float32")
    for num_subsets in (1, 50):
        options = {"num_subsets": num_subsets, "subset_size": 20}
        single = kernel_distance(real, fake, **options)
        double = kernel_distance(real.astype("float64"), fake.astype("float64"), **options)
        assert single == double


def test_subset_size_may_be_left_to_the_kit():
    real, fake = correlated(30, 3, 0), correlated(20, 3, 1)
    assert kernel_distance(real, fake, subset_size=None) == kernel_distance(
        real, fake, subset_size=20
    )
    assert distances._check_subset_size(None, 5000, 1500) == 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "`subset_size` must be at most .*subset_size=1000, 10 real and 12 generated"),
        ({"subset_size": 11}, "subset_size=11, 10 real"),
        ({"subset_size": 1}, "`subset_size` must be an integer, 2 or more"),
        ({"subset_size": 2.0}, "`subset_size` must be an integer"),
        ({"subset_size": 5, "num_subsets": 0}, "`num_subsets` must be"),
        ({"subset_size": 5, "degree": 0}, "`degree` must be"),
        ({"subset_size": 5, "gamma": 0.0}, "`gamma` must be"),
        ({"subset_size": 5, "coef0": -1}, "`coef0` must be"),
        ({"subset_size": 5, "seed": -1}, "`seed` must be"),
    ],
)
def test_kernel_distance_refuses(options, message):
    with pytest.raises(InvalidArgument, match=message):
        kernel_distance(np.zeros((10, 3)), np.zeros((12, 3)), **options)


def test_kernel_distance_refuses_one_row():
    with pytest.raises(InvalidArgument, match="`real` must have 2 rows or more"):
        kernel_distance(np.zeros((1, 3)), np.zeros((12, 3)), subset_size=None)


# Inception score


@pytest.mark.parametrize("num_classes", [1, 2, 10])
def test_score_of_a_classifier_that_is_never_sure_is_one(num_classes):
    score = inception_score(np.full((50, num_classes), 3.0))
    assert score.mean == pytest.approx(1, abs=1e-12)
    assert score.std == pytest.approx(0, abs=1e-12)


def test_score_of_sure_and_balanced_is_the_number_of_classes():
    logits = 1e4 * np.tile(np.eye(5), (20, 1))
    score = inception_score(logits, splits=10, shuffle_seed=None)
    assert score.mean == pytest.approx(5, rel=1e-12)
    assert score.std == pytest.approx(0, abs=1e-12)


def test_score_of_one_class_alone_is_one():
    logits = np.zeros((40, 5))
    logits[:, 2] = 1e6  # The others have a probability of exactly 0.
    assert inception_score(logits).mean == pytest.approx(1, abs=1e-12)


def direct_score(p):
    return np.exp((p * np.log(p / p.mean(axis=0))).sum(axis=1).mean())


@pytest.mark.parametrize(("num", "splits"), [(2, 1), (7, 3), (50, 10), (10, 10)])
def test_score_by_the_formula(num, splits):
    logits = np.random.default_rng(0).normal(size=(num, 6)) * 3
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for seed in (None, 4):
        rows = p if seed is None else p[np.random.RandomState(seed).permutation(num)]
        edges = [i * num // splits for i in range(splits + 1)]
        expected = [direct_score(rows[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
        score = inception_score(logits, splits=splits, shuffle_seed=seed)
        assert score.mean == pytest.approx(np.mean(expected), rel=1e-10)
        assert score.std == pytest.approx(np.std(expected), rel=1e-8, abs=1e-12)


def test_score_takes_log_probabilities_and_any_offset():
    logits = np.random.default_rng(0).normal(size=(60, 6))
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = inception_score(logits).mean
    assert inception_score(log_p).mean == pytest.approx(expected, rel=1e-12)
    assert inception_score(logits + 1e4).mean == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("logits", "options", "message"),
    [
        (np.zeros((5, 3)), {}, "`splits` must be an integer, from 1 to 5. Received: splits=10"),
        (np.zeros((5, 3)), {"splits": 0}, "`splits` must be"),
        (np.zeros((50, 3)), {"shuffle_seed": 1.5}, "`shuffle_seed` must be"),
        (np.full((50, 3), -np.inf), {}, "`logits` must hold finite"),
        (np.zeros(50), {}, "`logits` must be an array"),
    ],
)
def test_score_refuses(logits, options, message):
    with pytest.raises(InvalidArgument, match=message):
        inception_score(logits, **options)


# All three beside torch-fidelity


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("num", "width"), [(2000, 64), (600, 192)])
def test_values_are_those_of_torch_fidelity(num, width, torch_fidelity):
    torch = pytest.importorskip("torch")
    fidelity_frechet = torch_fidelity("metric_fid")
    fidelity_kernel = torch_fidelity("metric_kid")
    fidelity_score = torch_fidelity("metric_isc")
    real, fake = correlated(num, width, 0), correlated(num + 100, width, 1, scale=1.1)
    tensors = torch.from_numpy(real), torch.from_numpy(fake)

    statistics = [fidelity_frechet.fid_features_to_statistics(each) for each in tensors]
    expected = fidelity_frechet.fid_statistics_to_metric(*statistics, verbose=False)
    value = frechet_distance(real, fake)
    assert value == pytest.approx(expected["frechet_inception_distance"], rel=1e-6)

    for num_subsets in (3, 100):
        expected = fidelity_kernel.kid_features_to_metric(
            *tensors, kid_subsets=num_subsets, kid_subset_size=300, rng_seed=7, verbose=False
        )
        value = kernel_distance(real, fake, num_subsets, subset_size=300, seed=7)
        assert value.mean == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-6)
        assert value.std == pytest.approx(expected["kernel_inception_distance_std"], rel=1e-6)

    expected = fidelity_score.isc_features_to_metric(tensors[0])
    value = inception_score(real)
    assert value.mean == pytest.approx(expected["inception_score_mean"], rel=1e-6)
    assert value.std == pytest.approx(expected["inception_score_std"], rel=1e-6)
