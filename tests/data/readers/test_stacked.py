"""Stacked MNIST: channels, labels and order."""

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.utils.errors import InvalidArgument

PINNED = [6, 231, 155, 592]


def make_digits(labels=(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), channels=1, fingerprint="0"):
    """Images of 3 by 4 pixels, in which each pixel encodes the image's number and its position."""
    pixels = np.arange(120, dtype="uint8").reshape(10, 3, 4, 1).repeat(channels, axis=-1)
    labels = labels if labels is None else np.array(labels)
    return data.Source("ten", pixels.shape, pixels.__getitem__, fingerprint, labels=labels)


@pytest.mark.parametrize("step", [1, -1])
def test_channels_are_whole_images_of_the_label(step):
    order = np.arange(10)[::step]
    digits = make_digits(labels=order)
    source = data.stacked(digits, num_images=500)
    assert source.labels.dtype == np.int64
    images = source.read(np.arange(500))
    assert images.shape == (500, 3, 4, 3) and images.dtype == np.uint8
    for image, label in zip(images, source.labels, strict=True):
        wanted = digits.read(order[[label // 100, label // 10 % 10, label % 10]])[..., 0]
        np.testing.assert_array_equal(np.moveaxis(image, -1, 0), wanted)


def test_every_class_is_there_and_about_as_often():
    source = data.stacked(make_digits())
    assert len(source) == 25_600
    assert source.class_names[7] == "007" and source.num_classes == 1000
    counts = np.bincount(source.labels, minlength=1000)
    assert counts.shape == (1000,) and counts.min() > 0
    # Chi-squared of 999 degrees of freedom: mean 999, standard deviation 44.7; 5 of them.
    assert abs(((counts - 25.6) ** 2 / 25.6).sum() - 999) < 5 * 44.7


def test_images_depend_on_seed_and_number_alone():
    source = data.stacked(make_digits(), num_images=100, seed=3)
    images = source.read(np.arange(100))
    order = np.random.default_rng(0).permutation(100)
    np.testing.assert_array_equal(source.read(order), images[order])
    np.testing.assert_array_equal(source.read([5, 5]), images[[5, 5]])
    assert source.read([]).shape == (0, 3, 4, 3)
    longer = data.stacked(make_digits(), num_images=300, seed=3)
    np.testing.assert_array_equal(longer.read(np.arange(100)), images)
    np.testing.assert_array_equal(longer.labels[:100], source.labels)
    others = {data.stacked(make_digits(), 100, seed).labels.tobytes() for seed in range(10)}
    assert len(others) == 10
    # Another order would break resuming a run that an earlier version began.
    assert data.stacked(make_digits(), num_images=4).labels.tolist() == PINNED


def test_nothing_is_read_before_it_is_needed():
    read = []
    digits = make_digits()

    def note(indices):
        read.append(len(indices))
        return digits.read(indices)

    noted = data.Source("noted", (10, 3, 4, 1), note, "0", labels=digits.labels)
    source = data.stacked(noted, num_images=10**5)
    assert source.labels.shape == (10**5,) and source.fingerprint and read == []
    source.read([3, 99_999])
    assert read == [6]


def test_the_fingerprint_depends_on_source_number_and_seed():
    different = [{}, {"seed": 1}, {"num_images": 10}, {"num_images": 10, "seed": 1}]
    prints = {data.stacked(make_digits(), **kwargs).fingerprint for kwargs in different}
    prints.add(data.stacked(make_digits(fingerprint="1")).fingerprint)
    assert len(prints) == 5 and all(len(each) == 64 and int(each, 16) for each in prints)
    assert data.stacked(make_digits(), seed=np.int64(1)).fingerprint in prints


def test_digits_by_name_make_batches():
    source = data.stacked("digits", num_images=40, image_size=16)
    assert source.image_shape == (16, 16, 3) and source.name == "stacked digits"
    images, labels = next(iter(data.batches(source, batch_size=8, labels=True)))
    wanted = data.batch_indices(40, 8, seed=0, step=0)
    np.testing.assert_array_equal(labels, source.labels[wanted])
    np.testing.assert_allclose(images, source.read(wanted) / 127.5 - 1, atol=1e-6)
    assert float(np.abs(images[..., 0] - images[..., 1]).max()) > 0.5


def test_an_unreadable_image_is_named():
    def fail(indices):
        raise data.DataError("7.png: cannot be decoded")

    digits = data.Source("broken", (10, 3, 4, 1), fail, "0", labels=np.arange(10))
    digits.skipped.append(("8.png", "empty"))
    source = data.stacked(digits, num_images=9)
    assert source.num_skipped == 1
    with pytest.raises(Exception, match="7.png"):
        next(iter(data.batches(source, batch_size=2)))
    assert "7.png" in str(source.error)


@pytest.mark.parametrize(
    ("digits", "message"),
    [(make_digits(channels=3), "must be grey.*ten with 3 channels")]
    + [(make_digits(labels=None), "must have labels 0 to 9.*ten with no labels")]
    + [(make_digits(labels=range(1, 11)), "must have labels 0 to 9.*ten with labels 1 to 10")]
    + [(make_digits(labels=range(-1, 9)), "must have labels 0 to 9.*ten with labels -1 to 8")],
)
def test_other_sources_are_refused(digits, message):
    with pytest.raises(data.DataError, match=f"`source` {message}"):
        data.stacked(digits)


def test_errors_of_open_source_are_raised():
    with pytest.raises(data.DataError, match="no such file"):
        data.stacked("./nowhere")
    with pytest.raises(data.DataError, match="with 3 channels; `channels=1` converts it"):
        data.stacked("digits", channels=3)
    with pytest.raises(TypeError, match="colour"):
        data.stacked("digits", colour=1)


@pytest.mark.parametrize(
    "arguments", [{"num_images": 0}, {"num_images": 1.5}, {"seed": -1}, {"seed": None}]
)
def test_wrong_integers_are_named(arguments):
    (name,) = arguments
    with pytest.raises(InvalidArgument, match=rf"`{name}` must be a .* integer. Received: {name}="):
        data.stacked(make_digits(), **arguments)
