"""Training runs: complete directories, and resumed runs that are equal bit for bit."""

import dataclasses
import io
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tfgan_kit import data, latent, penalties, recipes, runs
from tfgan_kit.media import images
from tfgan_kit.runs import stopping, training
from tfgan_kit.runtime import loading
from tfgan_kit.training import Progressive

MNIST = pathlib.Path(__file__).parents[3] / "shared" / "data" / "mnist_train.npz"
DCGAN = vars(recipes.get("dcgan"))
NARROW = {"model_arguments": {**DCGAN["model_arguments"], "width": 4}}
SMALL = {**DCGAN, "batch_size": 16, "latent_dim": 4, **NARROW}
# For tests of what does not depend on the networks.
TINY = {**SMALL, "model": "mlp", "model_arguments": {"width": 16, "depth": 1}, "penalties": []}
EVERYTHING = [
    *("config.json", "status.json", "metrics.jsonl", "index.html", "generator.keras"),
    *("real.png", "samples.png", "training.gif", "losses.png", "checkpoints", "samples"),
    *("metrics.png", "collapse.jsonl"),
]


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(training, "_CHECKPOINT_STEPS", 3)


@pytest.fixture(autouse=True)
def no_plots(monkeypatch):
    """Plots take a quarter of so short a run: only `first_run`, set up before this, has them."""
    monkeypatch.setattr(training, "_plot", lambda run: None)


def config(image_file, **changes):
    settings = {"epochs": 4, "recipe": SMALL, "precision": "float32", **changes}
    return runs.RunConfig(source=str(image_file), **settings)


def final_state(run):
    """Everything that must be equal: weights, moments, random states, metrics."""
    gan = run.load_gan()
    arrays = [v.numpy() for v in gan.variables + gan.optimizer.variables + gan.metrics_variables]
    lines = [{k: v for k, v in line.items() if k != "seconds"} for line in run.metrics]
    return arrays, lines


def assert_same_run(first, second):
    (arrays, lines), (other_arrays, other_lines) = final_state(first), final_state(second)
    assert lines == other_lines and len(lines) > 0
    for a, b in zip(arrays, other_arrays, strict=True):
        np.testing.assert_array_equal(a, b)
    for sample in sorted(first.samples_path.iterdir()):
        assert sample.read_bytes() == (second.samples_path / sample.name).read_bytes()


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """An uninterrupted run of four epochs."""
    folder = tmp_path_factory.mktemp("first")
    source = folder / "blobs.npz"
    np.savez(source, images=np.random.default_rng(0).integers(0, 256, (50, 16, 16), "uint8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_CHECKPOINT_STEPS", 3)
        console = Console(file=io.StringIO())
        return runs.start(runs.plan(config(source)), folder / "whole", console=console)


@pytest.fixture
def whole_run(first_run, tmp_path):
    """A copy of it that a test may change."""
    shutil.copytree(first_run.path, tmp_path / "whole")
    return runs.Run(tmp_path / "whole")


def stop_at(monkeypatch, step):
    """Make the next run stop after this step, as Ctrl-C does."""
    original = stopping.StopCallback.on_train_batch_end

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.numpy()) == step:
            self.reason = "Ctrl-C"
        original(self, batch, logs)

    monkeypatch.setattr(stopping.StopCallback, "on_train_batch_end", on_train_batch_end)


def test_run_directory_is_complete(whole_run):
    assert {path.name for path in whole_run.path.iterdir()} == {*EVERYTHING, ".lock"}
    assert whole_run.status["state"] == "finished" and whole_run.status["step"] == 16
    assert [record["epoch"] for record in whole_run.metrics] == [1, 2, 3, 4]
    names = [f"epoch-000{epoch}.png" for epoch in range(5)]
    assert sorted(p.name for p in whole_run.samples_path.iterdir()) == names
    checkpoints = {path.name for path in whole_run.checkpoints_path.iterdir()}
    steps = {f"step-{step:08d}.keras" for step in (12, 15, 16)}
    assert checkpoints == {*steps, "best.keras", "best.json", "good.keras"}
    for line in whole_run.metrics:
        assert {"frechet_random_distance", "precision", "coverage", "diversity"} <= set(line)
    assert whole_run.alarms == [] and whole_run.report is None


def test_page_and_real_images_are_there_before_the_first_step(
    image_file, tmp_path, quiet, monkeypatch
):
    def stop(run, *rest):
        raise NotImplementedError

    monkeypatch.setattr(training, "_fit", stop)
    plan = runs.plan(config(image_file, recipe=TINY))
    with pytest.raises(NotImplementedError):
        runs.start(plan, tmp_path / "run", console=quiet)
    text = (tmp_path / "run" / "index.html").read_text(encoding="utf-8")
    assert "training now" in text and 'src="real.png?' in text and 'http-equiv="refresh"' in text
    with Image.open(tmp_path / "run" / "real.png") as file:
        found = np.asarray(file).reshape(file.height, file.width, -1)
    num = min(64, len(plan.source))
    chosen = np.random.default_rng(0).permutation(len(plan.source))[:num]
    grid = images.tile(plan.source.read(chosen), columns=8)
    np.testing.assert_array_equal(found, images.scale_up(grid, 480))


def test_generator_file_has_the_best_epoch(whole_run):
    noise = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")
    best = keras.models.load_model(whole_run.checkpoints_path / "best.keras")
    np.testing.assert_array_equal(whole_run.load_generator()(noise), best(noise))
    values = {line["epoch"]: line["frechet_random_distance"] for line in whole_run.metrics}
    assert whole_run.best["epoch"] == min(values, key=values.get)
    assert whole_run.best["value"] == min(values.values())


def test_training_on_too_few_images_to_compare(tmp_path, quiet):
    path = tmp_path / "few.npz"
    np.savez(path, images=np.random.default_rng(0).integers(0, 256, (30, 16, 16), "uint8"))
    plan = runs.plan(config(path, recipe=TINY, epochs=1))
    with pytest.warns(UserWarning, match="few.npz has only 30 images. .* 50 .*is not measured"):
        run = runs.start(plan, tmp_path / "few", console=quiet)
    assert run.status["state"] == "finished" and run.best is None
    assert run.generator_path.exists()


def test_collapse_stops_a_run_that_can_be_resumed(image_file, tmp_path, quiet, monkeypatch):
    collapsed = lambda history, *rest: ["mode collapse"] if history else []  # noqa: E731
    plan = runs.plan(config(image_file, recipe=TINY, epochs=2, on_collapse="stop"))
    with monkeypatch.context() as patch:
        patch.setattr(training.callbacks.collapse_monitor.metrics, "diagnose", collapsed)
        with pytest.warns(UserWarning, match="Epoch 1: mode collapse .* Training ends"):
            run = runs.start(plan, tmp_path / "collapsed", console=quiet)
    assert run.status["state"] == "stopped" and len(run.metrics) == 1
    assert runs.resume(run.path, console=quiet).status["state"] == "finished"


@pytest.mark.parametrize("stops", [(6,), pytest.param((1, 13), marks=pytest.mark.slow)])
def test_stopped_and_resumed_is_bit_identical(
    whole_run, image_file, tmp_path, quiet, monkeypatch, stops
):
    path = tmp_path / "stopped"
    with monkeypatch.context() as patch:
        stop_at(patch, stops[0])
        run = runs.start(runs.plan(config(image_file)), path, console=quiet)
        assert run.status == {**run.status, "state": "stopped", "step": stops[0]}
        for step in stops[1:]:
            stop_at(patch, step)
            runs.resume(path, console=quiet)
    keras.utils.set_random_seed(99)  # Nothing may depend on the global seed.
    assert_same_run(whole_run, runs.resume(path, console=quiet))


@pytest.mark.slow
def test_run_without_checkpoints_starts_again(whole_run, quiet):
    shutil.rmtree(whole_run.checkpoints_path)
    with pytest.warns(UserWarning, match="was at step 16 but has no checkpoint"):
        runs.resume(whole_run.path, console=quiet)
    assert len(whole_run.metrics) == 4


@pytest.mark.slow
def test_longer_run_by_resuming(whole_run, image_file, tmp_path, quiet):
    runs.resume(whole_run.path, epochs=6, console=quiet)
    six = runs.start(runs.plan(config(image_file, epochs=6)), tmp_path / "six", console=quiet)
    assert_same_run(six, whole_run)
    assert whole_run.config.epochs == 6


@pytest.mark.slow
def test_minutes_end_a_run(image_file, tmp_path, quiet):
    plan = runs.plan(config(image_file, recipe=TINY, minutes=0.05))
    started = time.monotonic()
    run = runs.start(plan, tmp_path / "clock", console=quiet)
    assert run.status["state"] == "finished" and run.status["step"] > 0
    assert 3 <= time.monotonic() - started < 30
    with pytest.raises(ValueError, match="already trained for 0.05 minutes"):
        runs.resume(run.path, console=quiet)
    before = run.status["step"]
    runs.resume(run.path, minutes=0.02, console=quiet)
    assert run.status["step"] > before


@pytest.mark.slow
def test_last_state_within_an_epoch_is_measured(image_file, tmp_path, quiet, monkeypatch):
    values = iter([{training._BEST: 9.0}, {training._BEST: 2.0}])
    monkeypatch.setattr(training.callbacks.MetricMonitor, "measure", lambda self: next(values))
    original = stopping.StopCallback.on_train_batch_end

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.numpy()) == 6:
            self.reason = "time is up"
        original(self, batch, logs)

    monkeypatch.setattr(stopping.StopCallback, "on_train_batch_end", on_train_batch_end)
    plan = runs.plan(config(image_file, recipe=TINY, minutes=9.0))
    run = runs.start(plan, tmp_path / "clock", console=quiet)
    assert run.best == {"monitor": training._BEST, "value": 2.0, "step": 6, "epoch": 1.5}
    noise = np.zeros((1, 4), "float32")
    np.testing.assert_array_equal(run.load_generator()(noise), run.load_gan()(noise))


def test_finished_run_is_refused(whole_run, quiet):
    with pytest.raises(ValueError, match="already finished its 4 epochs"):
        runs.resume(whole_run.path, console=quiet)
    assert quiet.file.getvalue() == ""


def test_stopped_in_its_last_step_it_is_finished(image_file, tmp_path, quiet, monkeypatch):
    stop_at(monkeypatch, 4)
    run = runs.start(runs.plan(config(image_file, recipe=TINY, epochs=1)), tmp_path / "run", quiet)
    assert run.status == {**run.status, "state": "finished", "step": 4}
    # Time, too, may be over when everything is saved.
    for step, seconds, state in ((5, 1e-3, "finished"), (6, 600.0, "stopped")):
        stop_at(monkeypatch, step)
        runs.resume(run.path, minutes=seconds / 60, console=quiet)
        assert run.status == {**run.status, "state": state, "step": step}
    assert "run at step 5. Watch " in quiet.file.getvalue()


def test_changed_data_is_refused(whole_run, image_file, quiet):
    np.savez(image_file, images=np.zeros((50, 16, 16), "uint8"))
    dataclasses.replace(whole_run.config, source=str(image_file)).save(whole_run.config_path)
    with pytest.raises(
        ValueError, match="blobs.npz has changed since .*whole was trained on it: 50 images"
    ):
        runs.resume(whole_run.path, epochs=9, console=quiet)


def test_image_that_breaks_during_training_is_named(tmp_path, quiet, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), dtype="uint8")
    for index, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"{index:02d}.png")
    # Too many for memory: read from disk as training goes on.
    monkeypatch.setattr(data.spool, "MAX_BYTES_IN_MEMORY", 1)
    plan = runs.plan(config(folder, recipe=TINY, epochs=3))
    whole = (folder / "07.png").read_bytes()
    (folder / "07.png").write_bytes(whole[: len(whole) // 2])
    few = pytest.warns(UserWarning, match="has only 20 images")
    with few, pytest.raises(data.DataError, match="07.png"):
        runs.start(plan, tmp_path / "run", console=quiet)


def test_digits_are_the_embedded_set_despite_a_folder_of_that_name(tmp_path, monkeypatch):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert runs.plan(runs.RunConfig(source="digits")).config.source == "digits"


@pytest.mark.parametrize(
    ("sides", "image_size", "message"),
    [((20, 20), None, r"has images of 20×20, .* image_size=16 or 28 \(--image-size\)")]
    + [((96, 96), None, "image_size=64 or 112"), ((300, 280), None, "image_size=256 ")]
    + [((28, 32), None, "has images of 28×32, .*image_size=28 "), ((9, 9), None, "image_size=16 ")]
    + [((20, 20), 60, r"`image_size` \(--image-size\) must be 56 or 64, .*Received: 60")]
    + [((20, 20), 257, "must be 256, .* or another of 16, 28, 32")],
)
def test_plan_proposes_sizes_that_the_networks_can_make(tmp_path, sides, image_size, message):
    path = tmp_path / "odd.npy"
    np.save(path, np.zeros((5, *sides), "uint8"))
    with pytest.raises(ValueError, match=message):
        runs.plan(runs.RunConfig(source=str(path), image_size=image_size))


@pytest.mark.parametrize("recipe", ["pgan", "stylegan"])
@pytest.mark.parametrize(
    ("sides", "sizes"),
    [((48, 32), "32 "), ((96, 64), "64 "), ((9, 9), "8 or 14 "), ((500, 500), "448 or 512 ")],
)
def test_plan_proposes_sizes_of_networks_that_double_a_plane(tmp_path, recipe, sides, sizes):
    np.save(tmp_path / "odd.npy", np.zeros((5, *sides), "uint8"))
    with pytest.raises(ValueError, match=rf"Resize them with image_size={sizes}\(--image-size\)"):
        runs.plan(runs.RunConfig(source=str(tmp_path / "odd.npy"), recipe=recipe))


def test_diverging_training_is_one_error_and_leaves_finite_weights(image_file, tmp_path, quiet):
    recipe = {**TINY, "learning_rate": 1e30}
    plan = runs.plan(config(image_file, recipe=recipe))
    with (
        pytest.warns(UserWarning, match="Restored the state of step 0"),
        pytest.raises(ValueError, match="(?s)wild.*learning rate"),
    ):
        runs.start(plan, tmp_path / "wild", console=quiet)
    assert all(np.isfinite(weight.numpy()).all() for weight in plan.gan.weights)


def test_generator_of_a_run_is_the_average(image_file, tmp_path, quiet):
    recipe = {**TINY, "ema": 0.9}
    plan = runs.plan(config(image_file, recipe=recipe, epochs=1))
    run = runs.start(plan, tmp_path / "averaged", console=quiet)
    expected = plan.gan.ema.generator.get_weights()
    for found, weight in zip(run.load_generator().get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, weight)
    last = run.load_gan()
    for found, weight in zip(last.sampling_generator.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, weight)


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, (2, 2, None)),
        pytest.param({"clusters": 3, "conditional": False}, (None, 3, 3), marks=pytest.mark.slow),
        pytest.param({"clusters": 3}, (2, 6, 6), marks=pytest.mark.slow),
    ],
)
def test_conditional_and_self_conditioned_runs_are_resumed_bit_for_bit(
    shapes_file, tmp_path, quiet, monkeypatch, conditional, settings, labels
):
    recipe = {**vars(conditional), "batch_size": 48, "penalties": []}
    plan = runs.plan(config(shapes_file, epochs=2, recipe=recipe, **settings))
    found = plan.config.data
    assert found["num_classes"] == 2 and found["class_names"] is None
    assert (plan.gan.num_classes, plan.gan.num_labels, found.get("num_clusters")) == labels
    whole = runs.start(plan, tmp_path / "whole", console=quiet)
    with monkeypatch.context() as patch:
        stop_at(patch, 4)
        runs.start(runs.plan(plan.config), tmp_path / "stopped", console=quiet)
    # Not from k-means, whose result depends on the version and the number of threads.
    monkeypatch.setattr(data, "find_clusters", None)
    stopped = runs.resume(tmp_path / "stopped", console=quiet)
    assert_same_run(whole, stopped)
    assert whole.newest_samples_path.read_bytes() == stopped.newest_samples_path.read_bytes()


def test_grids_of_a_conditional_run_have_a_row_for_each_class(conditional_run):
    def grid_of(path):
        with Image.open(path) as file:
            pixels = np.asarray(file)[..., None]
        factor = pixels.shape[1] // (16 * (16 + 2) + 2)
        return pixels[::factor, ::factor]

    source = conditional_run.open_source()
    assert conditional_run.shown_classes == [0, 1]
    assert conditional_run.config.data["class_shares"] == [0.5, 0.5]
    order = np.random.default_rng(0).permutation(240)
    chosen = np.concatenate([order[order % 2 == label][:16] for label in (0, 1)])
    real = images.tile(source.read(chosen), columns=16)
    np.testing.assert_array_equal(grid_of(conditional_run.real_path), real)
    drawn = conditional_run.generate(32, seed=0, label=[0, 1])
    np.testing.assert_array_equal(drawn[16:], conditional_run.generate(32, seed=0, label=1)[16:])
    samples = images.tile(images.to_uint8(drawn), columns=16)
    np.testing.assert_array_equal(grid_of(conditional_run.newest_samples_path), samples)
    assert grid_of(conditional_run.samples_path / "epoch-0001.png").shape == samples.shape
    page = conditional_run.page_path.read_text(encoding="utf-8")
    assert "a row for each class: 0, 1" in page and " --label 1" in page


def test_conditional_run_draws_a_class(conditional_run):
    generator = conditional_run.load_generator()
    noise = latent.sample(3, 4, seed=5)
    for label in (0, 1):
        expected = latent.decode(generator, noise, np.full(3, label))
        np.testing.assert_array_equal(conditional_run.generate(3, 5, label), expected)
    last = conditional_run.generate(3, seed=5, last=True)
    np.testing.assert_array_equal(last, conditional_run.load_gan().generate(3, seed=5))
    for label in ([0, 1], []):
        with pytest.raises(ValueError, match=f"multiple of the number of labels, {len(label)}"):
            conditional_run.generate(3, label=label)


def test_its_generator_alone_knows_the_classes_of_the_run(conditional_run, monkeypatch):
    monkeypatch.setattr(loading, "probe", lambda path: None)  # Not in another process.
    generator = loading.load(conditional_run.generator_path)
    assert (generator.num_classes, generator.class_shares) == (2, [0.5, 0.5])
    for label in (None, "1"):
        expected = conditional_run.generate(3, 5, label)
        np.testing.assert_allclose(generator.generate(3, 5, label), expected, atol=1e-6)


def test_conditional_recipe_needs_labels(conditional, image_file):
    with pytest.raises(ValueError, match="dcgan needs images with labels. .*blobs.npz has no"):
        runs.plan(runs.RunConfig(source=str(image_file), recipe=conditional))
    np.savez(image_file, images=np.zeros((50, 16, 16), "uint8"), labels=np.arange(50) % 3 - 1)
    named = pytest.warns(UserWarning, match="labels must be .*, beginning with -1")
    with named, pytest.raises(ValueError, match="blobs.npz has no labels"):
        runs.plan(runs.RunConfig(source=str(image_file), recipe=conditional))


# Real kills -----------------------------------------------------------------------------------


def kill_and_resume(out, arguments, kills, generator, longest):
    """Run the command line, SIGKILL it at random moments, and let the last one end."""
    command = [sys.executable, "-m", "tfgan_kit", "train", *arguments, "--out", str(out)]
    done = 0
    while True:
        resume = ["--resume"] if (out / "config.json").exists() else []
        process = subprocess.Popen(
            command[: 4 if resume else None] + (["--out", str(out)] if resume else []) + resume,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if done < kills:
            try:
                process.wait(timeout=generator.uniform(4, longest))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                done += 1
                continue
        _, messages = process.communicate()
        assert process.returncode == 0, messages.decode()
        return done


RECIPES = [name for name in recipes.names() if name != "tutorial"]


@pytest.mark.slow
def test_ten_sigkills_on_real_digits(tmp_path):
    arguments = ["digits", "--epochs", "32", "--seed", "3"]
    assert kill_and_resume(tmp_path / "whole", arguments, 0, random.Random(0), 0) == 0
    kills = kill_and_resume(tmp_path / "killed", arguments, 10, random.Random(0), 24)
    assert kills == 10, "the run ended before it was killed ten times"
    assert_same_run(runs.Run(tmp_path / "whole"), runs.Run(tmp_path / "killed"))


def kill_after(run, step):
    """Train it in another process, which kills itself after a step that is not saved."""
    code = (
        "import os, signal, sys\nfrom tfgan_kit import runs\n"
        "from tfgan_kit.runs import stopping, training\n"
        "def kill(self, batch, logs=None):\n"
        "    if int(self.model.step.numpy()) == int(sys.argv[2]):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "stopping.StopCallback.on_train_batch_end = kill\n"
        "training._CHECKPOINT_STEPS, training._plot = 3, lambda run: None\n"
        "runs.resume(sys.argv[1])"
    )
    command = [sys.executable, "-c", code, str(run.path), str(step)]
    process = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert run.status["state"] == "killed" and int(run.load_gan().step) == step - 1


@pytest.mark.slow
def test_sigkill_between_two_checkpoints(image_file, tmp_path, quiet):
    plan = runs.plan(config(image_file, recipe=TINY, epochs=2))
    whole = runs.start(plan, tmp_path / "whole", console=quiet)
    run = runs.Run.create(tmp_path / "killed", whole.config)
    kill_after(run, 7)
    assert_same_run(whole, runs.resume(run.path, console=quiet))


# 24 steps of 8 images: the second level fades in from step 4 to 16; path length is computed every
# fourth step, R1 in steps 0 and 16.
ZOO = {
    "pgan": {
        "model_arguments": {"width": 4, "level_images": 32, "fade_images": 96},
        # Half as much to trace.
        "loss": "non_saturating",
        "penalties": [],
        "updates": Progressive("simultaneous"),
    },
    "stylegan": {
        "model_arguments": {"width": 4, "mapping_layers": 1},
        "penalties": [penalties.R1(interval=16), penalties.PathLength(interval=4)],
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_sigkill_within_a_fade_and_between_lazy_steps(name, tmp_path, quiet):
    path = tmp_path / "noise.npz"
    np.savez(path, images=np.random.default_rng(0).integers(0, 256, (96, 8, 8), "uint8"))
    recipe = {**vars(recipes.get(name)), "latent_dim": 4, "batch_size": 8, **ZOO[name]}
    plan = runs.plan(config(path, recipe=recipe, epochs=2))
    whole = runs.start(plan, tmp_path / "whole", console=quiet)
    run = runs.Run.create(tmp_path / "killed", whole.config)
    kill_after(run, 10)
    level = run.load_gan().updates.logs(run.load_gan()).get("level")
    assert level is None if name == "stylegan" else 0 < level < 1
    assert_same_run(whole, runs.resume(run.path, console=quiet))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_sigkill_and_resume(image_file, tmp_path, recipe):
    arguments = [str(image_file), "--epochs", "8", "--batch-size", "4", "--recipe", recipe]
    assert kill_and_resume(tmp_path / "whole", arguments, 0, random.Random(0), 0) == 0
    kill_and_resume(tmp_path / "killed", arguments, 1, random.Random(1), 12)
    assert_same_run(runs.Run(tmp_path / "whole"), runs.Run(tmp_path / "killed"))


@pytest.mark.slow
def test_tutorial_recipe_on_mnist(tmp_path, quiet):
    if not MNIST.exists():
        pytest.skip(f"needs the 60,000 MNIST images at {MNIST}")
    plan = runs.plan(runs.RunConfig(source=str(MNIST), recipe="tutorial", epochs=2))
    run = runs.start(plan, tmp_path / "mnist", console=quiet)
    assert run.status["step"] == 2 * 235
    assert json.loads((run.path / "config.json").read_text())["data"]["num_images"] == 60_000
