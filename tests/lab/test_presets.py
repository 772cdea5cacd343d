"""Presets: settings that can be, names that differ, and trained starts that are good."""

import pytest

from tfgan_kit.lab.experiment import Experiment
from tfgan_kit.lab.presets import PRESETS

TRAINED = [preset for preset in PRESETS if preset.trained]


def test_all_can_be_made_and_say_what_there_is_to_see():
    for preset in PRESETS:
        assert set(preset.make().as_query()) <= set(preset.settings)
        assert preset.text.endswith(".")
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert all(preset.start is None for preset in PRESETS if not preset.trained)


@pytest.mark.parametrize("preset", TRAINED, ids=lambda preset: preset.name)
def test_a_trained_start_has_the_settings_and_is_good(preset):
    experiment = Experiment.load(preset.start)
    assert experiment.settings.as_dict() == preset.make().as_dict()
    assert experiment.iteration == 10_000
    # ln 2 = 0.69 is the worst; two samples of one distribution have 0.
    view = experiment.view()
    assert view.js < 0.3
    assert view.modes in (-1, 25)
    assert len(preset.start) < 250_000
