"""`RunCheckpoint`: bit for bit as if never stopped, whatever is broken on the way."""

import functools
import json
import math
import shutil
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same, state

from tfgan_kit import data
from tfgan_kit.callbacks import RunCheckpoint

STEPS = 5


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def batches():
    pixels = np.random.default_rng(0).integers(0, 256, (38, 8, 8, 1), dtype="uint8")
    source = data.open_source(pixels)

    def make(start_step=0):
        """Five batches an epoch, the last one of six images."""
        return data.batches(source, batch_size=8, seed=3, start_step=start_step)

    return make


def fit(gan, batches, *callbacks, **arguments):
    start = int(gan.step.numpy())
    arguments = {"steps_per_epoch": STEPS, **arguments}
    return gan.fit(batches(start), verbose=0, callbacks=callbacks, **arguments)


class Stop(Exception):
    pass


class StopAt(keras.callbacks.Callback):
    """Raises after a step, as a kill would end training."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.numpy()) >= self.step:
            raise Stop


class Set(keras.callbacks.Callback):
    """Writes one value an epoch into the logs."""

    def __init__(self, name, values):
        super().__init__()
        self.name, self.values = name, iter(values)

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = next(self.values)


# What is written ------------------------------------------------------------------------------


def test_keeps_the_newest(make_gan, batches, tmp_path):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path, keep=2)
    fit(gan, batches, checkpoint, epochs=4)
    assert names(tmp_path) == ["generator.keras", "step-00000015.keras", "step-00000020.keras"]
    assert [path.name for path in checkpoint.paths] == names(tmp_path)[1:]
    # Again in the same process: the step counts on.
    fit(gan, batches, checkpoint, initial_epoch=4, epochs=5)
    assert names(tmp_path) == ["generator.keras", "step-00000020.keras", "step-00000025.keras"]


@pytest.mark.parametrize(
    ("steps_per_execution", "steps"), [(1, [2, 4, 6, 8, 10]), (3, [3, 5, 8, 10])]
)
def test_every_few_steps(make_gan, real_images, tmp_path, steps_per_execution, steps):
    gan = make_gan(steps_per_execution=steps_per_execution)
    checkpoint = RunCheckpoint(tmp_path, save_freq=2, keep=9)
    gan.fit(real_images, batch_size=8, epochs=2, verbose=0, callbacks=[checkpoint])
    expected = [f"step-{step:08d}.keras" for step in steps]
    assert names(tmp_path) == ["generator.keras", *expected]


def test_generator_alone_gives_the_same_images(make_gan, batches, tmp_path):
    gan = make_gan()
    path = tmp_path / "out" / "generator.keras"
    fit(gan, batches, RunCheckpoint(tmp_path / "checkpoints", generator_path=path))
    with zipfile.ZipFile(path) as file:
        assert b"tfgan_kit" not in file.read("config.json")
    loaded = keras.models.load_model(path)
    noise = np.random.default_rng(0).standard_normal((3, 6)).astype("float32")
    np.testing.assert_array_equal(loaded(noise), gan.generator(noise))
    assert names(tmp_path / "checkpoints") == ["step-00000005.keras"]


def test_saving_does_not_change_training_or_its_metrics(make_gan, batches, tmp_path):
    saved, plain = make_gan(), make_gan()
    histories = [
        fit(saved, batches, RunCheckpoint(tmp_path, save_freq=2), epochs=2).history,
        fit(plain, batches, epochs=2).history,
    ]
    assert histories[0] == histories[1]
    assert_same(state(saved), state(plain))


# Going on -------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [5, pytest.param(8, marks=pytest.mark.slow)])
def test_goes_on_bit_for_bit(make_gan, batches, tmp_path, stop):
    whole = make_gan(run_eagerly=False)
    history = fit(whole, batches, epochs=3).history

    with pytest.raises(Stop):
        fit(
            make_gan(run_eagerly=False),
            batches,
            RunCheckpoint(tmp_path, save_freq=1),
            StopAt(stop),
            epochs=3,
        )

    gan, checkpoint = make_gan(seed=9, run_eagerly=False), RunCheckpoint(tmp_path, save_freq=1)
    # The save at an epoch's end comes after its last step: at 5 a kill loses that step.
    step = checkpoint.restore(gan)
    assert step == (4 if stop == 5 else stop) == int(gan.step.numpy())
    epoch, offset = divmod(step, STEPS)
    first = fit(
        gan,
        batches,
        checkpoint,
        initial_epoch=epoch,
        epochs=epoch + 1,
        steps_per_epoch=STEPS - offset,
    ).history
    rest = fit(gan, batches, checkpoint, initial_epoch=epoch + 1, epochs=3).history
    assert_same(state(gan), state(whole))
    for name, values in history.items():
        assert first[name] + rest.get(name, []) == values[epoch:]


@pytest.mark.parametrize(("save_freq", "initial_epoch"), [("epoch", 1), (STEPS, 0)])
def test_goes_on_bit_for_bit_from_an_epochs_end(
    make_gan, batches, tmp_path, save_freq, initial_epoch
):
    whole = make_gan(run_eagerly=False)
    fit(whole, batches, RunCheckpoint(tmp_path, save_freq=save_freq))
    gan = make_gan(seed=9, run_eagerly=False)
    expected = fit(whole, batches, initial_epoch=1, epochs=2).history
    # Counted from 0 again, the epoch is still a new one and its metrics begin empty.
    arguments = {"initial_epoch": initial_epoch, "epochs": initial_epoch + 1}
    checkpoint = RunCheckpoint(tmp_path)
    assert checkpoint.restore(gan) == STEPS
    history = fit(gan, batches, checkpoint, **arguments).history
    assert_same(state(gan), state(whole))
    assert history == expected


def test_nothing_to_restore(make_gan, tmp_path):
    gan = make_gan()
    before = state(gan)
    assert RunCheckpoint(tmp_path / "none").restore(gan) == 0
    assert_same(state(gan), before)
    assert not (tmp_path / "none").exists()


# Broken files ---------------------------------------------------------------------------------


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def garble(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4000] = b"x" * 4000
    path.write_bytes(content)


def drop_weights(path):
    with zipfile.ZipFile(path) as file:
        config = file.read("config.json")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", config)


@pytest.mark.parametrize("spoil", [cut, empty, garble, drop_weights])
def test_falls_back_to_the_one_before(make_gan, batches, tmp_path, spoil):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path)
    fit(gan, batches, checkpoint)
    expected = state(gan)[: -len(gan.metrics_variables)]
    fit(gan, batches, checkpoint, initial_epoch=1, epochs=2)
    spoil(tmp_path / "step-00000010.keras")
    other = make_gan(seed=9)
    with pytest.warns(UserWarning, match=r"cannot be read: .*step-00000010\.keras: \S+"):
        assert RunCheckpoint(tmp_path).restore(other) == STEPS
    assert_same(state(other)[: -len(gan.metrics_variables)], expected)


def test_all_broken_is_an_error_that_names_each(make_gan, batches, tmp_path):
    checkpoint = RunCheckpoint(tmp_path)
    fit(make_gan(), batches, checkpoint, epochs=2)
    for path in checkpoint.paths:
        empty(path)
    with pytest.raises(ValueError, match=r"No checkpoint .* can be read: .*10\.keras: .*05\.keras"):
        checkpoint.restore(make_gan())


def test_another_network_is_an_error(make_gan, batches, tmp_path):
    fit(make_gan(), batches, RunCheckpoint(tmp_path))
    with pytest.raises(ValueError, match="No checkpoint .* can be read"):
        RunCheckpoint(tmp_path).restore(make_gan(batch_normalization=False))


def test_broken_newest_file_does_not_push_out_the_good_ones(make_gan, batches, tmp_path):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path, keep=1)
    fit(gan, batches, checkpoint)
    (tmp_path / "step-00000099.keras").write_bytes(b"broken")
    fit(gan, batches, checkpoint, initial_epoch=1, epochs=2)
    assert names(tmp_path) == ["generator.keras", "step-00000010.keras"]


def test_beginning_anew_keeps_the_new_checkpoints(make_gan, batches, tmp_path):
    fit(make_gan(), batches, RunCheckpoint(tmp_path, keep=2), epochs=3)
    fit(make_gan(seed=7), batches, RunCheckpoint(tmp_path, keep=2))
    assert names(tmp_path) == ["generator.keras", "step-00000005.keras"]


def test_failing_save_leaves_the_old_files(make_gan, batches, tmp_path, monkeypatch):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path)
    fit(gan, batches, checkpoint)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def half(path):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(gan, "save", half)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# The best one ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "best"), [("min", 1), pytest.param("max", 2, marks=pytest.mark.slow)]
)
def test_best_by_a_metric_of_an_earlier_callback(make_gan, batches, tmp_path, mode, best):
    values = [3.0, 1.0, 9.0, 3.0]
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path, keep=9, monitor="fid", mode=mode)
    fit(gan, batches, Set("fid", values), checkpoint, epochs=4)
    step = STEPS * (best + 1)
    record = json.loads((tmp_path / "best.json").read_text())
    assert record == {"monitor": "fid", "value": values[best], "step": step, "epoch": best + 1}
    written = (tmp_path / f"step-{step:08d}.keras").read_bytes()
    assert (tmp_path / "best.keras").read_bytes() == written
    # It is no step, so it is neither pruned nor restored.
    assert len(checkpoint.paths) == 4
    assert int(keras.models.load_model(tmp_path / "best.keras").step.numpy()) == step


def test_best_outlives_the_process_and_the_pruning(make_gan, batches, tmp_path):
    gan = make_gan()
    for epoch, value in enumerate([2.0, 3.0, 1.5]):
        checkpoint = RunCheckpoint(tmp_path, keep=1, monitor="fid")
        fit(gan, batches, Set("fid", [value]), checkpoint, initial_epoch=epoch, epochs=epoch + 1)
        assert json.loads((tmp_path / "best.json").read_text())["value"] == [2.0, 2.0, 1.5][epoch]
    expected = ["best.json", "best.keras", "generator.keras", "step-00000015.keras"]
    assert names(tmp_path) == expected


def test_best_between_two_saves(make_gan, batches, tmp_path):
    checkpoint = RunCheckpoint(tmp_path, save_freq=100, monitor="fid")
    fit(make_gan(), batches, Set("fid", [1.0]), checkpoint)
    assert names(tmp_path) == ["best.json", "best.keras", "generator.keras"]
    assert int(keras.models.load_model(tmp_path / "best.keras").step.numpy()) == STEPS


def test_nan_is_never_the_best(make_gan, batches, tmp_path):
    checkpoint = RunCheckpoint(tmp_path, monitor="fid")
    fit(make_gan(), batches, Set("fid", [math.nan, 3.0, math.nan]), checkpoint, epochs=3)
    assert json.loads((tmp_path / "best.json").read_text())["value"] == 3.0


def test_best_of_another_metric_does_not_count(make_gan, batches, tmp_path):
    gan = make_gan()
    fit(gan, batches, Set("kid", [0.1]), RunCheckpoint(tmp_path, monitor="kid"))
    checkpoint = RunCheckpoint(tmp_path, monitor="fid")
    fit(gan, batches, Set("fid", [30.0]), checkpoint, initial_epoch=1, epochs=2)
    assert json.loads((tmp_path / "best.json").read_text())["monitor"] == "fid"


def test_missing_monitor_warns_and_the_rest_is_saved(make_gan, batches, tmp_path):
    with pytest.warns(UserWarning, match="monitor='fid'.* finds no such name in the logs"):
        fit(make_gan(), batches, RunCheckpoint(tmp_path, monitor="fid"))
    assert names(tmp_path) == ["generator.keras", "step-00000005.keras"]


@pytest.mark.parametrize(
    "wrong",
    [{"save_freq": 0}, {"save_freq": "step"}, {"save_freq": 1.5}, {"save_freq": None}]
    + [{"keep": 0}, {"keep": None}, {"mode": "auto"}, {"mode": None}],
)
def test_wrong_arguments_are_named(tmp_path, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        RunCheckpoint(tmp_path, **wrong)


def test_checkpoint_is_a_whole_keras_file(make_gan, batches, tmp_path):
    gan = make_gan()
    fit(gan, batches, RunCheckpoint(tmp_path / "a"))
    shutil.move(tmp_path / "a" / "step-00000005.keras", tmp_path / "moved.keras")
    loaded = keras.models.load_model(tmp_path / "moved.keras")
    for model in (gan, loaded):
        fit(model, batches, initial_epoch=1, epochs=2)
    assert_same(state(loaded), state(gan))
    assert isinstance(batches(), tf.data.Dataset)


@pytest.mark.parametrize("text", ["{", "{}", "[]", ""])
def test_broken_record_of_the_best_is_named(tmp_path, text):
    checkpoint = RunCheckpoint(tmp_path, monitor="fid")
    checkpoint.best_path.touch()
    checkpoint.best_record_path.write_text(text)
    with pytest.raises(ValueError, match="best.json is broken .*remove it"):
        checkpoint.best  # noqa: B018
