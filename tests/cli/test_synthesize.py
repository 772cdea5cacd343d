"""`synthesize` as a user types it."""

import functools

import pytest

from tfgan_kit import evaluation, runs


@pytest.fixture
def tfgan_kit(command_line, tmp_path):
    return functools.partial(command_line, cwd=tmp_path)


@pytest.mark.filterwarnings("default::UserWarning")
def test_it_writes_a_folder_of_an_exported_file(tfgan_kit, tflite_file, tmp_path):
    found = tfgan_kit("synthesize", tflite_file, "-n", 4, "-o", "more")
    assert found.out == (
        "Wrote 4 of 32 images drawn (28 more passed) to more/train, with more/synthesis.json\n"
    )
    (line,) = [each for each in found.err.splitlines() if "applied" in each]
    assert line == (
        f"tfgan-kit: Filters that are not applied: discriminator, agreement, novelty. {tflite_file}"
        " is an exported file, without a discriminator and training images. Give the run"
    )
    assert len(list((tmp_path / "more/train/image").iterdir())) == 4


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--balance"], "`balance` (--balance) needs a generator that takes labels"),
        (["-n", "2000000"], "`num` must be an integer from 1 to 1000000. Received: num=2000000"),
        (["--check"], "is an exported file, without a discriminator and training images. Give"),
        (["--check", "-o", "out"], "--output must be left out with --check"),
        (["--data", "x"], "--data only works with --check"),
        (["--seeds", "3"], "--seeds only works with --check"),
        (["-o", "."], "exists and is not an empty folder. Choose another folder"),
    ],
)
def test_refusals_are_one_line(tfgan_kit, tflite_file, arguments, message):
    found = tfgan_kit("synthesize", tflite_file, *arguments, code=2)
    assert message in found.err and "Traceback" not in found.err and not found.out


def test_the_verdict(tfgan_kit, monkeypatch):
    accuracies = {"real": [0.5, 0.52], "classic": [0.6, 0.61], "synthetic": [0.4, 0.42]}
    accuracies["both"] = [0.65, 0.66]
    found = evaluation.Augmentation(accuracies)
    monkeypatch.setattr(runs, "check_synthesis", lambda *arguments, **options: found)
    lines = tfgan_kit("synthesize", "run", "--check", "--seeds", 2).out.splitlines()
    assert lines[1] == "real images\t51.00%\t38.29% to 63.71%"
    adding = "Adding synthetic images to"
    assert lines[-2].startswith(f"{adding} real images harms: -10.00% (95 % interval -10.00% to")
    assert lines[-1] == (
        f"{adding} shifted and turned ones helps: +5.00% (95 % interval +5.00% to +5.00%, 2 seeds)"
    )
    accuracies["synthetic"] = [0.6, 0.44]
    lines = tfgan_kit("synthesize", "run", "--check").out.splitlines()
    assert lines[-3].endswith(
        " makes no difference: +1.00% (95 % interval -100.00% to +100.00%, 5 seeds)"
    )
    assert lines[-1] == "The interval is wide: more --seeds or --steps may show a difference"
