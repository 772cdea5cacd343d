"""Real or fake without a page: which images, and what is kept of the answers."""

import collections
import json

import numpy as np
import pytest

from tfgan_kit import media
from tfgan_kit.evaluation import people
from tfgan_kit.lab.judging import EXPOSURES, Judging, Trial, Trials


@pytest.fixture(scope="module")
def judged(conditional_run):
    return Trials(conditional_run)


def test_half_of_the_images_are_real_and_each_can_be_found_again(judged, conditional_run):
    trials = judged.draw(20, seed=3)
    assert collections.Counter(trial.kind for trial in trials) == {"real": 20, "generated": 20}
    source = conditional_run.open_source()
    # Drawn by the same rule as everywhere in the kit.
    made = media.to_uint8(conditional_run.generate(20, seed=3))
    for trial in trials:
        assert trial.seed == 3
        if trial.kind == "real":
            np.testing.assert_array_equal(trial.image, source.read([trial.number])[0])
            assert trial.label == source.labels[trial.number]
        else:
            # Compiled or not, rounding may differ.
            difference = trial.image.astype(int) - made[trial.number]
            assert np.abs(difference).max() <= 1
    assert len({trial.number for trial in trials if trial.kind == "real"}) == 20
    assert judged.step == conditional_run.best["step"]


def test_the_order_is_random(judged):
    kinds = ["".join(trial.kind[0] for trial in judged.draw(20, seed)) for seed in range(3)]
    assert len(set(kinds)) == 3
    assert all("rrrrrrrrrrrr" not in each and "gggggggggggg" not in each for each in kinds)
    first, again = (judged.draw(20, seed=1) for _ in range(2))
    assert [trial.number for trial in first] == [trial.number for trial in again]


def test_few_real_images_are_matched_by_as_few_generated_ones(judged, monkeypatch):
    monkeypatch.setattr(type(judged.source), "__len__", lambda self: 5)
    assert len(judged.draw(20, seed=0)) == 10


def test_an_unconditional_run_has_no_labels(first_shapes_run):
    assert {trial.label for trial in Trials(first_shapes_run).draw(2, seed=0)} == {None}


def test_answers_are_appended_with_all_that_was_asked(tmp_path):
    path, pixel = tmp_path / "people.jsonl", np.zeros((1, 1, 1), "uint8")
    trials = [Trial("real", pixel, 5, 9, 2), Trial("generated", pixel, 0, 9)]
    judging = Judging(path, step=40)
    assert judging.trial is None
    with pytest.raises(ValueError, match="`answer` must be one of"):
        judging.answer("real", 125, 0.5)
    judging.start(trials)
    with pytest.raises(ValueError, match="`answer` must be one of .*Received: 'fake'"):
        judging.answer("fake", 125, 0.5)
    assert judging.answer("generated", 125, 0.5, 124.9, "Ada") is trials[0]
    assert judging.trial is trials[1]
    judging.answer("generated", EXPOSURES[-1], 1.25)
    assert judging.trial is None
    first, second = map(json.loads, path.read_text().splitlines())
    assert {**first, "time": ""} == {
        "time": "",
        "judge": "Ada",
        "step": 40,
        "kind": "real",
        "number": 5,
        "seed": 9,
        "label": 2,
        "exposure": 125,
        "shown": 124.9,
        "answer": "generated",
        "seconds": 0.5,
    }
    assert first["time"].endswith("+00:00") and second["exposure"] is None
    assert people.read(path) == judging.records
    assert [str(rate) for rate in list(people.error_rates(judging.records).values())[:2]] == [
        "50 % (9 % to 91 %) of 2 images",
        "100 % (21 % to 100 %) of 1 image",
    ]
