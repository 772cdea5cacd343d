"""The waves of textures whose periods are known."""

import numpy as np
import pytest
import skimage.data

from tfgan_kit import data
from tfgan_kit.utils.errors import InvalidArgument

RANDOM = np.random.default_rng(0)


def crops(picture, side=64, num=60):
    picture = np.interp(picture, [picture.min(), picture.max()], [0, 255]).astype("uint8")
    windows = np.lib.stride_tricks.sliding_window_view(picture, (side, side))
    rows, columns = RANDOM.integers(0, windows.shape[:2], (num, 2)).T
    return data.open_source(windows[rows, columns])


def wave(down, right, shape=(160, 160)):
    rows, columns = np.indices(shape)
    return np.sin(2 * np.pi * (down * rows + right * columns))


NOISE = 0.5 * RANDOM.normal(size=(160, 160))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (NOISE, []),
        (skimage.data.gravel()[:160, :160], []),
        (skimage.data.grass()[:160, :160], []),
        (wave(0, 1 / 13.5) + NOISE, [(0, 1 / 13.5)]),
        # The stronger first; harmonics are not waves of their own.
        (
            wave(1 / 20, -1 / 40) + 0.4 * wave(1 / 10, -1 / 20) + 0.8 * wave(0, 1 / 9) + NOISE,
            [(1 / 20, -1 / 40), (0, 1 / 9)],
        ),
    ],
)
def test_known_periods(picture, expected):
    found = data.find_waves(crops(picture))
    np.testing.assert_allclose(np.reshape(found, (-1, 2)), np.reshape(expected, (-1, 2)), atol=2e-3)


def test_bricks():
    (found,) = data.find_waves(crops(skimage.data.brick(), 96, 256))
    # The columns of bricks are 27 to 38 pixels wide.
    assert 27 < 1 / found[1] < 38 and abs(found[0]) < 1e-3


@pytest.mark.parametrize("arguments", [{"num": 0}, {"threshold": 0.5}])
def test_refused(arguments):
    with pytest.raises(InvalidArgument, match=f"`{next(iter(arguments))}` must be"):
        data.find_waves(crops(NOISE), **arguments)
