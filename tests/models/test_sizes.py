"""What the image networks have in common."""

import numpy as np
import pytest

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


def test_all_sizes_from_16_to_256_are_taken_and_no_others():
    taken = []
    for size in range(300):
        try:
            taken.append(sizes.check_shape((size, size, 1))[0])
        except InvalidArgument:
            continue
    assert taken == sorted(p * 2**k for p in (4, 7) for k in range(7) if 16 <= p * 2**k <= 256)


def test_widths_double_up_to_eight_times_the_first():
    assert sizes.stage_widths(3, stages=6) == [3, 6, 12, 24, 24, 24]
    assert sizes.stage_widths(64, stages=1) == [64]


def test_shapes_become_integers():
    shape = sizes.check_shape(np.array([16, 16, 1]))
    assert shape == (16, 16, 1) and all(type(side) is int for side in shape)


@pytest.mark.parametrize("value", [1, 0, 2.0, "2", None, True])
def test_small_and_other_numbers_are_refused(value):
    with pytest.raises(InvalidArgument, match="`depth` must be an integer of 2 or more. .*depth="):
        sizes.check_integer("depth", value, low=2)


def test_the_smallest_integer_is_taken():
    sizes.check_integer("depth", 2, low=2)
    sizes.check_integer("depth", 1)


@pytest.mark.parametrize("value", [0, 1, None, "false", np.True_])
def test_flags_are_booleans(value):
    sizes.check_flag("on", True)
    sizes.check_flag("on", False)
    with pytest.raises(InvalidArgument, match="`on` must be True or False. Received: on="):
        sizes.check_flag("on", value)
