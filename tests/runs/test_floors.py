"""The floors of a training's metrics."""

import dataclasses

import numpy as np
import pytest

from tfgan_kit import runs
from tfgan_kit.runs import floors


def test_floors_are_between_two_sets_of_real_images_as_large_as_those_of_the_training(
    first_shapes_run, monkeypatch
):
    assert floors.training_floors(first_shapes_run) == {}, "240 images are too few for 2 x 256"
    monkeypatch.setattr(floors, "MEASURED_SAMPLES", 120)
    monkeypatch.setattr(floors, "MONITORED_SAMPLES", 120)
    found = floors.training_floors(first_shapes_run)
    logged = {name for record in first_shapes_run.metrics for name in record}
    assert set(found) <= logged
    assert {"frechet_random_distance", "precision", "recall", "coverage", "diversity"} <= set(found)
    assert found["diversity"] == pytest.approx(1, abs=0.1)
    assert found["precision"] > 0.8 and found["recall"] > 0.8
    assert found["repeated_share"] == 0.0
    newest = first_shapes_run.metrics[-1]
    assert 0 < found["frechet_random_distance"] < newest["frechet_random_distance"]


def test_the_training_measures_by_the_same_rule(first_shapes_run, monkeypatch):
    """Its first half is the reference of the training itself."""
    source = first_shapes_run.open_source()
    seen = []
    take = floors.take_real
    monkeypatch.setattr(floors, "MEASURED_SAMPLES", 60)
    monkeypatch.setattr(floors, "MONITORED_SAMPLES", 60)
    monkeypatch.setattr(floors, "take_real", lambda *args: seen.append(take(*args)) or seen[-1])
    floors.training_floors(first_shapes_run)
    np.testing.assert_array_equal(seen[0][0][:60], take(source, 60, 0)[0])


def test_images_that_are_gone_are_named(first_shapes_run, tmp_path):
    config = dataclasses.replace(first_shapes_run.config, source=str(tmp_path / "gone.npz"))
    run = runs.Run.create(tmp_path / "moved", config)
    with pytest.raises(ValueError, match="gone.npz"):
        floors.training_floors(run)
