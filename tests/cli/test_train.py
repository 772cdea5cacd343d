"""`train`: what is said, taken over and refused about labels and clusters."""

import functools

import numpy as np
import pytest


@pytest.fixture
def train(command_line, tmp_path):
    return functools.partial(command_line, "train", cwd=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "conditional on 2 classes: 0, 1; --unconditional ignores them"),
        (["--conditional"], "conditional on 2 classes: 0, 1"),
        (["--unconditional"], "unconditional; the labels of 2 classes are not used"),
        (["--recipe", "tutorial"], "unconditional; the labels of 2 classes are not used"),
        (["--unconditional", "--clusters", "4"], "conditional on 4 clusters found in the images"),
        (
            ["--clusters", "2"],
            "conditional on 2 classes: 0, 1, and 4 clusters found within them; --unconditional "
            "ignores them",
        ),
    ],
)
def test_labels_are_used_and_named(train, shapes_file, tmp_path, arguments, expected):
    out = train(shapes_file, *arguments, "--dry-run").out
    assert f"\nlabels  {expected}\n" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("default")
def test_few_images_of_a_class_are_one_line(train, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (60, 16, 16), "uint8")
    np.savez(tmp_path / "few.npz", images=images, labels=np.arange(60) % 20 // 17)
    err = train("few.npz", "--dry-run").err
    assert err.startswith("tfgan-kit: Fewer than 20 images in 1 of the 2 classes (1): a generator")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--clusters", "many"], '`clusters` (--clusters) must be "auto", 0'),
        (["--clusters", "1"], "or a number of 2 or more. Received: clusters=1"),
        (["--clusters", "500", "--unconditional"], "`clusters` (--clusters) must be at most 240"),
        (["--recipe", "tutorial", "--conditional"], "--conditional) does not work with the recipe"),
        (["--recipe", "tutorial", "--clusters", "auto"], "--clusters) does not work with the"),
        (["--from", "RUN", "--conditional"], "do not fit the new run. It is unconditional; the"),
        (["--from", "RUN", "--clusters", "3"], "the new run is conditional on 3 clusters found"),
        (["--out", "RUN", "--resume", "--conditional"], "--conditional cannot change when"),
        (["--out", "RUN", "--resume", "--clusters", "3"], "dcgan is unconditional; the labels"),
    ],
)
def test_what_does_not_fit_is_one_line(train, shapes_run, shapes_file, arguments, message):
    arguments = [shapes_run.path if each == "RUN" else each for each in arguments]
    err = train(shapes_file, *arguments, "--dry-run", code=2).err
    assert message in err and err.startswith("tfgan-kit: ") and err.count("\n") == 1


def test_what_a_run_has_is_taken_over_and_accepted(train, shapes_run, shapes_file):
    """It is unconditional, which no default of today changes."""
    same = ["--unconditional", "--clusters", "0", "--epochs", "9", "--dry-run"]
    assert "Would resume" in train("--out", shapes_run.path, "--resume", *same).out
    finished = train("--out", shapes_run.path, "--resume", "--dry-run", code=2).err
    assert "has already finished its 2 epochs. Give --epochs" in finished
    for more in ([], [shapes_file], ["--unconditional"]):
        out = train(*more, "--from", shapes_run.path, "--dry-run").out
        assert "unconditional; the labels of 2 classes are not used\n" in out
