"""Image sizes and channel widths that the image networks share."""

import numpy as np
import pytest

from tfgan_kit import models
from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize(
    ("size", "expected"),
    [(16, (4, 2)), (28, (7, 2)), (32, (4, 3)), (56, (7, 3)), (64, (4, 4))]
    + [(112, (7, 4)), (128, (4, 5)), (224, (7, 5)), (256, (4, 6))],
)
def test_every_size_is_a_plane_doubled(size, expected):
    plane, doublings = sizes.start(size)
    assert (plane, doublings) == expected and plane * 2**doublings == size
    assert sizes.check_shape((size, size, 3)) == (size, size, 3)


def test_all_sizes_from_16_to_256_are_accepted_and_no_others():
    accepted = []
    for size in range(300):
        try:
            accepted.append(sizes.check_shape((size, size, 1))[0])
        except InvalidArgument:
            continue
    assert accepted == sorted(p * 2**k for p in (4, 7) for k in range(7) if 16 <= p * 2**k <= 256)


def test_widths_double_up_to_eight_times_the_first():
    assert sizes.stage_widths(3, stages=6) == [3, 6, 12, 24, 24, 24]
    assert sizes.stage_widths(64, stages=1) == [64]


@pytest.mark.parametrize("shape", [[16, 16, 1], np.array([16, 16, 1]), (np.int64(16),) * 2 + (1,)])
def test_shapes_become_integers(shape):
    shape = sizes.check_shape(shape)
    assert shape == (16, 16, 1) and all(type(side) is int for side in shape)


@pytest.mark.parametrize("build", [models.dcgan, models.residual])
@pytest.mark.parametrize(
    "shape",
    [(8, 8, 1), (512, 512, 3), (30, 30, 1), (28, 32, 1), (28, 28, 2), (28, 28), 28, None]
    + [(28.5, 28.5, 1), ("28", "28", "1"), "281", (28, 28, 1, 1), (None, None, 1), (0, 0, 1)],
)
def test_wrong_shapes_are_refused(build, shape):
    with pytest.raises(InvalidArgument, match=r"`image_shape` must be .*16, 28, 32.*Received: im"):
        build(shape)
