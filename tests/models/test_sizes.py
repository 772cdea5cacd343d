"""Image sizes and channel widths that the image networks share."""

import numpy as np
import pytest

from tfgan_kit import models
from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument

SIZES = {16: (4, 2), 28: (7, 2), 32: (4, 3), 56: (7, 3), 64: (4, 4)}
SIZES |= {112: (7, 4), 128: (4, 5), 224: (7, 5), 256: (4, 6)}
IMAGE_SHAPE = r"`image_shape` must be .*16, 28, 32.*Received: image_shape="


def test_sizes_are_planes_of_4_or_7_pixels_doubled():
    for size in range(600):
        if size in SIZES:
            assert sizes.start(size) == SIZES[size]
            for shape in ((size, size, 3), [size, size, 3], np.array([size, size, 3])):
                found = sizes.check_shape(shape)
                assert found == (size, size, 3) and all(type(side) is int for side in found)
        else:
            with pytest.raises(InvalidArgument, match=IMAGE_SHAPE):
                sizes.check_shape((size, size, 1))


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, "16"), (16, "16"), (17, "16 or 28"), (60, "56 or 64"), (96, "64 or 112"), (999, "256")],
)
def test_nearest(size, expected):
    with pytest.raises(sizes.ImpossibleShape) as caught:
        sizes.check_shape((size, 0, 1))
    found = caught.value.nearest(size)
    assert found == (expected, "16, 28, 32, 56, 64, 112, 128, 224, 256")


def test_widths_double_up_to_eight_times_the_first():
    assert sizes.stage_widths(3, stages=6) == [3, 6, 12, 24, 24, 24]
    assert sizes.stage_widths(64, stages=1) == [64]


@pytest.mark.parametrize(
    "shape",
    [(28, 32, 1), (28, 28, 2), (28, 28), 28, None, (28.5, 28.5, 1), ("28", "28", "1"), "281"]
    + [(28, 28, 1, 1), (None, None, 1)],
)
def test_other_shapes_are_refused(shape):
    for check in (sizes.check_shape, models.dcgan, models.residual):
        with pytest.raises(InvalidArgument, match=IMAGE_SHAPE):
            check(shape)
