"""`RunCheckpoint`: training resumes bit for bit, whatever file is broken."""

import json
import math
import zipfile

import keras
import numpy as np
import pytest
from conftest import assert_same, state

from tfgan_kit import data
from tfgan_kit.callbacks import RunCheckpoint

STEPS = 2
WITH_MOMENTS = {"generator_optimizer": "adam", "discriminator_optimizer": "adam"}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def step_names(*steps):
    return [f"step-{step:08d}.keras" for step in steps]


@pytest.fixture
def batches():
    pixels = np.random.default_rng(0).integers(0, 256, (14, 8, 8, 1), dtype="uint8")
    source = data.open_source(pixels)

    def make(start_step=0):
        """Two batches per epoch, the second one of six images."""
        return data.batches(source, batch_size=8, seed=3, start_step=start_step)

    return make


def fit(gan, batches, *callbacks, **arguments):
    start = int(gan.step.numpy())
    arguments = {"steps_per_epoch": STEPS, **arguments}
    return gan.fit(batches(start), verbose=0, callbacks=callbacks, **arguments)


def fids(*values):
    """Writes one value per epoch into the logs."""
    values = iter(values)
    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(fid=next(values))
    )


# ---- What is written


def test_keeps_the_newest(make_gan, batches, tmp_path):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path, keep=2)
    fit(gan, batches, checkpoint, epochs=3)
    assert names(tmp_path) == ["generator.keras", *step_names(4, 6)]
    assert [path.name for path in checkpoint.paths] == step_names(4, 6)
    # Again in the same process: the step continues.
    fit(gan, batches, checkpoint, initial_epoch=3, epochs=4)
    assert names(tmp_path) == ["generator.keras", *step_names(6, 8)]


@pytest.mark.parametrize(
    ("steps_per_execution", "steps"), [(1, [2, 4, 6, 8, 10]), (3, [3, 5, 8, 10])]
)
def test_every_few_steps(make_gan, real_images, tmp_path, steps_per_execution, steps):
    gan = make_gan(steps_per_execution=steps_per_execution)
    checkpoint = RunCheckpoint(tmp_path, save_freq=2, keep=9)
    gan.fit(real_images[:5], batch_size=1, epochs=2, verbose=0, callbacks=[checkpoint])
    assert names(tmp_path) == ["generator.keras", *step_names(*steps)]


def test_generator_alone_gives_the_same_images(make_gan, batches, tmp_path):
    gan = make_gan()
    path = tmp_path / "out" / "generator.keras"
    fit(gan, batches, RunCheckpoint(tmp_path / "checkpoints", generator_path=path))
    with zipfile.ZipFile(path) as file:
        assert b"tfgan_kit" not in file.read("config.json")
    loaded = keras.models.load_model(path)
    noise = np.random.default_rng(0).standard_normal((3, 6)).astype("float32")
    np.testing.assert_array_equal(loaded(noise), gan.generator(noise))
    assert names(tmp_path / "checkpoints") == step_names(STEPS)


def test_training_and_its_metrics_are_unchanged(make_gan, batches, tmp_path):
    saved, plain = make_gan(), make_gan()
    history = fit(saved, batches, RunCheckpoint(tmp_path, save_freq=1), epochs=2).history
    assert history == fit(plain, batches, epochs=2).history
    assert_same(state(saved), state(plain))


# ---- Resuming


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("save_freq", "stop", "restored", "epoch"),
    # An epoch's last step is saved when the epoch ends: a kill at step 2 loses that step. After
    # the end of an epoch, epochs may also be counted from 0 again.
    [
        (1, 2, 1, 0),
        pytest.param(1, 3, 3, 1, marks=pytest.mark.slow),
        ("epoch", 3, STEPS, 1),
        pytest.param(STEPS, 3, STEPS, 0, marks=pytest.mark.slow),
    ],
)
def test_resumes_bit_for_bit(
    make_gan, batches, tmp_path, compiled, save_freq, stop, restored, epoch
):
    arguments = {**WITH_MOMENTS, "run_eagerly": not compiled}
    whole, killed, gan = make_gan(**arguments), make_gan(**arguments), make_gan(seed=9, **arguments)
    history = fit(whole, batches, epochs=2).history

    def kill(batch, logs):
        if int(killed.step.numpy()) >= stop:
            raise KeyboardInterrupt

    killer = keras.callbacks.LambdaCallback(on_train_batch_end=kill)
    with pytest.raises(KeyboardInterrupt):
        fit(killed, batches, RunCheckpoint(tmp_path, save_freq=save_freq), killer, epochs=2)

    checkpoint, histories = RunCheckpoint(tmp_path, save_freq=save_freq), []
    assert checkpoint.restore(gan) == restored == int(gan.step.numpy())
    while (step := int(gan.step.numpy())) < 2 * STEPS:
        of_the_epoch = {"epochs": epoch + 1, "steps_per_epoch": STEPS - step % STEPS}
        histories += [fit(gan, batches, checkpoint, initial_epoch=epoch, **of_the_epoch).history]
        epoch += 1
    assert_same(state(gan), state(whole))
    for name, values in history.items():
        assert [each[name][0] for each in histories] == values[-len(histories) :]


def test_nothing_to_restore(make_gan, tmp_path):
    assert RunCheckpoint(tmp_path / "none").restore(make_gan()) == 0
    assert not (tmp_path / "none").exists()


# ---- Broken files


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


def test_broken_files_are_skipped_and_named(make_gan, batches, tmp_path):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path, keep=9)
    fit(gan, batches, checkpoint)
    expected = state(gan)[: -len(gan.metrics_variables)]
    good, path = checkpoint.paths[0], tmp_path / step_names(9)[0]
    for damage in (cut, empty, garble, drop_weights):
        path.write_bytes(good.read_bytes())
        damage(path)
        other = make_gan(seed=9)
        with pytest.warns(UserWarning, match=rf"unreadable checkpoint: .*{path.name}: \S+"):
            assert RunCheckpoint(tmp_path).restore(other) == STEPS
        assert_same(state(other)[: -len(gan.metrics_variables)], expected)
    empty(good)
    with pytest.raises(ValueError, match=r"No checkpoint .* is readable: .*09\.keras: .*02\.keras"):
        checkpoint.restore(gan)


def test_a_different_network_is_an_error(make_gan, batches, tmp_path):
    fit(make_gan(**WITH_MOMENTS), batches, RunCheckpoint(tmp_path))
    with pytest.raises(ValueError, match="No checkpoint .* is readable"):
        RunCheckpoint(tmp_path).restore(make_gan(batch_normalization=False, **WITH_MOMENTS))


def test_later_steps_of_an_abandoned_attempt_are_removed(make_gan, batches, tmp_path):
    for step in (1, 3, 99):
        (tmp_path / step_names(step)[0]).write_bytes(b"broken")
    # A metric that is missing from the logs warns, and everything else is saved.
    with pytest.warns(UserWarning, match="monitor='fid'.* did not find that name in the logs"):
        fit(make_gan(), batches, RunCheckpoint(tmp_path, keep=1, monitor="fid"))
    assert names(tmp_path) == ["generator.keras", *step_names(STEPS)]


def test_failing_save_keeps_the_old_files(make_gan, tmp_path, monkeypatch):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path)
    checkpoint.set_model(gan)
    checkpoint.save()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def half(path):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(gan, "save", half)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# ---- The best state


def test_best_by_a_metric_of_an_earlier_callback(make_gan, batches, tmp_path):
    gan, checkpoint = make_gan(), RunCheckpoint(tmp_path, keep=1, monitor="fid")
    fit(gan, batches, fids(3.0, 1.0), checkpoint, epochs=2)
    written = (tmp_path / step_names(4)[0]).read_bytes()
    fit(gan, batches, fids(9.0), checkpoint, initial_epoch=2, epochs=3)
    expected = {"monitor": "fid", "value": 1.0, "step": 4, "epoch": 2}
    assert json.loads((tmp_path / "best.json").read_text()) == checkpoint.best == expected
    # It is not a checkpoint: it is neither removed nor restored.
    assert (tmp_path / "best.keras").read_bytes() == written
    assert names(tmp_path) == ["best.json", "best.keras", "generator.keras", *step_names(6)]


def test_which_value_is_better(make_gan, tmp_path):
    gan = make_gan()
    for monitor, mode, value, is_best in [
        ("fid", "min", math.nan, False),
        ("fid", "min", 2.0, True),
        ("fid", "min", 3.0, False),
        ("fid", "min", math.nan, False),
        ("fid", "min", 1.5, True),
        ("coverage", "max", 0.5, True),  # A different metric cannot be compared.
        ("coverage", "max", 0.4, False),
        ("coverage", "max", 0.6, True),
    ]:
        # As in a new process.
        checkpoint = RunCheckpoint(tmp_path, monitor=monitor, mode=mode)
        checkpoint.set_model(gan)
        checkpoint.keep_best(value, 1)
        assert (checkpoint.best is not None and checkpoint.best["value"] == value) == is_best


def test_best_between_two_saves_is_not_the_file_of_an_earlier_attempt(make_gan, batches, tmp_path):
    (tmp_path / step_names(STEPS)[0]).write_bytes(b"of an earlier attempt")
    checkpoint = RunCheckpoint(tmp_path, save_freq=100, monitor="fid")
    fit(make_gan(), batches, fids(1.0), checkpoint)
    assert int(keras.models.load_model(tmp_path / "best.keras").step.numpy()) == STEPS


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_unreadable_record_of_the_best_is_named(tmp_path, text):
    checkpoint = RunCheckpoint(tmp_path, monitor="fid")
    checkpoint.best_path.touch()
    checkpoint.best_record_path.write_text(text)
    with pytest.raises(ValueError, match=r"best.json is not readable .*Remove it"):
        checkpoint.best  # noqa: B018
