"""Inception scores by the formula, and the error against the true spread."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import inception_score


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        *((np.full((50, num_classes), 3.0), 1) for num_classes in (1, 2, 10)),
        (1e4 * np.tile(np.eye(5), (20, 1)), 5),
        # The other classes have a probability of exactly 0.
        (1e6 * np.eye(5)[np.full(40, 2)], 1),
    ],
    ids=["1 equal", "2 equal", "10 equal", "certain and balanced", "one class"],
)
def test_score_is_the_effective_number_of_classes(logits, expected):
    score = inception_score(logits, splits=10, shuffle_seed=None)
    assert score.mean == pytest.approx(expected, rel=1e-12)
    assert score.std == pytest.approx(0, abs=1e-12)


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
