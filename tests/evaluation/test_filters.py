"""Filters: planted copies never pass, new images nearly always do, and shares are as asked for."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_kit import data, evaluation, models
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture(scope="module")
def digits():
    return data.open_source("digits")


@pytest.fixture(scope="module")
def novelty(digits):
    return evaluation.Novelty(data.open_source(digits.read(range(900))))


def compressed(image):
    file = io.BytesIO()
    Image.fromarray(image[..., 0]).save(file, "JPEG", quality=60)
    return np.array(Image.open(file))[..., None]


def noisy(image):
    noise = np.random.default_rng(0).normal(0, 8, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype("uint8")


CHANGES = {
    "exact": lambda image: image,
    "noise": noisy,
    "shift": lambda image: np.roll(image, (1, -1), (0, 1)),
    "other border": lambda image: np.pad(image[:-1], ((1, 0), (0, 0), (0, 0)), constant_values=255),
    "JPEG": compressed,
    "all three": lambda image: compressed(noisy(np.roll(image, 1, 1))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_planted_copy_passes(novelty, digits, change):
    copies = np.stack([CHANGES[change](image) for image in digits.read(range(0, 900, 11))])
    assert not novelty(copies).any()


def test_nearly_all_new_images_pass(novelty, digits):
    # The quantile is 1 %; 1.1 % seen, of the others, by other people.
    assert novelty(digits.read(range(900, 1797))).mean() > 0.97
    assert novelty.protocol == {
        "training_images": 900,
        "quantile": 0.01,
        "threshold": round(novelty.threshold, 4),
        "median_distance": round(novelty.median, 4),
    }


def test_a_distance_is_that_of_grey_levels_at_the_best_shift():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 6, 7, 3), "uint8")
    found = evaluation.Novelty(data.open_source(images)).distances(images[:2] // 2)
    grey = images[:, 1:-1, 1:-1].mean(-1)
    expected = [
        min(
            np.sqrt(np.mean((one[y : y + 4, x : x + 5].mean(-1) - other) ** 2))
            for other in grey
            for y in range(3)
            for x in range(3)
        )
        for one in images[:2] // 2
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_large_images_are_reduced_and_exact_copies_counted_once():
    images = np.random.default_rng(0).integers(0, 256, (6, 33, 50, 1), "uint8")
    found = evaluation.Novelty(data.open_source(np.concatenate([images, images])), quantile=0.5)
    assert found.protocol["training_images"] == 6 and found.threshold > 10
    assert found._known.shape == (6, 16 * 16)
    with pytest.raises(InvalidArgument, match="at least 3 different images.* Received: 2 in"):
        evaluation.Novelty(data.open_source(np.repeat(images[:2], 5, 0)))


def fake_gan(labelled=False):
    """The logit is the mean pixel, 10 more for another class."""

    def logits(images, labels=None):
        own = tf.reduce_mean(images, axis=(1, 2, 3))[:, None]
        return own if labels is None else own + 10.0 * tf.cast(labels, "float32")[:, None]

    _, discriminator = models.mlp((2,), latent_dim=2, width=2)
    return SimpleNamespace(
        logits=logits, discriminator=discriminator, num_labels=2 if labelled else None
    )


@pytest.mark.parametrize("keep", (0.1, 0.5, 0.9))
def test_the_share_that_is_kept_and_its_odds(keep):
    images = np.random.default_rng(0).integers(0, 256, (4000, 4, 4, 1), "uint8")
    images = np.minimum(images, np.random.default_rng(1).integers(1, 256, (4000, 1, 1, 1))).astype(
        "uint8"
    )
    found = evaluation.RejectionSampling(fake_gan(), images, keep=keep)
    passes, logits = found(images), found.logits(images)
    np.testing.assert_allclose(logits, images.mean((1, 2, 3)) / 127.5 - 1, atol=1e-5)
    assert abs(passes.mean() - keep) < 0.03
    odds = np.minimum(1, np.exp(logits - found.protocol["offset"]))
    assert abs(odds.mean() - keep) < 1e-3
    for low, high in ((0, 0.3), (0.3, 0.7), (0.7, 1.01)):
        some = (odds >= low) & (odds < high)
        if some.sum() > 500:
            assert abs(passes[some].mean() - odds[some].mean()) < 0.06
    np.testing.assert_array_equal(passes[::7], found(images[::7]))  # A function of the image alone.
    # Classes that the discriminator does not know.
    np.testing.assert_array_equal(passes, found(images, np.zeros(len(images), int)))


def test_labels_are_judged_too():
    images = np.random.default_rng(0).integers(0, 256, (400, 4, 4, 1), "uint8")
    labels = np.arange(400) % 2
    passes = evaluation.RejectionSampling(fake_gan(labelled=True), images, labels)(images, labels)
    assert passes[labels == 1].mean() > 0.95 and passes[labels == 0].mean() < 0.05
    with pytest.raises(InvalidArgument, match="`labels` must be given"):
        evaluation.RejectionSampling(fake_gan(labelled=True), images)
    with pytest.raises(InvalidArgument, match=r"`keep` must be a number in \(0, 1\)"):
        evaluation.RejectionSampling(fake_gan(), images, keep=1)


def test_a_group_is_compared_with_the_same_others():
    """Minibatch standard deviations of a batch do not depend on what else is in it."""
    _, discriminator = models.dcgan((16, 16, 1), latent_dim=2, width=2, minibatch_stddev=True)
    gan = SimpleNamespace(
        logits=lambda images: discriminator(images), discriminator=discriminator, num_labels=None
    )
    images = np.random.default_rng(0).integers(0, 256, (70, 16, 16, 1), "uint8")
    found = evaluation.RejectionSampling(gan, images[:8])
    whole = found.logits(images)
    np.testing.assert_allclose(found.logits(images[65:]), whole[65:], atol=1e-5)
    group = np.concatenate([images[3:4], images[:3]]) / np.float32(127.5) - 1
    np.testing.assert_allclose(whole[3], discriminator(group)[0, 0], atol=1e-5)


def test_agreement_keeps_what_is_named_as_asked():
    judge = SimpleNamespace(
        predict=lambda images: images[:, 0, 0, 0] // 100, accuracy=0.91234, fingerprint="ab"
    )
    images = np.array([0, 120, 220], "uint8")[:, None, None, None]
    found = evaluation.Agreement(judge)
    assert found(images, np.array([0, 2, 2])).tolist() == [True, False, True]
    assert found.protocol == {"accuracy": 0.9123, "weights_sha256": "ab"}
