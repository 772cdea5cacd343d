"""The 1,797 handwritten digits that come with scikit-learn: no network is needed."""

import numpy as np

from tfgan_kit.data.readers.arrays import open_array

__all__ = ["open_digits"]


def open_digits(image_size=None, channels=None):
    """Open the digits of scikit-learn.

    They are 8 by 8 pixels of 0 to 16, scaled to 0 to 255 and enlarged.

    Args:
        image_size: Integer, side in pixels, or None for 28, that of MNIST.
            Defaults to None.
        channels: Integer, 1 or 3, or None for 1. Defaults to None.

    Returns:
        A `Source` of 1,797 images, with labels 0 to 9.

    Example:

    ```python
    from tfgan_kit.data.readers import digits

    digits.open_digits().image_shape  # (28, 28, 1)
    ```

    Reference: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten
    Digits", UCI Machine Learning Repository, 1998.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype("uint8")
    return open_array(
        pixels, "digits", digits.target, image_size or 28, channels, [str(n) for n in range(10)]
    )
