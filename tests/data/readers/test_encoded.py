import io

import numpy as np
import pytest
from PIL import Image

from tfgan_kit.data import DataError
from tfgan_kit.data.readers import encoded

NUM_IMAGES = 70
SHAPE = (NUM_IMAGES, 16, 16, 1)


def encode(value):
    stream = io.BytesIO()
    Image.new("L", (16, 16), value).save(stream, "PNG")
    return stream.getvalue()


def make_images(broken=()):
    return [
        (f"image {number}", b"broken" if number in broken else encode(number))
        for number in range(NUM_IMAGES)
    ]


def make_lazy(images, on_error="skip", labels=None):
    return encoded.LazyImages(
        lambda indices: [images[index] for index in indices], SHAPE, on_error, [], lambda: labels
    )


def test_unreadable_images_are_named_or_left_out():
    images = make_images(broken={5, 6, 69})
    with pytest.raises(DataError, match="^image 5 is not a PNG"):
        encoded.decode_all(images, SHAPE, "all", "raise")
    pixels, kept, skipped = encoded.decode_all(images, SHAPE, "all", "skip")
    expected = [number for number in range(NUM_IMAGES) if number not in (5, 6, 69)]
    assert pixels[:, 0, 0, 0].tolist() == kept == expected
    assert [name for name, _ in skipped] == ["image 5", "image 6", "image 69"]
    with pytest.warns(UserWarning, match="all: left out 3 of 70 .*The first: image 5 is not"):
        encoded.warn_of_skipped("all", skipped, 70)
    too_few = ((make_images()[:60], "60 readable"), (make_images(range(70)), "0 .*70 unreadable"))
    for images, found in too_few:
        with pytest.raises(DataError, match=f"all must contain 70 images.*Found: {found}"):
            encoded.decode_all(images, SHAPE, "all", "skip")


@pytest.mark.parametrize("labels_first", [True, False])
def test_the_next_readable_image_replaces_an_unreadable_one_with_its_label(labels_first):
    images = make_images(broken={5, 6, 69})
    lazy = make_lazy(images, labels=np.arange(NUM_IMAGES) % 7)
    labels = lazy.labels() if labels_first else None
    for replacement in (7, 8):
        pixels = lazy(np.array([4, 5, 6, 69, 4]))
        assert pixels[:, 0, 0, 0].tolist() == [4, replacement, replacement, 0, 4]
        images[7] = ("image 7", b"broken later")
    labels = labels if labels_first else lazy.labels()
    assert labels[[4, 5, 6, 69]].tolist() == [4, 1, 1, 0]
    names = [f"image {number}" for number in (5, 6, 69, 7)]
    assert sorted(name for name, _ in lazy.skipped) == sorted(names)


def test_lazy_images_end():
    whole = make_lazy(make_images())
    assert whole.labels() is None
    assert whole(np.array([], int)).shape == (0, 16, 16, 1)
    with pytest.raises(DataError, match="^image 5 is not a PNG"):
        make_lazy(make_images({5}), on_error="raise")(np.array([4, 5]))
    with pytest.raises(DataError, match="^image 3 is unreadable, and so is every other image"):
        make_lazy(make_images(range(NUM_IMAGES)))(np.array([3]))
