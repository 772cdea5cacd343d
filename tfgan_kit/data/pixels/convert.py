"""Arrays of images in any usual layout and range, to uint8 with channels last."""

import math

import numpy as np
from PIL import Image

from tfgan_kit.data.pixels.decode import fit_square
from tfgan_kit.data.source import DataError

__all__ = ["Layout", "find_layout", "find_scale", "to_channels", "to_pixels", "to_squares"]

_TOLERANCE = 1e-3
_BLOCK_BYTES = 2**26


class Layout:
    """Where an array of images keeps its axes.

    Args:
        shape: Tuple `(num, height, width, channels)`, as the images would be
            with their channels last.
        axes: Tuple of four integers or None, the transposition that puts the
            channels last; None where the array has no axis for them.

    Example:

    ```python
    from tfgan_kit.data.pixels.convert import convert as pixels

    pixels.find_layout((10, 3, 32, 32), "example").shape  # (10, 32, 32, 3)
    ```
    """

    def __init__(self, shape, axes):
        self.shape = shape
        self.axes = axes

    def channels_last(self, array):
        """The array with its channels last, as a view.

        Args:
            array: Array of images in this layout, of any number.

        Returns:
            An array of shape `(num, height, width, channels)`.

        Example:

        ```python
        import numpy as np
        from tfgan_kit.data.pixels.convert import convert as pixels

        layout = pixels.find_layout((10, 3, 32, 32), "example")
        layout.channels_last(np.zeros((2, 3, 32, 32))).shape  # (2, 32, 32, 3)
        ```
        """
        return array[..., np.newaxis] if self.axes is None else array.transpose(self.axes)


def find_layout(shape, name):
    """Tell `(N, H, W)`, `(N, H, W, C)` and `(N, C, H, W)` apart.

    Channels are 1, 3 or 4. Where both the second and the last axis could be
    channels, the last is taken.

    Args:
        shape: Tuple of integers, the shape of the array.
        name: String, where it came from, for the message.

    Returns:
        A `Layout`.

    Raises:
        DataError: If the shape is none of these, or holds no image.

    Example:

    ```python
    from tfgan_kit.data.pixels.convert import convert as pixels

    pixels.find_layout((10, 28, 28), "example").shape  # (10, 28, 28, 1)
    ```
    """
    shape = tuple(int(side) for side in shape)
    if len(shape) in (3, 4) and 0 in shape:
        raise DataError(f"{name}: holds no image. Received: an array of shape {shape}")
    # (H, W, 3) is one picture, not H pictures three pixels wide.
    if len(shape) == 3 and (shape[2] not in (1, 3, 4) or shape[1] == shape[2]):
        return Layout((*shape, 1), None)
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return Layout(shape, (0, 1, 2, 3))
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return Layout((shape[0], shape[2], shape[3], shape[1]), (0, 2, 3, 1))
    raise DataError(
        f"{name}: expected images of shape (N, H, W), (N, H, W, C) or (N, C, H, W) with 1, 3 or 4 "
        f"channels. Received: an array of shape {shape}"
    )


def find_scale(array, name):
    """Tell from the dtype and the range what 0 to 255 is in an array.

    | dtype | values | becomes |
    |---|---|---|
    | uint8 | any | itself |
    | bool | False, True | 0, 255 |
    | other integers | 0 to 255 | themselves |
    | floats | [0, 1] | times 255 |
    | floats | [-1, 1] with a negative one | `(x + 1) * 127.5` |
    | floats | [0, 255] with one above 1 | rounded |

    Floats may overstep a range by 0.001. The whole array is looked at, in
    blocks, so that one in a memory-mapped file is never loaded whole.

    Args:
        array: NumPy array of any shape.
        name: String, where it came from, for the message.

    Returns:
        A tuple `(factor, offset)` such that `array * factor + offset` lies in
        [0, 255].

    Raises:
        DataError: If there is a NaN, an infinity, a value outside all ranges,
            or a dtype that holds no pixels.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.data.pixels.convert import convert as pixels

    pixels.find_scale(np.array([-1.0, 0.5]), "example")  # (127.5, 127.5)
    ```
    """
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return 1, 0
    if kind == "b":
        return 255, 0
    if kind not in "iuf":
        raise DataError(f"{name}: expected pixels as numbers. Received: dtype {array.dtype}")
    low, high = _find_range(array)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError(f"{name}: expected finite pixels. Received: NaN or infinity in the array")
    slack = _TOLERANCE if kind == "f" else 0
    if kind == "f" and -slack <= low and high <= 1 + slack:
        return 255, 0
    if kind == "f" and -1 - slack <= low < 0 and high <= 1 + slack:
        return 127.5, 127.5
    if -slack <= low and high <= 255 + slack:
        return 1, 0
    expected = "[0, 1], [-1, 1] or [0, 255]" if kind == "f" else "[0, 255]"
    raise DataError(
        f"{name}: expected {array.dtype} pixels in {expected}. "
        f"Received: values from {low} to {high}"
    )


def _find_range(array):
    rows = max(1, _BLOCK_BYTES // max(1, array[:1].nbytes))
    low, high = [], []
    for start in range(0, len(array), rows):
        block = array[start : start + rows]
        low.append(block.min())
        high.append(block.max())
    # NaN is passed on by min and max, so no second look is needed to find it.
    return np.min(low).item(), np.max(high).item()


def to_pixels(array, scale):
    """Turn values into uint8 pixels, by the scale that `find_scale` told.

    Args:
        array: NumPy array of any shape.
        scale: Tuple `(factor, offset)`.

    Returns:
        A uint8 array of the same shape.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.data.pixels.convert import convert as pixels

    pixels.to_pixels(np.array([-1.0, 0.0, 1.0]), (127.5, 127.5))  # [0, 128, 255]
    ```
    """
    factor, offset = scale
    if array.dtype.kind == "f":
        values = array.astype("float64") * factor + offset
        return np.clip(np.rint(values), 0, 255).astype("uint8")
    return array.astype("uint8") * np.uint8(factor)


def to_channels(images, channels):
    """Turn uint8 images of 1, 3 or 4 channels into grey or RGB ones.

    Four channels are RGB and opacity, which is composited on white. Grey is
    `0.299 R + 0.587 G + 0.114 B`, as in Pillow (ITU-R 601).

    Args:
        images: uint8 array of shape `(num, height, width, 1, 3 or 4)`.
        channels: Integer, 1 or 3.

    Returns:
        A uint8 array of shape `(num, height, width, channels)`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.data.pixels.convert import convert as pixels

    pixels.to_channels(np.zeros((2, 8, 8, 3), "uint8"), 1).shape  # (2, 8, 8, 1)
    ```
    """
    if images.shape[-1] == 4:
        opacity = images[..., 3:].astype("float64") / 255
        on_white = images[..., :3] * opacity + 255 * (1 - opacity)
        images = np.rint(on_white).astype("uint8")
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=-1)
    # Pillow's own fixed-point weights, so that arrays and files agree to the last bit.
    weighted = images.astype("uint32") @ np.array([19595, 38470, 7471], "uint32")
    return ((weighted + 0x8000) >> 16).astype("uint8")[..., np.newaxis]


def to_squares(images, size):
    """Cut out the middle squares and resize them with antialiasing.

    Args:
        images: uint8 array of shape `(num, height, width, 1 or 3)`.
        size: Integer, side of the results in pixels.

    Returns:
        A uint8 array of shape `(num, size, size, channels)`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.data.pixels.convert import convert as pixels

    pixels.to_squares(np.zeros((2, 20, 30, 1), "uint8"), 16).shape  # (2, 16, 16, 1)
    ```
    """
    if images.shape[1:3] == (size, size):
        return images
    squares = np.empty((len(images), size, size, images.shape[-1]), "uint8")
    for square, image in zip(squares, images, strict=True):
        flat = image[..., 0] if image.shape[-1] == 1 else image
        fitted = fit_square(Image.fromarray(np.ascontiguousarray(flat)), size)
        square[...] = np.asarray(fitted).reshape(square.shape)
    return squares
