"""Inception scores by the formula, and the error against the true spread."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import inception_score
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize("num_classes", [1, 2, 10])
def test_score_of_equal_probabilities_is_one(num_classes):
    score = inception_score(np.full((50, num_classes), 3.0))
    assert score.mean == pytest.approx(1, abs=1e-12)
    assert score.std == pytest.approx(0, abs=1e-12)


def test_score_of_certain_and_balanced_classes_is_the_number_of_classes():
    logits = 1e4 * np.tile(np.eye(5), (20, 1))
    score = inception_score(logits, splits=10, shuffle_seed=None)
    assert score.mean == pytest.approx(5, rel=1e-12)
    assert score.std == pytest.approx(0, abs=1e-12)


def test_score_of_a_single_class_is_one():
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
        (np.zeros((5, 3)), {}, "`splits` must be an integer from 1 to 5. Received: splits=10"),
        (np.zeros((5, 3)), {"splits": 0}, "`splits` must be"),
        (np.zeros((50, 3)), {"shuffle_seed": 1.5}, "`shuffle_seed` must be"),
        (np.full((50, 3), -np.inf), {}, "`logits` must contain finite"),
        (np.zeros(50), {}, "`logits` must be an array"),
    ],
)
def test_score_refuses(logits, options, message):
    with pytest.raises(InvalidArgument, match=message):
        inception_score(logits, **options)


def test_score_is_the_function_of_generated_samples(make_samples):
    logits = np.random.default_rng(0).normal(size=(200, 5)) * 3
    fake = make_samples(np.zeros((200, 2)), logits)
    found = metrics.Score(splits=4)(make_samples(np.zeros((7, 2)), name="classifier"), fake)
    (measurement,) = found.values()
    expected = metrics.inception_score(logits, splits=4)
    assert list(found) == ["classifier_score"] and measurement.better == "higher"
    assert measurement.value == expected.mean
    np.testing.assert_allclose(measurement.error, expected.std / 2)


@pytest.mark.parametrize("num, splits", [(100, 10), (99, 9), (25, 2), (19, 1), (3, 1), (1, 1)])
def test_few_samples_have_fewer_splits(num, splits, make_samples):
    logits = np.random.default_rng(0).normal(size=(num, 5))
    real = make_samples(np.zeros((5, 2)))
    (measurement,) = metrics.Score()(real, make_samples(np.zeros((num, 2)), logits)).values()
    assert measurement.value == metrics.inception_score(logits, splits).mean
    assert measurement.note == f"{splits} splits"
    assert math.isnan(measurement.error) == (splits == 1)


def test_score_error_is_the_true_spread(make_samples):
    real = make_samples(np.zeros((5, 2)))

    def draw(seed):
        logits = 3 * np.random.default_rng(seed).normal(size=(500, 4))
        (measurement,) = metrics.Score()(real, make_samples(np.zeros((500, 2)), logits)).values()
        return measurement

    found = [draw(seed) for seed in range(60)]
    true = np.std([each.value for each in found])
    error = np.median([each.error for each in found])
    # Ten splits determine their standard deviation to 24 %, the median of 60 draws much better;
    # 60 draws determine the spread to 9 %.
    assert true / 1.4 < error < 1.4 * true
