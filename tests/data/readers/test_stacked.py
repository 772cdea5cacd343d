"""Stacked MNIST: channels, labels and order."""

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.utils.errors import InvalidArgument


def make_digits(labels=tuple(range(10)), channels=1, fingerprint="0", read=None):
    """Images of 3 by 4 pixels, in which each pixel encodes the image's number and its position."""
    pixels = np.arange(120, dtype="uint8").reshape(10, 3, 4, 1).repeat(channels, axis=-1)
    read = pixels.__getitem__ if read is None else read
    return data.Source("ten", pixels.shape, read, fingerprint, labels=labels)


@pytest.mark.parametrize("step", [1, -1])
def test_channels_are_whole_images_of_the_label(step):
    order = np.arange(10)[::step]
    digits = make_digits(labels=order)
    source = data.stacked(digits)
    assert len(source) == 25_600 and source.labels.dtype == np.int64
    assert source.class_names[7] == "007" and source.num_classes == 1000
    images = source.read(np.arange(500))
    assert images.shape == (500, 3, 4, 3) and images.dtype == np.uint8
    for image, label in zip(images, source.labels[:500], strict=True):
        wanted = digits.read(order[[label // 100, label // 10 % 10, label % 10]])[..., 0]
        np.testing.assert_array_equal(np.moveaxis(image, -1, 0), wanted)
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
    assert data.stacked(make_digits(), num_images=4).labels.tolist() == [6, 231, 155, 592]


def test_only_what_is_needed_is_read_and_the_fingerprint_depends_on_all_arguments():
    read = []
    digits = make_digits(read=lambda i: read.append(len(i)) or np.zeros((len(i), 3, 4, 1), "uint8"))
    source = data.stacked(digits, num_images=10**5)
    assert source.labels.shape == (10**5,) and source.fingerprint and read == []
    source.read([3, 99_999])
    assert read == [6]
    different = [{}, {"seed": 1}, {"num_images": 10}, {"num_images": 10, "seed": 1}]
    prints = {data.stacked(make_digits(), **kwargs).fingerprint for kwargs in different}
    prints.add(data.stacked(make_digits(fingerprint="1")).fingerprint)
    assert len(prints) == 5 and all(len(each) == 64 and int(each, 16) for each in prints)
    assert data.stacked(make_digits(), seed=np.int64(1)).fingerprint in prints


def test_an_unreadable_image_is_named():
    def fail(indices):
        raise data.DataError("7.png: cannot be decoded")

    digits = make_digits(read=fail)
    digits.skipped.append(("8.png", "empty"))
    source = data.stacked(digits, num_images=9)
    assert source.num_skipped == 1
    with pytest.raises(Exception, match="7.png"):
        next(iter(data.batches(source, batch_size=2)))
    assert "7.png" in str(source.error)


@pytest.mark.filterwarnings("ignore:ten has images of 10 classes only")
@pytest.mark.parametrize(
    ("source", "kwargs", "message"),
    [(make_digits(channels=3), {}, "`source` must be grey.*ten with 3 channels")]
    + [("digits", {"channels": 3}, "with 3 channels; `channels=1` converts it")]
    + [
        (make_digits(labels), {}, f"`source` must have labels 0 to 9.*ten with {found}")
        for labels, found in [(None, "no labels"), (range(1, 11), "labels 1 to 10")]
    ]
    + [(make_digits(range(-1, 9)), {}, "`labels` of ten must be class numbers from 0.*-1 to 8")]
    + [("./nowhere", {}, "no such file"), (make_digits(), {"num_images": 0}, "`num_images` must")]
    + [(make_digits(), {"seed": None}, "`seed` must")],
)
def test_wrong_sources_and_arguments_are_refused(source, kwargs, message):
    with pytest.raises(InvalidArgument, match=message):
        data.stacked(source, **kwargs)
