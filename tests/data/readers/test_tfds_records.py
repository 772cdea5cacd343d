import io

import numpy as np
import pytest
from PIL import Image

from tfgan_kit.data import DataError, spool
from tfgan_kit.data.readers.tfds_records import LazyImages, decode_all

NUM_IMAGES = 70
SHAPE = (NUM_IMAGES, 16, 16, 1)


def encode(value):
    stream = io.BytesIO()
    Image.new("L", (16, 16), value).save(stream, "PNG")
    return stream.getvalue()


class FakeRecords:
    name, image_key = "fake[train]", "image"

    def __init__(self, broken=(), label_key="label", num_images=NUM_IMAGES):
        self.label_key = label_key
        self.examples = [
            {"image": b"broken" if number in broken else encode(number), "label": number % 7}
            for number in range(num_images)
        ]

    def read(self, indices):
        return [self.examples[index] for index in indices]

    def stream(self):
        return iter(self.examples)

    def read_labels(self):
        return np.array([example["label"] for example in self.examples])


@pytest.mark.parametrize("limit", [2**30, 100])
def test_all_are_decoded_in_order(monkeypatch, limit):
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", limit)
    pixels, labels, skipped = decode_all(FakeRecords(), SHAPE, "raise")
    assert pixels.shape == SHAPE
    assert pixels[:, 0, 0, 0].tolist() == list(range(NUM_IMAGES))
    assert labels.tolist() == [number % 7 for number in range(NUM_IMAGES)]
    assert skipped == []
    assert decode_all(FakeRecords(label_key=None), SHAPE, "raise")[1] is None


def test_broken_ones_are_named_or_left_out():
    records = FakeRecords(broken={5, 6, 69})
    with pytest.raises(DataError, match=r"fake\[train\] image 5: is no PNG"):
        decode_all(records, SHAPE, "raise")
    with pytest.warns(UserWarning, match="left out 3 of 70 images"):
        pixels, labels, skipped = decode_all(records, SHAPE, "skip")
    kept = [number for number in range(NUM_IMAGES) if number not in (5, 6, 69)]
    assert pixels[:, 0, 0, 0].tolist() == kept
    assert labels.tolist() == [number % 7 for number in kept]
    assert [name for name, _ in skipped] == [f"fake[train] image {n}" for n in (5, 6, 69)]


def test_fewer_or_no_images_are_told():
    with pytest.raises(DataError, match="expected 70 images. Found: 60 readable"):
        decode_all(FakeRecords(num_images=60), SHAPE, "raise")
    with pytest.raises(DataError, match="Found: 0 readable, 70 unreadable"):
        decode_all(FakeRecords(broken=range(NUM_IMAGES)), SHAPE, "skip")


@pytest.mark.parametrize("labels_first", [True, False])
def test_lazy_images_give_way_with_their_labels(labels_first):
    lazy = LazyImages(FakeRecords(broken={5, 6, 69}), SHAPE, "skip")
    labels = lazy.labels() if labels_first else None
    for _ in range(2):
        images = lazy(np.array([4, 5, 6, 69, 4]))
        assert images[:, 0, 0, 0].tolist() == [4, 7, 7, 0, 4]
    labels = labels if labels_first else lazy.labels()
    assert labels[[4, 5, 6, 69]].tolist() == [4, 0, 0, 0]
    assert sorted(name for name, _ in lazy.skipped) == [
        f"fake[train] image {n}" for n in (5, 6, 69)
    ]


def test_lazy_images_end():
    with pytest.raises(DataError, match="image 5"):
        LazyImages(FakeRecords(broken={5}), SHAPE, "raise")(np.array([4, 5]))
    with pytest.raises(DataError, match="is no PNG"):
        LazyImages(FakeRecords(broken=range(NUM_IMAGES)), SHAPE, "skip")(np.array([0]))
    assert LazyImages(FakeRecords(), SHAPE, "raise")(np.array([], int)).shape == (0, 16, 16, 1)
