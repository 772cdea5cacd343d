import os
import socket
import time

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data import spool
from tfgan_kit.data.pixels import decode
from tfgan_kit.data.readers import tfds as reader

NUM_IMAGES = 40


@pytest.fixture(scope="module")
def builder_class():
    tfds = reader.import_tfds()

    class TinyFaces(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            image = tfds.features.Image(shape=(12, 16, 3))
            label = tfds.features.ClassLabel(names=["cat", "dog"])
            features = tfds.features.FeaturesDict({"image": image, "label": label, "age": np.int64})
            keys = ("image", "label")
            return tfds.core.DatasetInfo(builder=self, features=features, supervised_keys=keys)

        def _split_generators(self, dl_manager):
            return {
                "train": self._generate_examples(NUM_IMAGES),
                "test": self._generate_examples(4),
            }

        def _generate_examples(self, num_images):
            for number in range(num_images):
                image = np.full((12, 16, 3), 255 - number, "uint8")
                yield number, {"image": image, "label": number % 2, "age": number}

    return TinyFaces


@pytest.fixture(scope="module", params=["tfrecord", "array_record"])
def data_dir(request, builder_class, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param)
    builder_class(data_dir=path, file_format=request.param).download_and_prepare()
    return path


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def numbers(source):
    return 255 - source.read(range(len(source)))[:, 0, 0, 0]


def test_a_prepared_data_set_is_used_without_network(data_dir, no_network):
    source = data.open_source("tiny_faces", data_dir=data_dir)
    assert (len(source), source.image_shape) == (NUM_IMAGES, (16, 16, 3))
    assert sorted(numbers(source)) == list(range(NUM_IMAGES))
    np.testing.assert_array_equal(source.labels, numbers(source) % 2)
    assert source.class_names == ["cat", "dog"] and source.num_classes == 2
    batch = data.load(source, batch_size=16, labels=True, shuffle=False)
    np.testing.assert_array_equal(next(iter(batch))[1], source.labels[:16])
    again = data.open_source("tiny_faces:1.0.0", data_dir=str(data_dir))
    np.testing.assert_array_equal(numbers(again), numbers(source))
    assert again.fingerprint == source.fingerprint
    half = data.open_source("tiny_faces", split="train[:50%]", data_dir=data_dir)
    np.testing.assert_array_equal(numbers(half), numbers(source)[: NUM_IMAGES // 2])
    assert len(data.open_source("tiny_faces", split="test", data_dir=data_dir)) == 4
    with pytest.raises(data.DataError, match="`split` of tiny_faces must be one of train, test"):
        data.open_source("tiny_faces", split="valid", data_dir=data_dir)


def test_reading_by_number_or_from_disk_agrees_with_memory(data_dir, monkeypatch):
    options = {"data_dir": data_dir, "image_size": 8, "channels": 1}
    ahead = data.open_source("tiny_faces", **options)
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 100)
    lazy = data.open_source("tiny_faces", **options)
    order = np.random.default_rng(0).permutation(NUM_IMAGES)
    np.testing.assert_array_equal(lazy.read(order), ahead.read(order))
    np.testing.assert_array_equal(lazy.labels, ahead.labels)
    assert lazy.image_shape == (8, 8, 1)


def test_unreadable_images(data_dir, monkeypatch):
    whole = data.open_source("tiny_faces", data_dir=data_dir)
    fourth, decode_image = numbers(whole)[3], decode.decode_image

    def fail_on_the_fourth(file, name, size, channels, value_range):
        image = decode_image(file, name, size, channels, value_range)
        if image[0, 0, 0] == 255 - fourth:
            raise data.DataError(f"{name} is unreadable")
        return image

    monkeypatch.setattr(decode, "decode_image", fail_on_the_fourth)
    with pytest.raises(data.DataError, match=r"tiny_faces\[train\] image 3 is unreadable"):
        data.open_source("tiny_faces", data_dir=data_dir)
    with pytest.warns(UserWarning, match="left out 1 of 40 images"):
        source = data.open_source("tiny_faces", data_dir=data_dir, on_error="skip")
    np.testing.assert_array_equal(numbers(source), np.delete(numbers(whole), 3))
    np.testing.assert_array_equal(source.labels, np.delete(whole.labels, 3))
    if "array_record" in data_dir.name:
        monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 100)
        lazy = data.open_source("tiny_faces", data_dir=data_dir, on_error="skip")
        assert 255 - lazy.read([3])[0, 0, 0, 0] == numbers(whole)[4]
        assert lazy.labels[3] == whole.labels[4]
        assert [name for name, _ in lazy.skipped] == ["tiny_faces[train] image 3"]


def test_an_unprepared_data_set_is_prepared_by_number(builder_class, tmp_path):
    path = tmp_path / "new"
    source = data.open_source("tiny_faces", data_dir=path)
    assert len(source) == NUM_IMAGES
    files = [name for _, _, names in os.walk(path) for name in names]
    assert any("array_record" in name for name in files)
    assert os.listdir(path) == ["tiny_faces"]


def test_no_network_is_one_quick_error_that_leaves_nothing(tmp_path, no_network):
    started = time.monotonic()
    with pytest.raises(data.DataError, match="'mnist' is not prepared .*use 'digits' or a local"):
        data.open_source("mnist", data_dir=tmp_path / "new")
    assert time.monotonic() - started < 20
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("mnits", "'mnits' is neither a TensorFlow Datasets name nor a path. Did you.*'mnist'")]
    + [("digit", "Did you mean.*'digits'")]
    + [("mnist/nope", "'mnist/nope' cannot be opened.*nope not found")],
)
def test_unknown_names_come_with_similar_ones(tmp_path, name, message):
    with pytest.raises(data.DataError, match=message):
        data.open_source(name, data_dir=tmp_path)
    assert os.listdir(tmp_path) == []
