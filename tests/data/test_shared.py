"""On real data sets, where they are at hand."""

import pathlib

import numpy as np
import pytest

from tfgan_kit import data

SHARED = pathlib.Path(__file__).parents[3] / "shared" / "data"


def test_mnist_is_the_published_one():
    path = SHARED / "mnist_train.npz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    source = data.open_source(path)
    assert (len(source), source.image_shape) == (60_000, (28, 28, 1))
    pixels = source.read(range(60_000))
    assert abs(pixels.mean() - 33.318) < 5e-4
    assert source.labels[:5].tolist() == [5, 0, 4, 1, 9]
    batch, labels = next(iter(data.load(source, batch_size=64, labels=True)))
    indices = data.batch_indices(60_000, 64, seed=0, step=0)
    np.testing.assert_array_equal(labels, source.labels[indices])
    np.testing.assert_allclose((batch + 1) * 127.5, pixels[indices], atol=1e-4)
