"""One picture as a source of its crops."""

import hashlib
import os
import warnings

import numpy as np
from PIL import Image

from tfgan_kit.data.pixels import decode
from tfgan_kit.data.readers import encoded
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError, Source

__all__ = ["READER"]

_SIZES = (96, 64, 32)
_NUM_CROPS = 4096
# The shorter side of a picture at most: a crop of a large photo would be a part of a brick.
_MAX_SIDE, _MAX_CROPS = 512, 4


def _is_picture(request):
    path = request.path
    return path is not None and os.path.isfile(path) and decode.is_picture_name(path)


def _open(request):
    path = request.path
    with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
        warnings.filterwarnings("ignore", module="PIL")
        header = decode.read_header(path, path)
        size = request.image_size or _choose_size(min(header.width, header.height))
        channels = request.channels or (1 if header.is_grey else 3)
        options = max(_MAX_SIDE, _MAX_CROPS * size), channels, request.value_range
        picture = decode.decode_picture(path, path, *options)
    height, width, _ = picture.shape
    if min(height, width) < size:
        raise DataError(
            f"{path} must be at least as large as its crops, {size}x{size} pixels. Received: "
            f"{width}x{height}. Give a larger picture, or smaller crops with image_size "
            "(--image-size)"
        )
    value_range = encoded.find_range(picture[None], path, request.value_range, header.is_deep)
    crops = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))
    num_positions = crops.shape[0] * crops.shape[1]
    # The same ones each time that the picture is opened.
    order = np.random.default_rng(0).permutation(num_positions)[:_NUM_CROPS]
    tops, lefts = np.unravel_index(order, crops.shape[:2])
    shape = (len(order), size, size, channels)
    notes = [f"crops of one picture of {width}x{height}"]
    if height * width < header.height * header.width:
        notes[0] += f", reduced from {header.width}x{header.height}"
    source = Source(
        str(path),
        shape,
        lambda indices: np.moveaxis(crops[tops[indices], lefts[indices]], 1, -1),
        fingerprint=hashlib.sha256(f"{shape}".encode() + picture.tobytes()).hexdigest(),
        notes=notes,
        value_range=value_range,
    )
    source.is_one_picture = True
    return source


READER = Reader(_is_picture, _open)


def _choose_size(shorter_side):
    """The side of crops when none is requested: at most half of the picture's."""
    return next((size for size in _SIZES if 2 * size <= shorter_side), _SIZES[-1])
