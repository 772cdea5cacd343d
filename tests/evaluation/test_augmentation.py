"""Whether synthetic images help: intervals by scipy, verdicts, and what batches are made of."""

import numpy as np
import pytest
from scipy import stats

from tfgan_kit import evaluation
from tfgan_kit.evaluation import augmentation
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize(
    "both, verdict",
    [
        ((0.84, 0.85, 0.86), "helps"),
        ((0.79, 0.84, 0.81), "makes no difference"),
        ((0.75, 0.77, 0.765), "harms"),
        ((0.80, 0.82, 0.81), "makes no difference"),
        ((0.81, 0.83, 0.82), "helps"),
    ],
)
def test_verdict_is_that_of_the_paired_t_interval(both, verdict):
    classic = (0.80, 0.82, 0.81)
    found = evaluation.Augmentation({"classic": classic, "both": both})
    assert found.verdict() == verdict
    mean, low, high = found.interval("both", "classic")
    test = stats.ttest_rel(both, classic).confidence_interval(0.95)
    if np.ptp(np.subtract(both, classic)) > 1e-9:
        np.testing.assert_allclose((low, high), test)
    np.testing.assert_allclose(mean, np.mean(both) - 0.81)
    mean, low, high = found.interval("classic")
    np.testing.assert_allclose((low, high), stats.t.interval(0.95, 2, 0.81, 0.01 / 3**0.5))


def test_one_seed_has_no_interval_and_no_verdict():
    found = evaluation.Augmentation({"classic": [0.5], "both": [0.9]})
    assert np.isnan(found.interval("both", "classic")[1:]).all()
    assert found.verdict() == "makes no difference"


def test_half_of_each_batch_is_synthetic_and_all_of_it_augmented():
    real, synthetic = (
        (np.full((10, 8, 8, 1), value, "uint8"), np.full(10, label))
        for value, label in ((50, 0), (200, 1))
    )
    images, labels = next(augmentation._mixed(real, synthetic, 0))
    # Of 16 each; an epoch of 10 has no more.
    assert np.bincount(labels).tolist() == [10, 10]
    images, labels = next(augmentation._mixed(real, None, 0))
    assert (labels == 0).all() and (images == 50).all()
    ramp = np.tile(np.arange(0, 240, 15, "uint8"), (32, 16, 1))[..., None]
    changed, labels = next(augmentation._augmented(iter([(ramp, np.arange(32))]), 0))
    changed = changed.numpy()
    assert changed.dtype == np.uint8 and labels.tolist() == list(range(32))
    assert len({each.tobytes() for each in changed}) == 32
    # Shifts of up to a tenth, 1.6 of 16 pixels, at the centre where a turn changes little.
    assert np.abs(changed[:, 7:9, 7:9].mean((1, 2, 3)) - 112.5).max() <= 1.6 * 15 + 3


def squares(labels, seed):
    images = np.random.default_rng(seed).integers(0, 60, (len(labels), 8, 8, 1), "uint8")
    for image, each in zip(images, labels, strict=True):
        image[:, 4 * (each // 3) :][:, :4] += 150
    return images, labels


def test_synthetic_images_help_where_real_ones_teach_nothing():
    labels = np.repeat([2, 5], 16)
    real, right = squares(labels, 0), squares(labels, 1)
    real = real[0], np.tile([2, 5], 16)
    steps = []
    options = {"steps": 12, "ways": ["real", "synthetic"], "advance": steps.append}
    found = evaluation.train_with(real, right, squares(labels, 2), **options)
    assert found["real"] < 0.8 and found["synthetic"] > 0.9
    assert sum(steps) == 24
    assert found == evaluation.train_with(real, right, squares(labels, 2), **options)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda pair: (pair[0][:, :4], pair[1]), "`synthetic` must have uint8 images of shape"),
        (lambda pair: (pair[0].astype("float32"), pair[1]), "Received: float32"),
        (lambda pair: (pair[0], pair[1][:3]), "`labels` must"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    pair = squares(np.array([0, 5]).repeat(4), 0)
    with pytest.raises(InvalidArgument, match=message):
        evaluation.train_with(pair, change(pair), pair)
    one = squares(np.zeros(4, int), 0)
    with pytest.raises(InvalidArgument, match="at least two classes. Received: 1"):
        evaluation.train_with(one, pair, pair)
