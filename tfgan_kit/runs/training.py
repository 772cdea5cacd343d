"""Train a run from its settings, and resume it exactly where it stopped."""

import contextlib
import time
import warnings

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit import callbacks, data, media
from tfgan_kit.callbacks.sample_grid import arrange
from tfgan_kit.runs import page
from tfgan_kit.runs.directory import Run, keep_recipe
from tfgan_kit.runs.planning import plan_resume
from tfgan_kit.runs.stopping import StopCallback, TrainingStopped, stop_on_signals
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.text import count

__all__ = ["resume", "start"]

_CHECKPOINT_STEPS = 200
_SAMPLE_STEPS = 500
_GUARD_STEPS = 500
# Few, because they are generated every epoch, and an epoch of a small data set takes seconds.
MEASURED_SAMPLES = 256
MONITORED_SAMPLES = 128
FEWEST_MEASURED = 50
_BEST = "frechet_random_distance"
_ENDLESS = 10**9
# Samples, and real images, on the page.
_SHOWN, _COLUMNS = 64, 8


def start(plan, path, console=None):
    """Train a new run.

    Args:
        plan: A `Plan` from `plan`.
        path: String or `os.PathLike`, the run's directory; it must not exist, or be an empty
            folder.
        console: A `rich.console.Console` for the progress bar. Defaults to None: standard error.

    Returns:
        The `Run`; its `status` shows whether it finished or was stopped.

    Raises:
        InvalidArgument: If `path` already exists.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", minutes=0.02))
    run = runs.start(plan, "runs/first")
    run.generator_path  # runs/first/generator.keras
    ```
    """
    return _train(Run.create(path, plan.config, plan.clusters), plan, console)


def resume(path, epochs=None, minutes=None, console=None, recipe=None, **moved):
    """Continue a run from its latest checkpoint.

    With the same data on the same machine the result is bit for bit that of a run that was never
    stopped.

    Args:
        path: String or `os.PathLike`, the run's directory.
        epochs: Positive integer, the new total number of epochs. Defaults to None: that of the
            run.
        minutes: Positive float, train for this many minutes from now. Defaults to None: what is
            left of the run's minutes.
        console: As for `start`. Defaults to None.
        recipe: String or `os.PathLike`, the Python file that defines the classes of the run's
            recipe, if the run has no `recipe.py`. It is kept as that. Defaults to None.
        **moved: `source`, `data_dir`, `on_error` or `attributes`, as for `RunConfig`, if the same
            images or attributes are in another place now, or an image has become unreadable.

    Returns:
        The `Run`.

    Raises:
        InvalidArgument: If there is no run, its data or its recipe changed, a class of its recipe
            is not known, another process is training it, or nothing is left to train.

    Example:

    ```python
    from tfgan_kit import runs

    config = runs.RunConfig(source="digits", minutes=0.02)
    runs.start(runs.plan(config), "runs/second")
    runs.resume("runs/second", minutes=0.02).status["state"]  # "finished"
    ```
    """
    run, plan = plan_resume(path, epochs, minutes, recipe, **moved)
    if recipe is not None:
        keep_recipe(run.path, plan.config)
    return _train(run, plan, console)


class _Bookkeeping(keras.callbacks.Callback):
    """Keep `status.json`, the plots and the page of a run up to date during training."""

    def __init__(self, run):
        super().__init__()
        self.run = run
        self.seconds_before = run.status["seconds"]
        self._started = self._refreshed = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        # An epoch of large data lasts hours.
        if self._is_due():
            self.write_status("running")
            self._refresh()

    def on_epoch_end(self, epoch, logs=None):
        self.write_status("running")
        if self._is_due():
            _plot(self.run)
            self._refresh()

    def _is_due(self):
        return time.monotonic() - self._refreshed > page.RELOAD_SECONDS

    def _refresh(self):
        page.write_page(self.run)
        self._refreshed = time.monotonic()

    def write_status(self, state):
        """Write the state, the step and the training time of all sessions."""
        self.run.write_status(state=state, step=self._step(), seconds=round(self._seconds(), 3))

    def is_complete(self, plan):
        """Whether nothing is left to resume, as after Ctrl-C in the last step."""
        if plan.total_steps is None:
            return self._seconds() >= plan.config.minutes * 60
        return self._step() >= plan.total_steps

    def _step(self):
        return int(self.model.step.numpy())

    def _seconds(self):
        return self.seconds_before + time.monotonic() - self._started


def _train(run, plan, console):
    with run.lock():
        monitors = _make_monitors(run, plan)
        # Of textures it says too little: 2.48 after 2 epochs of gravel, 2.57 after 5, far better.
        chosen = monitors and not plan.config.recipe.takes_waves
        checkpoint = callbacks.RunCheckpoint(
            run.checkpoints_path,
            save_freq=_CHECKPOINT_STEPS,
            monitor=_BEST if chosen else None,
            generator_path=run.generator_path,
        )
        first_step = _restore(run, plan, checkpoint)
        plan.config.save(run.config_path)
        bookkeeping = _Bookkeeping(run)
        for each in (checkpoint, bookkeeping):
            each.set_model(plan.gan)
        if plan.config.from_run and first_step == 0:
            # So that what it resumes from does not depend on the other run.
            checkpoint.save()
        bookkeeping.write_status("running")
        write_real(run, plan.source)
        page.write_page(run)
        minutes = plan.config.minutes
        if minutes is not None:
            minutes -= bookkeeping.seconds_before / 60
        progress = callbacks.Progress(
            plan.total_steps, minutes, plan.config.recipe.batch_size, console
        )
        if first_step:
            # Not before everything that may be refused.
            text = f"Resuming {run.path} at step {first_step}. Watch {run.page_path}"
            progress.console.print(text, highlight=False, markup=False, soft_wrap=True)
        stop = StopCallback(None if minutes is None else time.monotonic() + minutes * 60)
        with stop_on_signals(stop):
            with contextlib.closing(progress):
                keepers = [checkpoint, bookkeeping, progress, stop]
                stopped = _fit(run, plan, first_step, monitors, keepers)
            if chosen and not stopped:
                _measure_last_state(plan, monitors[0], checkpoint)
            checkpoint.save()
            stopped = stopped and not bookkeeping.is_complete(plan)
            bookkeeping.write_status("stopped" if stopped else "finished")
            _write_results(run)
    return run


def _make_monitors(run, plan):
    """Callbacks that measure the generator every epoch; none if there are too few images."""
    # Images are generated with whole combinations of attributes.
    source = plan.source.complete()
    if len(source) < FEWEST_MEASURED:
        warnings.warn(too_few(plan), stacklevel=4)
        return []
    action, healthy = plan.config.on_collapse, run.checkpoints_path / "healthy.keras"
    # The networks' labels are the clusters.
    clusters = plan.clusters and plan.clusters.labels
    collapse = callbacks.CollapseMonitor(
        source if clusters is None else source.relabelled(clusters),
        num_samples=MONITORED_SAMPLES,
        stop=action == "stop",
        restore=healthy if action == "restore" else None,
        log_path=run.collapse_path,
    )
    collapse.class_names = plan.source.class_names
    try:
        collapse.prepare()
    except data.DataError:
        raise
    except InvalidArgument as error:
        warnings.warn(f"The training is not monitored for collapse: {error}", stacklevel=4)
        return []
    return [callbacks.MetricMonitor(source, num_samples=MEASURED_SAMPLES), collapse]


def too_few(plan):
    """A sentence about the consequence of too few images."""
    num = count(len(plan.source.complete()), "image")
    given = " with all attributes" if plan.source.attributes is not None else ""
    return (
        f"{plan.source.name} has only {num}{given}. With fewer than "
        f"{FEWEST_MEASURED} the training is not measured: there are no metrics, no best epoch and "
        "no warning of a collapse"
    )


def _restore(run, plan, checkpoint):
    """Load the latest checkpoint; returns its step."""
    first_step, step = checkpoint.restore(plan.gan), run.status["step"]
    if first_step == 0 and step > 0:
        warnings.warn(
            f"{run.path} was at step {step} but has no checkpoint; training starts again at step 0",
            stacklevel=4,
        )
    return first_step


def _fit(run, plan, first_step, monitors, keepers):
    """Train until the end or a stop; returns whether it was stopped before the end."""
    every_steps = _SAMPLE_STEPS if plan.steps_per_epoch > _SAMPLE_STEPS else None
    everything = [
        callbacks.DivergenceGuard(run.checkpoints_path / "good.keras", save_freq=_GUARD_STEPS),
        *monitors,
        callbacks.MetricsLog(run.metrics_path),
        callbacks.SampleGrid(
            run.samples_path,
            num_images=None if run.shown_classes else 16,
            every_steps=every_steps,
            show=False,
            classes=run.shown_classes,
        ),
        *keepers,
    ]
    try:
        _fit_from(plan, first_step, everything)
    except TrainingStopped as stopped:
        return str(stopped) != "time is up"
    except callbacks.TrainingDiverged as error:
        raise InvalidArgument(f"{run.path}: {error}") from error
    except tf.errors.OpError as error:
        # tf.data wraps what a reader raises; the reader's own message names the file.
        raise (plan.source.error or error) from error
    return plan.gan.stop_training


def _fit_from(plan, first_step, everything):
    """Call `fit` for the rest of an unfinished epoch, then for whole epochs."""
    config, gan, steps = plan.config, plan.gan, plan.steps_per_epoch
    source, weights = plan.source, None
    if config.balance:
        weights = source.attributes.balance(source.labels)

    def fit(first_step, **arguments):
        batches = data.batches(
            source,
            batch_size=config.recipe.batch_size,
            seed=config.seed,
            labels=config.conditional if plan.clusters is None else plan.clusters.labels,
            start_step=first_step,
            weights=weights,
        )
        gan.fit(batches, callbacks=everything, verbose=0, **arguments)

    epoch, offset = divmod(first_step, steps)
    if offset:
        fit(first_step, initial_epoch=epoch, epochs=epoch + 1, steps_per_epoch=steps - offset)
        epoch += 1
        if gan.stop_training:
            return
    epochs = config.epochs if config.minutes is None else _ENDLESS
    if epoch < epochs:
        fit(epoch * steps, initial_epoch=epoch, epochs=epochs, steps_per_epoch=steps)


def _measure_last_state(plan, monitor, checkpoint):
    """Let the last state be the best one also if time was up within an epoch."""
    epoch, rest = divmod(int(plan.gan.step.numpy()), plan.steps_per_epoch)
    if rest:
        value = monitor.measure()[checkpoint.monitor]
        checkpoint.keep_best(value, round(epoch + rest / plan.steps_per_epoch, 2))


def _plot(run):
    records, best = run.metrics, run.best
    if records:
        media.plot_losses(records, run.losses_path)
        marks = [] if best is None else [(best["epoch"], "best")]
        media.plot_metrics(records, run.metrics_plot_path, marks)


def write_real(run, source):
    """Real images in the grid of the samples, once for each run."""
    if run.real_path.exists():
        return
    order = np.random.default_rng(0).permutation(len(source))
    labels, columns = _arrange(run)
    if labels is None:
        media.write_grid(run.real_path, source.read(order[:_SHOWN]), columns)
        return
    pixels = np.full((len(labels), *source.image_shape), 255, "uint8")
    for start in range(0, len(labels), columns):
        chosen = order[source.labels[order] == labels[start]][:columns]
        pixels[start:][: len(chosen)] = source.read(chosen)
    media.write_grid(run.real_path, pixels, columns)


def _write_results(run):
    """Plots, samples of the best state, animation and page."""
    _plot(run)
    labels, columns = _arrange(run)
    samples = run.generate(_SHOWN if labels is None else len(labels), seed=0, label=labels)
    media.write_grid(run.newest_samples_path, samples, columns)
    media.write_training_animation(run.animation_path, run.samples_path)
    page.write_page(run)


def _arrange(run):
    """Labels of the images in a grid of the run, or None, and the number of its columns."""
    return arrange(run.shown_classes) if run.shown_classes else (None, _COLUMNS)
