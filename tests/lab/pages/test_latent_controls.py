"""Controls take from an address what they can have, and nothing else."""

import panel as pn
import pytest

from tfgan_kit.lab.pages.latent_controls import accepts, value_of
from tfgan_kit.lab.pages.tiles import Tiles

INTEGER = pn.widgets.IntInput(value=0, start=0, end=9)
SLIDER = pn.widgets.FloatSlider(value=1, start=0, end=2)
SELECT = pn.widgets.Select(options={"any": -1, "a": 0})
CHECKBOX = pn.widgets.Checkbox(value=False)
MAP, GRID = Tiles(continuous=True), Tiles()


@pytest.mark.parametrize(
    "widget, good, bad",
    [
        (INTEGER, [0, 9], [-1, 10, 0.5, "1", None, True, [1]]),
        (SLIDER, [0, 0.5, 2.0], [-0.1, 3, float("nan"), "1", {}]),
        (SELECT, [-1, 0], [1, "any", None, []]),
        (CHECKBOX, [True, False], ["yes", None, [1]]),
        (MAP, [[0, 0], [-1, 0.5]], [[0], [0, 2], [float("nan"), 0], ["0", 0], 0, None, "ab"]),
        (GRID, [[0, 0], [5, 3]], [[-1, 0], [0, 1000], [True, 0], [0.5, 0]]),
    ],
)
def test_what_is_accepted(widget, good, bad):
    assert all(accepts(widget, value) for value in good)
    assert not any(accepts(widget, value) for value in bad)


def test_the_parameter_that_holds_the_choice():
    assert value_of(MAP) == "cursor" and value_of(SELECT) == "value"
