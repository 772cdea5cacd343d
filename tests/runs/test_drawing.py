"""Rounds give exactly what is wanted, can be taken up anywhere, and end where nothing passes."""

import copy

import numpy as np
import pytest

from tfgan_kit.runs.drawing import Drawing
from tfgan_kit.utils.errors import InvalidArgument


def make(labels, seed):
    """Random grey pixels whose first one is the label."""
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), 2, 2, 1), "uint8")
    images[:, 0, 0, 0] = labels
    return images


class Dark:
    """Keeps what is darker than a level."""

    name = "dark"

    def __init__(self, level):
        self.level = level

    def __call__(self, images, labels):
        assert (images[:, 0, 0, 0] == labels).all()
        return images[:, 1, 1, 0] < self.level


def collected(drawing):
    return list(map(np.concatenate, zip(*drawing.rounds(), strict=True)))


@pytest.mark.parametrize("wanted", [[3], [5, 0, 40], [200, 1, 1], [700, 700]])
def test_as_many_of_each_class_as_are_wanted(wanted):
    drawing = Drawing(make, wanted, [Dark(64)], seed=1, most=256)
    images, labels, numbers = collected(drawing)
    assert np.bincount(labels, minlength=len(wanted)).tolist() == wanted == drawing.state["kept"]
    assert (images[:, 1, 1, 0] < 64).all() and (images[:, 0, 0, 0] == labels).all()
    for label, num in enumerate(wanted):
        assert sorted(numbers[labels == label]) == list(range(1, num + 1))
    state = drawing.state
    assert sum(state["drawn"]) == sum(state["passed"]) + state["refused"]["dark"]
    assert 3 < sum(state["drawn"]) / sum(state["passed"]) < 6 or sum(wanted) < 10


def test_it_goes_on_from_the_state_after_any_round():
    whole = Drawing(make, [60, 80], [Dark(128)], seed=2, most=64)
    rounds, states = [], [whole.state]
    for each in whole.rounds():
        rounds.append(each)
        states.append(copy.deepcopy(whole.state))
    assert len(rounds) > 3
    other = Drawing(make, [60, 80], [Dark(128)], seed=2, most=64)
    other.state = states[2]
    for found, expected in zip(other.rounds(), rounds[2:], strict=True):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    assert other.state == whole.state


def test_a_filter_that_refuses_nearly_all_ends_it():
    class OneClass(Dark):
        def __call__(self, images, labels):
            return (labels == 0) | (images[:, 1, 1, 0] < 2)

    drawing = Drawing(make, [10, 1000], [OneClass(0)], most=512)
    message = (
        r"Only \d+ of 1,\d{3} images of class 1 passed the filters \(refused of 1,\d{3} in all: "
        r"dark 1,\d{3}\)\. Train longer, or leave a filter out: --keep 1, --no-agreement"
    )
    with pytest.raises(InvalidArgument, match=message):
        collected(drawing)
    assert 0 < drawing.state["kept"][0] <= 10 and drawing.state["kept"][1] < 30


def test_a_filter_gets_no_empty_round():
    class Later(Dark):
        name = "later"

        def __call__(self, images, labels):
            raise AssertionError("nothing is left for it")

    drawing = Drawing(make, [100], [Dark(0), Later(256)], most=512)
    with pytest.raises(InvalidArgument, match=r"Only 0 of .*dark 1,\d{3}, later 0\)"):
        collected(drawing)
