"""Arguments that no callback accepts; the checks themselves are tested in tests/utils."""

import numpy as np
import pytest

from tfgan_kit import callbacks
from tfgan_kit.utils.errors import InvalidArgument

POINTS = np.zeros((60, 2), "float32")
# Arguments that are correct, and wrong values of one each.
WRONG = {
    "CollapseMonitor": (
        {"real": POINTS},
        {"num_samples": 49, "warmup": -1, "patience": 0, "max_restores": 0, "seed": 2**31}
        | {"extractor": "randon"},
    ),
    "DivergenceGuard": (
        {"path": "good.keras"},
        {"path": "good.h5", "max_tries": 0, "factor": 1.5, "check_every": 0, "save_freq": "batch"},
    ),
    "LossPlot": ({"path": "a.png"}, {"every_epochs": 0}),
    "MetricMonitor": (
        {"real": POINTS},
        {"num_samples": 9, "every_epochs": True, "metrics": ["frechett"], "extractor": "randon"}
        | {"seed": -1},
    ),
    "Progress": ({}, {"total_steps": None}),
    "RunCheckpoint": ({"directory": "a"}, {"save_freq": "step", "keep": None, "mode": "auto"}),
    "SampleGrid": (
        {"directory": "a"},
        {"num_images": 2.5, "every_epochs": None, "every_steps": 0, "seed": -1},
    ),
    "TrainingGIF": (
        {"path": "a.gif"},
        {"path": "a.png", "fps": 0, "hold": -1, "max_side": None, "max_frames": 0, "seed": -1}
        | {"samples": "folder", "num_images": 0},
    ),
}
CASES = [(name, each) for name, (_, wrong) in WRONG.items() for each in wrong]


@pytest.mark.parametrize(("name", "argument"), CASES, ids=map(".".join, CASES))
def test_a_wrong_argument_is_named(name, argument):
    correct, wrong = WRONG[name]
    with pytest.raises(InvalidArgument, match=f"`{argument.rstrip('s')}s?`.*Received"):
        getattr(callbacks, name)(**{**correct, argument: wrong[argument]})


def test_stop_and_restore_exclude_each_other():
    with pytest.raises(InvalidArgument, match="Only one of `stop` and `restore`.*Received"):
        callbacks.CollapseMonitor(POINTS, stop=True, restore="healthy.keras")
