"""What all formats have in common: batches, padding, labels and errors."""

import numpy as np
import pytest

from tfgan_kit import latent
from tfgan_kit.runtime import ExportedGenerator
from tfgan_kit.utils.errors import InvalidArgument


class Doubling(ExportedGenerator):
    """Images are twice the noise, plus the label. Records the batch sizes."""

    def __init__(self, **given):
        super().__init__(4, (2, 2, 1), **given)
        self.batches = []

    def run_batch(self, noise, labels):
        self.batches.append(len(noise))
        images = 2 * noise.reshape((-1, 2, 2, 1))
        return images if labels is None else images + labels.reshape((-1, 1, 1, 1))


@pytest.mark.parametrize("batch_size, batches", [(None, [64, 64, 22]), (60, [60, 60, 60])])
def test_batches_are_bounded_and_padded_to_a_fixed_size(batch_size, batches):
    generator = Doubling(batch_size=batch_size)
    noise = np.random.default_rng(0).normal(size=(150, 4))
    images = generator.run(noise)
    assert generator.batches == batches
    np.testing.assert_allclose(images.reshape((150, 4)), 2 * noise, rtol=1e-6)
    assert images.dtype == np.float32


def test_generate_uses_the_noise_of_the_kit():
    images = Doubling().generate(3, seed=5)
    np.testing.assert_allclose(images.reshape((3, 4)), 2 * latent.sample(3, 4, seed=5))
    assert Doubling().generate(0).shape == (0, 2, 2, 1)
    assert np.abs(Doubling().generate(3) - Doubling().generate(3)).max() > 0


@pytest.mark.parametrize(
    "noise, message",
    [
        (np.zeros(4), r"\(num, 4\)"),
        (np.zeros((0, 4)), "num at least 1"),
        (np.full((1, 4), np.nan), "finite"),
    ],
)
def test_invalid_noise(noise, message):
    with pytest.raises(InvalidArgument, match=message):
        Doubling().run(noise)


def conditional(shape=(), dtype="int32", **given):
    return Doubling(label_shape=shape, label_dtype=dtype, **given)


@pytest.mark.parametrize(
    "generator, labels, message",
    [
        (Doubling(), [0, 1], "takes no labels"),
        (conditional(), None, "is conditional"),
        (conditional(), [0, 1, 2], "must be one class or 2 of them. Received: 3"),
        (conditional(), [0, 1.7], "must be integer class numbers"),
        (conditional((4,), "float32"), np.eye(4)[:, :2], r"shape \(2, 4\). Received: \(4, 2\)"),
        (
            conditional(num_classes=3),
            [0, -1],
            "class numbers from 0 to 2. Received: values from -1",
        ),
        (conditional(num_classes=3), 3, "class numbers from 0 to 2. Received: values from 3"),
    ],
)
def test_invalid_labels(generator, labels, message):
    with pytest.raises(InvalidArgument, match=message):
        generator.generate(2, labels=labels)


def test_invalid_labels_of_a_run():
    for labels, message in (
        ([0, 1, 2], r"must have shape \(2,\)"),
        ([0, 1.7], "must be int32"),
        ([0, 3], "from 0 to 2. Received: 3"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            conditional(num_classes=3).run(np.zeros((2, 4)), labels)


def test_labels_are_drawn_or_the_same_for_all_images():
    generator = conditional(num_classes=3)
    drawn = latent.sample_labels(5, 3, seed=7)
    expected = generator.run(latent.sample(5, 4, seed=7), drawn)
    np.testing.assert_array_equal(generator.generate(5, seed=7), expected)
    np.testing.assert_array_equal(generator.generate(3, seed=7), expected[:3])
    generator.class_shares = [1, 0, 9]
    drawn = latent.sample_labels(50, 3, 7, [1, 0, 9])
    assert drawn.tolist().count(2) > 35
    expected = generator.run(latent.sample(50, 4, seed=7), drawn)
    np.testing.assert_array_equal(generator.generate(50, seed=7), expected)
    same = generator.generate(5, seed=7, labels=2)
    np.testing.assert_array_equal(same, generator.generate(5, seed=7, labels=5 * [2]))
    assert generator.generate(0).shape == (0, 2, 2, 1)


@pytest.mark.parametrize("batch_size", [None, 4])
def test_labels_with_and_without_an_axis_stay_with_their_noise(batch_size):
    for shape in ((), (1,)):
        for labels in (np.arange(6), np.arange(6)[:, None]):
            images = conditional(shape, batch_size=batch_size).run(np.zeros((6, 4)), labels)
            assert images[:, 0, 0, 0].tolist() == list(range(6))


@pytest.mark.parametrize(
    "images, message",
    [
        (np.full((2, 2, 2, 1), np.inf), "not finite"),
        (np.zeros((2, 1, 1, 1)), r"images \(2, 2, 1\)"),
    ],
)
def test_wrong_images_are_never_returned(images, message):
    generator = Doubling()
    generator.run_batch = lambda noise, labels: images
    with pytest.raises(InvalidArgument, match=message):
        generator.generate(2)
