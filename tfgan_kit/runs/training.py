"""Train a run from its settings, and take it up again exactly where it stopped."""

import dataclasses
import pathlib
import time
import warnings

import keras
import tensorflow as tf

from tfgan_kit import callbacks, data, latent
from tfgan_kit.media import images
from tfgan_kit.runs import page
from tfgan_kit.runs.config import installed_versions
from tfgan_kit.runs.directory import Run
from tfgan_kit.runs.stopping import StopCallback, TrainingStopped, stop_on_signals
from tfgan_kit.training.precision import resolve
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Plan", "plan", "refresh", "resume", "start"]

_CHECKPOINT_STEPS = 200
_SAMPLE_STEPS = 500
_GUARD_STEPS = 500
# Few, since they are generated every epoch, and an epoch of a small data set takes seconds.
_MEASURED_SAMPLES = 256
_WATCHED_SAMPLES = 128
_BEST = "frechet_random_distance"
_REFRESH_SECONDS = 20
_ENDLESS = 10**9


@dataclasses.dataclass(frozen=True)
class Plan:
    """A run that is checked and ready to train: its data opened, its GAN built.

    Args:
        config: The complete `RunConfig`, with what was found at the source.
        source: The opened `tfgan_kit.data.Source`.
        gan: The compiled `GAN`.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", epochs=2))
    plan.total_steps  # 114
    ```
    """

    config: object
    source: object
    gan: object

    @property
    def steps_per_epoch(self):
        """Integer, batches in an epoch; the last one may be smaller."""
        return -(-len(self.source) // self.config.recipe.batch_size)

    @property
    def total_steps(self):
        """Integer, steps of the whole run, or None where the clock ends it."""
        return None if self.config.minutes else self.config.epochs * self.steps_per_epoch


def plan(config):
    """Open the data and build the GAN, and so check everything before training.

    Args:
        config: A `RunConfig`.

    Returns:
        A `Plan`. Its config holds what was found at the source.

    Raises:
        InvalidArgument: If the source cannot be read, or the networks cannot
            make images of its shape.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", epochs=1))
    plan.source.image_shape  # (28, 28, 1)
    ```
    """
    source = config.open_source()
    found = {
        "name": source.name,
        "num_images": len(source),
        "image_shape": list(source.image_shape),
        "num_skipped": source.num_skipped,
        "fingerprint": source.fingerprint,
    }
    # Resolved, so that a run is resumed in its own precision whatever the machine.
    precision = resolve(config.precision)
    gan = config.recipe.build(source.image_shape, seed=config.seed, precision=precision)
    config = dataclasses.replace(
        config, data=found, precision=precision, versions=installed_versions()
    )
    return Plan(_with_absolute_source(config), source, gan)


def start(plan, path, console=None):
    """Train a new run.

    Args:
        plan: A `Plan` from `plan`.
        path: String or `os.PathLike`, the run's directory; must not exist or be
            an empty folder.
        console: A `rich.console.Console` for the progress bar, or None for
            standard error.

    Returns:
        The `Run`; its `status` says whether it finished or was stopped.

    Raises:
        InvalidArgument: If something stands at `path` already.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", minutes=0.02))
    run = runs.start(plan, "runs/first")
    run.generator_path  # runs/first/generator.keras
    ```
    """
    return _train(Run.create(path, plan.config), plan, console)


def resume(path, epochs=None, minutes=None, console=None):
    """Take a run up again where its newest checkpoint stands.

    Same data, same machine: it ends bit for bit as if it had never stopped.

    Args:
        path: String or `os.PathLike`, the run's directory.
        epochs: Integer or None; a new number of epochs in all. Defaults to
            None: as before.
        minutes: Float or None; this many minutes from now. Defaults to None:
            what is left of the run's own.
        console: A `rich.console.Console` for the progress bar, or None for
            standard error.

    Returns:
        The `Run`.

    Raises:
        InvalidArgument: If there is no run, its data changed, another process
            trains it, or nothing is left to train.

    Example:

    ```python
    from tfgan_kit import runs

    config = runs.RunConfig(source="digits", minutes=0.02)
    runs.start(runs.plan(config), "runs/second")
    runs.resume("runs/second", minutes=0.02).status["state"]  # "finished"
    ```
    """
    run = Run(path)
    config = run.config
    seconds = run.status["seconds"]
    if epochs is not None:
        config = dataclasses.replace(config, epochs=epochs, minutes=None)
    elif minutes is not None:
        config = dataclasses.replace(config, minutes=minutes + seconds / 60)
    elif config.minutes is not None and seconds >= config.minutes * 60:
        raise InvalidArgument(
            f"{path} has had its {config.minutes:g} minutes; give --minutes or --epochs to train on"
        )
    ready = plan(config)
    if ready.config.data["fingerprint"] != config.data.get("fingerprint"):
        raise InvalidArgument(
            f"The data at {config.source} is not what {path} was trained on "
            f"({config.data.get('num_images')} images then, {len(ready.source)} now, or other "
            "content); an exact resumption needs the same data"
        )
    return _train(run, ready, console)


def refresh(run, generator=None):
    """Bring a run's pictures and page up to date.

    Args:
        run: A `Run`.
        generator: A Keras model; where it is given, `samples.png` is drawn anew
            from it. Defaults to None.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", minutes=0.02))
    run = runs.start(plan, "runs/third")
    runs.refresh(run)
    ```
    """
    _plot(run)
    if generator is not None:
        noise = latent.sample(64, generator.input_shape[-1], seed=0)
        samples = images.to_uint8(latent.decode(generator, noise))
        images.write_image(run.newest_samples_path, images.scale_up(images.tile(samples), 480))
    if any(run.samples_path.glob("epoch-*.png")):
        callbacks.write_training_animation(run.animation_path, run.samples_path)
    page.write_page(run)


def _plot(run):
    records, best = run.metrics, run.best
    if records:
        callbacks.plot_losses(records, run.losses_path)
        marks = [] if best is None else [(best["epoch"], "best")]
        callbacks.plot_metrics(records, run.metrics_plot_path, marks)


class _Bookkeeping(keras.callbacks.Callback):
    """Keeps `status.json` and the page of a run in step with its training."""

    def __init__(self, run):
        super().__init__()
        self.run = run
        self.seconds_before = run.status["seconds"]
        self.started = time.monotonic()
        self._refreshed = self.started

    def on_epoch_end(self, epoch, logs=None):
        self.write_status("running")
        if time.monotonic() - self._refreshed > _REFRESH_SECONDS:
            _plot(self.run)
            page.write_page(self.run)
            self._refreshed = time.monotonic()

    def seconds_left(self, config):
        """Of the minutes that the run was given; None where epochs end it."""
        return None if config.minutes is None else config.minutes * 60 - self.seconds_before

    def write_status(self, state):
        seconds = self.seconds_before + time.monotonic() - self.started
        self.run.write_status(
            state=state, step=int(self.model.step.numpy()), seconds=round(seconds, 3)
        )


def _train(run, plan, console):
    with run.lock():
        watchers = _watchers(run, plan)
        checkpoint = callbacks.RunCheckpoint(
            run.checkpoints_path,
            save_freq=_CHECKPOINT_STEPS,
            monitor=_BEST if watchers else None,
            generator_path=run.generator_path,
        )
        first_step = checkpoint.restore(plan.gan)
        if first_step == 0 and run.status["step"] > 0:
            warnings.warn(
                f"{run.path} stood at step {run.status['step']} and has no checkpoint; "
                "it begins anew",
                stacklevel=3,
            )
        if plan.total_steps is not None and first_step >= plan.total_steps:
            raise InvalidArgument(
                f"{run.path} has finished its {plan.config.epochs} epochs; "
                "give --epochs with a larger number to train on"
            )
        plan.config.save(run.config_path)
        bookkeeping = _Bookkeeping(run)
        for keeper in (checkpoint, bookkeeping):
            keeper.set_model(plan.gan)
        bookkeeping.write_status("running")
        seconds_left = bookkeeping.seconds_left(plan.config)
        stop = StopCallback(None if seconds_left is None else time.monotonic() + seconds_left)
        with stop_on_signals(stop):
            keepers = [checkpoint, bookkeeping]
            stopped = _fit(run, plan, first_step, watchers, keepers, stop, console)
            if watchers and not stopped:
                _measure_the_end(plan, watchers[0], checkpoint)
            checkpoint.save()
            bookkeeping.write_status("stopped" if stopped else "finished")
            refresh(run, run.load_generator())
    return run


def _measure_the_end(plan, monitor, checkpoint):
    """Let the last state be the best where the clock ended the run within an epoch."""
    epoch, rest = divmod(int(plan.gan.step.numpy()), plan.steps_per_epoch)
    if rest:
        value = monitor.measure()[checkpoint.monitor]
        checkpoint.keep_best(value, round(epoch + rest / plan.steps_per_epoch, 2))


def _watchers(run, plan):
    """What measures the generator every epoch; nothing where there is too little to compare."""
    collapse = callbacks.CollapseMonitor(
        plan.source,
        num_samples=_WATCHED_SAMPLES,
        stop=plan.config.on_collapse == "stop",
        restore=run.checkpoints_path / "healthy.keras"
        if plan.config.on_collapse == "restore"
        else None,
        log_path=run.collapse_path,
    )
    try:
        collapse.prepare()
    except data.DataError:
        raise
    except InvalidArgument as error:
        warnings.warn(f"The training is not watched for collapse: {error}", stacklevel=4)
        return []
    return [callbacks.MetricMonitor(plan.source, num_samples=_MEASURED_SAMPLES), collapse]


def _fit(run, plan, first_step, watchers, keepers, stop, console):
    """Train until the end or a stop; returns whether it was stopped before its end."""
    seconds_left = None if stop.deadline is None else stop.deadline - time.monotonic()
    progress = callbacks.Progress(
        plan.total_steps,
        minutes=None if seconds_left is None else seconds_left / 60,
        batch_size=plan.config.recipe.batch_size,
        console=console,
    )
    everything = [
        callbacks.DivergenceGuard(run.checkpoints_path / "good.keras", save_freq=_GUARD_STEPS),
        *watchers,
        callbacks.MetricsLog(run.metrics_path),
        callbacks.SampleGrid(
            run.samples_path,
            every_steps=_SAMPLE_STEPS if plan.steps_per_epoch > _SAMPLE_STEPS else None,
            show=False,
        ),
        *keepers,
        progress,
        stop,
    ]
    try:
        _fit_from(plan, first_step, everything)
    except TrainingStopped:
        return stop.reason != "time is up"
    except callbacks.TrainingDiverged as error:
        raise InvalidArgument(f"{run.path}: {error}") from error
    except tf.errors.OpError as error:
        # tf.data wraps what a reader raises; the reader's own words say which file it was.
        raise (plan.source.error or error) from error
    finally:
        progress.close()
    return plan.gan.stop_training


def _fit_from(plan, first_step, watchers):
    """Call `fit` for the rest of a begun epoch, then for the whole epochs."""
    config, gan, steps = plan.config, plan.gan, plan.steps_per_epoch

    def fit(first_step, **arguments):
        batches = data.batches(
            plan.source,
            batch_size=config.recipe.batch_size,
            seed=config.seed,
            start_step=first_step,
        )
        gan.fit(batches, callbacks=watchers, verbose=0, **arguments)

    epoch, offset = divmod(first_step, steps)
    if offset:
        fit(first_step, initial_epoch=epoch, epochs=epoch + 1, steps_per_epoch=steps - offset)
        epoch += 1
        if gan.stop_training:
            return
    epochs = config.epochs if config.minutes is None else _ENDLESS
    if epoch < epochs:
        fit(epoch * steps, initial_epoch=epoch, epochs=epochs, steps_per_epoch=steps)


def _with_absolute_source(config):
    """Paths as they are from everywhere, since a run may be resumed from another folder."""
    changes = {
        name: str(pathlib.Path(value).resolve())
        for name, value in (("source", config.source), ("data_dir", config.data_dir))
        # "digits" is the embedded set, whatever folder stands there.
        if value not in (None, "digits") and pathlib.Path(value).exists()
    }
    return dataclasses.replace(config, **changes)
