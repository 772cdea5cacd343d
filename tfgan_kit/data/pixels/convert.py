"""Arrays of images in any usual layout, converted to channels last, grey or RGB, and squares."""

import numpy as np
from PIL import Image

from tfgan_kit.data.pixels.decode import fit_square
from tfgan_kit.data.source import DataError

__all__ = ["channels_last", "to_channels", "to_squares"]


def channels_last(array, name):
    """A view of shape `(N, H, W, C)` of an array `(N, H, W)`, `(N, H, W, C)` or `(N, C, H, W)`."""
    shape = array.shape
    if len(shape) in (3, 4) and 0 in shape:
        raise DataError(f"{name} contains no images. Received: an array of shape {shape}")
    # (H, W, 3) is one picture, not H pictures that are three pixels wide.
    if len(shape) == 3 and (shape[2] not in (1, 3, 4) or shape[1] == shape[2]):
        return array[..., np.newaxis]
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return array
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return array.transpose(0, 2, 3, 1)
    raise DataError(
        f"{name} must contain images of shape (N, H, W), (N, H, W, C) or (N, C, H, W) with 1, 3 or "
        f"4 channels. Received: an array of shape {shape}"
    )


def to_channels(images, channels):
    """Convert uint8 images with 1, 3 or 4 channels to grey or RGB."""
    if images.shape[-1] == 4:
        opacity = images[..., 3:].astype("float64") / 255
        on_white = images[..., :3] * opacity + 255 * (1 - opacity)
        images = np.rint(on_white).astype("uint8")
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=-1)
    # Pillow's fixed-point weights, so that arrays and files agree to the last bit.
    weighted = images.astype("uint32") @ np.array([19595, 38470, 7471], "uint32")
    return ((weighted + 0x8000) >> 16).astype("uint8")[..., np.newaxis]


def to_squares(images, size):
    """Crop images to their middle squares and resize them with antialiasing."""
    if images.shape[1:3] == (size, size):
        return images
    squares = np.empty((len(images), size, size, images.shape[-1]), "uint8")
    for square, image in zip(squares, images, strict=True):
        flat = image[..., 0] if image.shape[-1] == 1 else image
        fitted = fit_square(Image.fromarray(np.ascontiguousarray(flat)), size)
        square[...] = np.asarray(fitted).reshape(square.shape)
    return squares
