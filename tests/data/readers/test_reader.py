"""A new reader is one object in the table."""

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data import readers
from tfgan_kit.data.readers.arrays import open_array
from tfgan_kit.data.readers.reader import Reader

# All of it that a file in `readers/` would contain: images as text, one line of pixels each.


def _is_text(request):
    return request.path is not None and request.path.suffix == ".txt"


def _open(request):
    pixels = np.loadtxt(request.path, "uint8", ndmin=2).reshape(-1, 4, 4)
    labels = np.arange(len(pixels))
    return open_array(pixels, str(request.path), labels, request.image_size, request.channels)


READER = Reader(_is_text, _open)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "READERS", (READER, *readers.READERS))
    np.savetxt(tmp_path / "three.txt", np.arange(48).reshape(3, 16), fmt="%d")
    return tmp_path / "three.txt"


def test_a_reader_in_the_table_opens_its_sources_and_no_others(path):
    source = data.open_source(path, image_size=8, channels=3)
    assert (len(source), source.image_shape, source.num_classes) == (3, (8, 8, 3), 3)
    images, labels = next(iter(data.load(str(path), batch_size=3, shuffle=False, labels=True)))
    np.testing.assert_allclose((images + 1) * 127.5, np.arange(48).reshape(3, 4, 4, 1), atol=1e-4)
    assert labels.numpy().tolist() == [0, 1, 2]
    assert len(data.open_source("digits")) == 1797


def test_splits_are_refused_unless_the_reader_has_them(path, monkeypatch):
    for split in ("train", "test"):
        with pytest.raises(data.DataError, match="`split` only works with .*split='t"):
            data.open_source(path, split=split)
    monkeypatch.setattr(readers, "READERS", (READER._replace(has_splits=True),))
    assert len(data.open_source(path, split="test")) == 3
