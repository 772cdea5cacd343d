"""The 1,797 handwritten digits that come with scikit-learn: no network is needed."""

import numpy as np

from tfgan_kit.data.readers.arrays import open_array

__all__ = ["open_digits"]


def open_digits(image_size=None, channels=None):
    """Open the digits of scikit-learn."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype("uint8")
    return open_array(
        pixels, "digits", digits.target, image_size or 28, channels, [str(n) for n in range(10)]
    )
