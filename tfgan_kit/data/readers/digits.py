"""The 1,797 handwritten digits that come with scikit-learn; no network is needed."""

import numpy as np

from tfgan_kit.data.readers.arrays import open_array
from tfgan_kit.data.readers.reader import Reader

__all__ = ["READER"]


def _is_digits(request):
    return isinstance(request.source, str) and request.source == "digits"


def _open(request):
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype("uint8")
    options = request.image_size or 28, request.channels, list("0123456789"), request.value_range
    return open_array(pixels, "digits", digits.target, *options)


READER = Reader(_is_digits, _open)
