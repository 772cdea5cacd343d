"""The command line as a user types it: results, errors, Ctrl-C."""

import errno
import io
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tfgan_kit import __version__, models, recipes, runs
from tfgan_kit.cli import train
from tfgan_kit.runs import training

COMMAND = [sys.executable, "-m", "tfgan_kit"]
# Networks that are quickly traced: nothing here depends on them.
SMALL = {"model": "mlp", "model_arguments": {"width": 8, "depth": 1}, "penalties": []}
RECIPE = f"""
import dataclasses
from tfgan_kit import recipes
recipe = dataclasses.replace(recipes.get("dcgan"), batch_size=40, **{SMALL})
"""
QUICK = ["--recipe", "small.py"]


def in_a_process(*arguments, cwd, code=0):
    """Run a command in its own process, with the start-up of TensorFlow."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=300
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def tfgan_kit(command_line):
    return command_line


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an image file and a run of two epochs over it."""
    folder = tmp_path_factory.mktemp("work")
    pixels = np.random.default_rng(0).integers(0, 256, (120, 16, 16), dtype="uint8")
    np.savez(folder / "blobs.npz", images=pixels)
    (folder / "small.py").write_text(RECIPE)
    recipe = {**vars(recipes.get("dcgan")), "batch_size": 40, **SMALL}
    config = runs.RunConfig(source=str(folder / "blobs.npz"), recipe=recipe, epochs=2)
    path, console = folder / "runs" / "blobs-dcgan", Console(file=io.StringIO())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_plot", lambda run: None)
        runs.start(runs.plan(config), path, console=console)
    return folder


@pytest.fixture
def no_plots(monkeypatch):
    monkeypatch.setattr(training, "_plot", lambda run: None)


@pytest.mark.parametrize("columns", [50, 60, 80])
def test_help_describes_every_command_in_whole_sentences(tfgan_kit, tmp_path, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = tfgan_kit("--help", cwd=tmp_path).out
    assert "..." not in text.replace("[ARGS]...", "")
    assert max(map(len, text.splitlines())) <= columns
    commands = re.findall(r"^  (\w+)  +\w+ .*?\.$", text, re.MULTILINE | re.DOTALL)
    assert {"train", "sample", "evaluate", "compare", "gif", "info", "recipes"} <= {*commands}


def test_help_lists_the_sizes_of_the_networks(tfgan_kit, tmp_path):
    sizes = ", ".join(map(str, models.sizes._SIZES)).replace(", 256", " or 256")
    assert sizes in " ".join(tfgan_kit("train", "--help", cwd=tmp_path).out.split())


def test_version_and_completion(tfgan_kit, tmp_path):
    assert tfgan_kit("--version", cwd=tmp_path).out == f"tfgan-kit {__version__}\n"
    assert "--install-completion" in tfgan_kit("--help", cwd=tmp_path).out


def test_recipes_are_listed_with_their_sources(tfgan_kit, tmp_path):
    text = tfgan_kit("recipes", cwd=tmp_path).out
    for name in ("dcgan", "tutorial", "lsgan", "wgan_gp", "hinge_sn", "dragan", "r3gan", "pgan"):
        assert name in text
    assert "2501.05441" in text and "relativistic_pairing" in text


def test_precision_is_resolved_when_the_run_begins(tfgan_kit, folder, tmp_path):
    text = tfgan_kit("train", "blobs.npz", "--dry-run", "--precision", "mixed_bfloat16", cwd=folder)
    assert "mixed_bfloat16" in text.out
    assert "auto" not in tfgan_kit("train", "blobs.npz", "--dry-run", cwd=folder).out


def test_sample_is_a_function_of_the_seed(tfgan_kit, folder):
    for name, seed in (("a.png", 5), ("b.png", 5), ("c.png", 6)):
        tfgan_kit("sample", "runs/blobs-dcgan", "-n", 6, "--seed", seed, "-o", name, cwd=folder)
    a, b, c = ((folder / name).read_bytes() for name in ("a.png", "b.png", "c.png"))
    assert a == b != c
    with Image.open(folder / "a.png") as picture:
        assert picture.size == (9 * (3 * 18 + 2), 9 * (2 * 18 + 2))


def test_gif_and_info(tfgan_kit, folder):
    text = tfgan_kit("gif", "runs/blobs-dcgan", "-o", "out.webp", cwd=folder).out
    assert text == "Wrote 3 frames to out.webp\n"
    with Image.open(folder / "out.webp") as animation:
        assert animation.n_frames == 3
    text = tfgan_kit("info", "runs/blobs-dcgan", cwd=folder).out
    assert "finished, 6 steps, 2 whole epochs" in text and "16x16x1" in text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("blobs.npz", "runs/blobs-dcgan-2"),
        ("dots.v2.npy", "runs/dots-v2-dcgan"),
        ("photos/", "runs/photos-dcgan"),
        ("photos/part 1.5", "runs/part-1-5-dcgan"),
        ("digits", "runs/digits-dcgan"),
    ],
)
def test_run_is_named_after_its_data(tfgan_kit, folder, source, expected):
    np.save(folder / "dots.v2.npy", np.zeros((60, 16, 16), "uint8"))
    (folder / "photos" / "part 1.5").mkdir(parents=True, exist_ok=True)
    Image.new("L", (16, 16)).save(folder / "photos" / "part 1.5" / "a.png")
    out = tfgan_kit("train", source, "--dry-run", cwd=folder).out
    assert re.search(r"^run +(.*)$", out, re.MULTILINE)[1] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mnist", "mnist"),
        ("cifar10/v1", "cifar10"),
        ("imagenet_v2/topimages:3.0", "imagenet_v2"),
        ("..", "run"),
    ],
)
def test_run_is_named_after_its_data_set(source, expected):
    assert train._short_name(source) == expected


@pytest.mark.slow
def test_resume_from_another_folder(tfgan_kit, folder, tmp_path):
    run = folder / "runs" / "blobs-dcgan"
    tfgan_kit("train", "--out", run, "--resume", "--epochs", 3, cwd=tmp_path)
    assert "9 steps, 3 whole epochs" in tfgan_kit("info", run, cwd=tmp_path).out


def test_second_run_is_numbered_and_dry_run_writes_nothing(tfgan_kit, folder):
    before = sorted(folder.rglob("*"))
    text = tfgan_kit("train", "blobs.npz", "--dry-run", cwd=folder).out
    assert "runs/blobs-dcgan-2" in text and "Nothing was trained" in text
    assert re.search("data .*, range 0 to 255", text)
    text = tfgan_kit("train", "blobs.npz", "--range", -1, 256, "--dry-run", cwd=folder).out
    assert ", range -1 to 256" in text
    assert sorted(folder.rglob("*")) == before


def test_last_state_instead_of_the_best(tfgan_kit, folder):
    run = runs.Run(folder / "runs" / "blobs-dcgan")
    tfgan_kit("sample", run.path, "-n", 4, "-o", "best.png", cwd=folder)
    tfgan_kit("sample", run.path, "-n", 4, "--last", "-o", "last.png", cwd=folder)
    same = (folder / "best.png").read_bytes() == (folder / "last.png").read_bytes()
    assert same == (run.best["epoch"] == len(run.metrics))


def test_evaluate_prints_protocol_numbers_and_verdict(tfgan_kit, shapes_run, cache_dir):
    arguments = ["--features", "random", "-n", 1000, "--cache-dir", cache_dir]
    done = tfgan_kit("evaluate", shapes_run.path, *arguments, cwd=shapes_run.path)
    for word in (
        "120 per side, seed 0",
        "random-1-0-128",
        "frechet_random_distance",
        "95 % interval",
    ):
        assert word in done.out
    assert re.search(r"quality +(good|fair|poor): ", done.out) and "copying" in done.out
    assert "Using 120 samples per side, not 1,000: there are no more" in done.err
    assert "or half of the real images is the real-vs-real reference" in done.err
    assert shapes_run.report_path.exists()


@pytest.mark.filterwarnings("default")
def test_evaluate_two_folders(tfgan_kit, cache_dir, tmp_path):
    rng = np.random.default_rng(0)
    for name, num, side in (("real", 120, 24), ("generated", 70, 16)):
        (tmp_path / name).mkdir()
        for number, pixels in enumerate(rng.integers(0, 256, (num, side, side), "uint8")):
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    arguments = ["evaluate", "generated", "--features", "pixels", "--cache-dir", cache_dir]
    for out in ("evaluation", "evaluation-2"):
        done = tfgan_kit(*arguments, "--data", "real", cwd=tmp_path)
        assert "tfgan-kit: The real images, 24×24 grey, are compared as 16×16 grey" in done.err
        assert f"Open {out}/index.html" in done.out and "60 per side" in done.out
        assert (tmp_path / out / "evaluation" / "closest.png").exists()
    small = ["--data", "real", "--image-size", 8, "-o", "small"]
    assert "24×24 grey, are compared as 8×8" in tfgan_kit(*arguments, *small, cwd=tmp_path).err
    assert (tmp_path / "small" / "index.html").exists()
    err = tfgan_kit(*arguments, cwd=tmp_path, code=2).err
    assert err.startswith("tfgan-kit: ") and "(--data)" in err and err.count("\n") == 1
    err = tfgan_kit(*arguments, "--data", "real", "-o", "real", cwd=tmp_path, code=2).err
    assert "real exists and is not an empty folder" in err
    assert not (tmp_path / "evaluation-3").exists()


def test_compare_two_runs(tfgan_kit, shapes_run, cache_dir, tmp_path):
    shutil.copytree(shapes_run.path, tmp_path / "second")
    arguments = ["--features", "random", "-n", 60, "--cache-dir", cache_dir, "-o", "both"]
    done = tfgan_kit("compare", shapes_run.path, "second", *arguments, cwd=tmp_path)
    assert "second" in done.out and "coverage ↑" in done.out
    assert (tmp_path / "both" / "index.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "no/such/place"], "no/such/place"),
        (["train", "blobs.npy"], "blobs.npz"),
        (["train", "mnits"], "mnist"),
        (["train", "--recipe", "tutorail"], "did you mean 'tutorial'"),
        (["train", "--seed", "-1"], "`seed`"),
        (["train", "--minutes", "0"], "`minutes` must be a positive number"),
        (["train", "--precision", "bfloat16"], "did you mean 'mixed_bfloat16'"),
        (["train", "--minutes", "1", "--epochs", "1"], "not both"),
        (["train", "--resume"], "--resume needs --out"),
        (["train", "--out", "nowhere", "--resume"], "There is no run at nowhere"),
        (["train", "--out", "runs/blobs-dcgan"], "already contains a run"),
        (["train", "--out", "blobs.npz"], "not an empty folder"),
        (["train", "--dry-run", "--out", "blobs.npz/a/b"], "blobs.npz: Not a directory"),
        (["train", "--recipe", "gone.py"], "gone.py: No such file"),
        (["train", "--from", "runs/blobs"], "found runs/blobs-dcgan"),
        (["train", "gone.npz", "--out", "runs/blobs-dcgan", "--resume"], "gone.npz"),
        (["train", "--out", "runs/blobs-dcgan", "--resume", "--seed", "4"], "--seed cannot change"),
        (
            ["train", "--out", "runs/blobs-dcgan", "--resume", "--precision", "mixed_float16"],
            "--precision cannot change",
        ),
        (["train", "blobs.npz", "--image-size", "20"], "(--image-size) must be 16 or 28, the near"),
        (["train", "blobs.npz", "--split", "train"], "`split` only works with a TensorFlow data"),
        (["train", "blobs.npz", "--channels", "2"], "channels"),
        (["train", "--on-error", "ignore"], "on_error"),
        (["train", "blobs.npz", "--range", "9", "1"], "`value_range` (--range) must be two"),
        (["train", "blobs.npz", "--range", "0", "9"], "`value_range` (--range), 0 to 9"),
        (
            ["train", "--out", "runs/blobs-dcgan", "--resume", "--range", "0", "9"],
            "--range cannot change",
        ),
        (["sample", "runs/blobs"], "found runs/blobs-dcgan"),
        (["sample", "runs/blobs-dcgan", "-o", "grid.doc"], "image format"),
        (
            ["sample", "runs/blobs-dcgan", "--label", "3"],
            "and this one takes none",
        ),
        (["gif", "runs/blobs-dcgan", "-o", "training.avi"], ".gif, .webp, .mp4"),
        (["gif", "runs/blobs-dcgan", "--fps", "0.001"], "`fps` must be a number in [0.01, 240]"),
        (["info", "blobs.npz"], "blobs.npz is in none of the formats"),
        (["train", "blobs.npz", "--on-collapse", "panic"], "`on_collapse` must be"),
        (["evaluate", "nowhere"], "There is no run at nowhere"),
        (["evaluate", "runs/blobs-dcgan", "--features", "classifer"], "did you mean 'classifier'"),
        (["evaluate", "runs/blobs-dcgan", "--features", "classifier"], "has no labels"),
        (["evaluate", "runs/blobs-dcgan", "--data", "gone.npz"], "gone.npz"),
        (["evaluate", "runs/blobs-dcgan", "--features", "mine.keras"], "mine.keras"),
        (["compare", "runs/blobs-dcgan"], "two or more different runs"),
        (
            ["compare", "runs/blobs-dcgan", "runs/other"],
            "no run at runs/other (it does not exist",
        ),
        (["compare", *["runs/blobs-dcgan"] * 2], "or sets of images. Received: blobs-dcgan\n"),
        (["info", "runs"], "runs is a folder of runs. Give one, such as runs/blobs-dcgan"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(tfgan_kit, folder, arguments, message):
    done = tfgan_kit(*arguments, cwd=folder, code=2)
    assert message in done.err
    assert done.err.startswith("tfgan-kit: ") and done.err.count("\n") == 1


@pytest.mark.slow
def test_error_in_a_new_process(folder):
    done = in_a_process("train", "mnits", cwd=folder, code=2)
    assert done.stderr.startswith("tfgan-kit: ") and done.stderr.count("\n") == 1
    assert "did you mean" in done.stderr.lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--epoch", "3"], "No such option"),
        (["train", "--epochs", "0"], "Invalid value"),
        (["evaluate", "runs/x", "-n", "10"], "Invalid value"),
        (["sample", "runs/x", "-n", "0"], "Invalid value"),
        (["compare"], "Missing argument"),
        (["trian"], "No such command"),
    ],
)
def test_usage_errors(tfgan_kit, tmp_path, arguments, message):
    assert message in tfgan_kit(*arguments, cwd=tmp_path, code=2).err


@pytest.mark.filterwarnings("default")
def test_skipped_images_are_one_line(tfgan_kit, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("L", (16, 16)).save(photos / name)
    (photos / "c.png").write_bytes(b"no picture")
    out = tfgan_kit("train", "photos", "--on-error", "skip", "--dry-run", cwd=tmp_path)
    assert re.fullmatch(r"tfgan-kit: .*left out 1 of 3 .*c\.png.*\n", out.err)
    assert "photos has only 2 images. With fewer than 50 the training is not measured" in out.out
    assert "2 images of 16x16x1, range 0 to 255, 1 unreadable left out" in out.out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["compare", "a", "b"], "start again."),
        (["train"], "start again, or continue the run with --out"),
        (["synthesize", "a"], "continue."),
    ],
)
def test_ctrl_c_outside_training_says_what_to_do(tfgan_kit, tmp_path, monkeypatch, arguments, hint):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    for name in ("compare", "plan", "synthesize"):
        monkeypatch.setattr(runs, name, interrupted)
    err = tfgan_kit(*arguments, cwd=tmp_path, code=130).err
    assert err.startswith("Stopped. Repeat the command to " + hint)


@pytest.mark.slow
def test_closed_pipe_is_not_an_error(folder):
    command = " ".join([*COMMAND, "info", "runs/blobs-dcgan"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.slow
@pytest.mark.usefixtures("no_plots")
def test_full_disk_is_one_line_and_the_run_can_be_resumed(tfgan_kit, folder, monkeypatch):
    """The disk is full while a checkpoint is written."""
    original = os.replace
    arguments = ["train", "blobs.npz", "--epochs", "1", *QUICK, "--out", "runs/full"]

    def full(source, target):
        if str(target).endswith("generator.keras"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        err = tfgan_kit(*arguments, cwd=folder, code=2).err
    message = "tfgan-kit: runs/full/generator.keras: No space left on device\n"
    assert err.endswith(message) and "Traceback" not in err
    names = [path.name for path in (folder / "runs" / "full").rglob(".*")]
    assert names == [".lock"], "part of a file was left"
    out = tfgan_kit("train", "--out", "runs/full", "--resume", "--epochs", "2", cwd=folder).out
    assert "tfgan-kit sample runs/full" in out
    assert "finished, 6 steps" in tfgan_kit("info", "runs/full", cwd=folder).out


@pytest.mark.usefixtures("no_plots")
def test_ctrl_c_on_a_terminal_saves_and_prints_how_to_continue(tfgan_kit, folder):
    """A real terminal and a real SIGINT, whatever Keras's setting of its backend; then the
    command that was printed."""
    master, slave = pty.openpty()
    arguments = ["train", "blobs.npz", "--epochs", "100000", *QUICK, "--out", "runs/stopped one"]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        start_new_session=True,
    )
    os.close(slave)
    shown = read_until(master, b"epoch 2", seconds=120)
    process.send_signal(signal.SIGINT)
    read_until(master, None, seconds=60)
    text = process.stdout.read().decode()
    assert process.wait(timeout=60) == 0
    process.stdout.close()
    os.close(master)
    assert b"epoch" in shown and b"left" in shown
    assert not re.search(rb"TensorFlow|oneDNN|cuda|WARNING", shown)
    assert "tfgan-kit train --out 'runs/stopped one' --resume" in text
    run = folder / "runs" / "stopped one"
    for name in ("generator.keras", "training.gif", "losses.png", "index.html", "samples.png"):
        assert (run / name).exists(), name
    step = int(re.search(r"Stopped at step (\d+)", text)[1])
    last = max(1, step // 3 + 1)
    tfgan_kit("train", "--out", run, "--resume", "--epochs", last, cwd=folder)
    assert f"finished, {3 * last} steps" in tfgan_kit("info", run, cwd=folder).out


def read_until(descriptor, wanted, seconds):
    """Read a terminal until some bytes come, or until it closes."""
    shown, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            shown += os.read(descriptor, 4096)
        except OSError:  # The other side has closed.
            return shown
        if wanted is not None and wanted in shown:
            return shown
    raise AssertionError(f"{wanted} did not come in {seconds} s: {shown[-500:]}")
