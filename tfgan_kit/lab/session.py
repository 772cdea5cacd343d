"""Training that can be started, stopped, slowed and changed while it runs; it knows no page."""

import concurrent.futures
import gc
import logging
import time
from typing import Any, NamedTuple

import numpy as np

from tfgan_kit.lab.script import as_python
from tfgan_kit.lab.settings import NEW_NETWORKS, NEW_STEP, Settings
from tfgan_kit.utils.errors import InvalidArgument, first_line

__all__ = ["SPEEDS", "STAGES", "Frame", "Session"]

# Iterations a second, None for as many as there can be.
SPEEDS = {"1": 1.0, "10": 10.0, "100": 100.0, "full": None}
# What happens in slow motion: five stages of the discriminator, then five of the generator.
STAGES = (
    "make fake points of noise",
    "classify real and fake points",
    "compute the discriminator's loss",
    "compute its gradients",
    "update the discriminator",
    "make fake points of noise",
    "classify the fake points",
    "compute the generator's loss",
    "compute its gradients",
    "update the generator",
)
# The sessions that play, by `id`. They share one processor for what Python does, of which frames
# need most.
_PLAYING = set()
_LOG = logging.getLogger(__name__)
_NOT_FINITE = (
    "The losses are no longer finite numbers: the networks are lost. Press Reset, and choose "
    "smaller learning rates or a penalty"
)
_SECONDS_OF_A_STAGE = 1.0
# Rows of the charts: every second one is left out when there are more.
_MAX_HISTORY = 400
_COLUMNS = (
    "discriminator_loss", "generator_loss", "kl", "js", "modes", "real_accuracy", "fake_accuracy",
)  # fmt: skip


class Frame(NamedTuple):
    """The state of a session at one moment."""

    number: int  # grows by one with each frame
    view: Any  # an `experiment.View`
    iteration: int
    discriminator_updates: int
    generator_updates: int
    epoch: float
    stage: int  # of slow motion, 1 to 10, or 0
    playing: bool
    rate: float  # iterations a second, measured
    history: Any  # float32 (rows, 8): iteration and `_COLUMNS`
    real: Any  # (num, 2), the same array until the points change
    real_labels: Any
    fake_labels: Any
    noise: Any  # (num, 2), the noise of the fakes as shares of smaller values, in [0, 1]²
    modes: Any  # (num_modes, 2) or None


class Session:
    """A GAN in the plane that trains in a thread of its own; it knows no page.

    Every method returns at once, a `concurrent.futures.Future` of its end: `play(slow, toggle)`,
    `pause()`, `rest()`, `wake()`, `step(role)`, `reset(**settings)`, `change(points, **settings)`,
    `save()`, `load(content)`, `script()` and `close()`.

    Args:
        settings: A `Settings`. Defaults to None: the default ones.
        points: Float array `(num, 2)` in [0, 1]², the points of `data="own"`. Defaults to None.
        frames_per_second: Positive float, how often `frame` is made while it plays, at most.
            Defaults to 40.

    Attributes:
        frame: The latest state, None before the first: `view` (points, gradients, losses,
            divergences), `iteration`, `history` and more.
        error: String, the sentence of the last failure, or None.
        speed: `"1"`, `"10"`, `"100"` or `"full"`, iterations a second. Defaults to `"100"`.
        ready: The future of the first frame.
        points: The points of `data="own"`, or None; other data keep them.

    Example:

    ```python
    from tfgan_kit.lab import Session, Settings

    session = Session(Settings(data="ring"))
    session.step().result()
    session.frame.view.js  # the Jensen-Shannon divergence, at most log(2)
    session.close()
    ```

    Reference: Kahng et al., 2018, https://arxiv.org/abs/1809.01587 (GAN Lab).
    """

    def __init__(self, settings=None, points=None, frames_per_second=40.0):
        self.settings = settings or Settings()
        self.frames_per_second = frames_per_second
        self.points = points
        self.frame = self.error = self.experiment = None
        self.slow, self.speed, self._rests = False, "100", False
        self.loads = 0  # How many files were loaded, which bring settings of their own.
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "lab")
        self._stage = self._number = self._chain = 0
        self._history, self._spacing = [], 1
        self._pace, self._due, self._next_frame = 0.0, 0.0, 0.0
        self._begun = (0.0, 0)  # When the rate began to be measured, and the iteration then.
        self.ready = self._do(self._build)

    @property
    def playing(self):
        """Boolean, whether it trains; only the session's thread begins it."""
        return id(self) in _PLAYING

    @playing.setter
    def playing(self, value):
        (_PLAYING.add if value else _PLAYING.discard)(id(self))

    def _do(self, act, *arguments):
        """Run `act` in the session's thread, after what was asked before."""

        def guarded():
            self.error = None
            try:
                return act(*arguments)
            except InvalidArgument as error:
                self.playing, self.error = False, first_line(error)
                raise

        return self._thread.submit(guarded)

    def _build(self):
        # Imports TensorFlow, which takes seconds: not in the thread of the page.
        from tfgan_kit.lab.experiment import Experiment

        self.experiment = Experiment(self.settings, self.points)
        self._clear()

    def _clear(self):
        self._history, self._spacing, self._stage = [], 1, 0
        self._look()

    def play(self, slow=False, toggle=False):
        """Train until `pause`; `slow` goes through the ten stages of an iteration.

        With `toggle` it pauses if it plays like this already.
        """

        def start():
            if toggle and self.playing and self.slow == slow:
                self._stop()
            else:
                self._start(slow)

        return self._do(start)

    def _start(self, slow):
        started, self.playing, self.slow, self._rests = not self.playing, True, slow, False
        self._due = time.monotonic()
        self._begun = self._due, self.experiment.iteration
        if not slow:
            self._stage = 0
        if started:
            # One that was stopped may still stand in the queue.
            self._chain += 1
            self._continue(self._chain)

    def pause(self):
        """Stop after the current iterations."""

        return self._do(self._stop)

    def _stop(self):
        self.playing = False
        self._look()

    def rest(self):
        """Stop until `wake`, which goes on if it played."""

        def rest():
            self._rests = self.playing
            self._stop()

        return self._do(rest)

    def wake(self):
        """Go on playing after `rest`."""
        return self._do(lambda: self._rests and self._start(self.slow))

    def step(self, role=None):
        """One iteration, or one update of `"generator"` or `"discriminator"`; pauses first."""

        def once():
            self.playing, self._stage = False, 0
            if role is None:
                self.experiment.train()
            else:
                self.experiment.update(role)
            self._look()

        return self._do(once)

    def reset(self, **values):
        """Begin again with new networks, and other settings; it goes on playing if it was."""

        def reset():
            self.settings = Settings(**{**self.settings.as_dict(), **values})
            self._build()

        return self._do(reset)

    def change(self, points=None, **values):
        """Change settings: networks stay where the change lets them."""

        def change():
            before = self.settings.as_dict()
            self.settings = Settings(**{**before, **values})
            after = self.settings.as_dict()
            changed = {name for name in before if before[name] != after[name]}
            if points is not None:
                self.points = points
                changed.add("data")
            self._adapt(changed)

        return self._do(change)

    def _adapt(self, changed):
        """Change only what the changed settings, and points, need."""
        experiment = self.experiment
        classes = experiment and experiment.num_classes
        if experiment is not None and not changed & NEW_NETWORKS:
            experiment.settings = self.settings
            if "data" in changed:
                experiment.set_points(self.points)
        if experiment is None or changed & NEW_NETWORKS or experiment.num_classes != classes:
            self._build()
            return
        if changed & NEW_STEP:
            experiment.compile()
        elif changed & {"generator_rate", "discriminator_rate"}:
            experiment.set_rates()
        self._look()

    def save(self):
        """The bytes of a file of the GAN and its settings."""
        return self._do(lambda: self.experiment.save())

    def load(self, content):
        """Go on from the bytes of such a file; pauses first."""

        def load():
            from tfgan_kit.lab.experiment import Experiment

            self.playing = False
            self.experiment = Experiment.load(content)
            self.settings = self.experiment.settings
            if self.experiment.own_points is not None:
                self.points = self.experiment.own_points
            self.loads += 1
            self._clear()

        return self._do(load)

    def script(self):
        """The Python script of the settings."""
        return self._do(lambda: as_python(self.settings, self.experiment.iteration, self.points))

    def close(self):
        """Stop the thread and let go of the networks, after the iterations that are running."""

        def let_go():
            self.playing, self.experiment, self.frame = False, None, None
            # They refer to each other, and Python alone would look for them much later.
            gc.collect()

        self.playing = False
        self._do(let_go)
        self._thread.shutdown(wait=False)

    def _go_on(self, chain):
        """A short piece of training, then the next one, so that commands come in between."""
        if self.playing and chain == self._chain:
            self._stages() if self.slow else self._iterations()
            if self.playing:
                self._continue(chain)

    def _continue(self, chain):
        def report(future):
            if not future.cancelled() and future.exception() is not None:
                self.playing = False
                _LOG.error("The training has failed", exc_info=future.exception())

        self._thread.submit(self._go_on, chain).add_done_callback(report)

    def _stages(self):
        now = time.monotonic()
        if now < self._due:
            time.sleep(min(0.02, self._due - now))
            return
        self._due = now + _SECONDS_OF_A_STAGE
        self._stage = self._stage % len(STAGES) + 1
        if self._stage == 5:
            self.experiment.update("discriminator")
        elif self._stage == 10:
            self.experiment.update("generator")
            self.experiment.iteration += 1
        self._look()

    def _iterations(self):
        speed, now = SPEEDS[self.speed], time.monotonic()
        if speed is not None and now < self._due:
            time.sleep(min(0.02, self._due - now))
            return
        frame_time = max(1, len(_PLAYING)) / self.frames_per_second
        if speed is None:
            # As many as fit between two frames; commands wait for no more than these.
            num = max(1, round(self._pace * frame_time / 2))
        else:
            num = max(1, round(speed * frame_time))
            self._due = max(self._due + num / speed, now - frame_time)
        self.experiment.train(num)
        end = time.monotonic()
        # An average, since a chunk may have waited for another session.
        self._pace = 0.8 * self._pace + 0.2 * num / (end - now)
        if end >= self._next_frame:
            self._next_frame = max(self._next_frame + frame_time, end)
            self._look()

    def _look(self):
        experiment = self.experiment
        view = experiment.view()
        lost = not np.isfinite([view.discriminator_loss, view.generator_loss]).all()
        self.playing = self.playing and not lost
        self._remember(experiment.iteration, view)
        self._number += 1
        shown = len(view.fakes)
        self.frame = Frame(
            number=self._number,
            view=view,
            iteration=experiment.iteration,
            discriminator_updates=experiment.discriminator_updates,
            generator_updates=experiment.generator_updates,
            epoch=experiment.epoch,
            stage=self._stage,
            playing=self.playing,
            rate=self._measured_rate(),
            history=np.array(self._history, "float32"),
            real=experiment.real,
            real_labels=experiment.real_labels,
            fake_labels=experiment.judged_labels[:shown],
            noise=experiment.noise_shown.astype("float32"),
            modes=experiment.toy.modes,
        )
        # After the frame: who sees the error finds the frame that it is about.
        if lost:
            self.error = _NOT_FINITE

    def _measured_rate(self):
        """Iterations a second over the last seconds, all included."""
        now, (begun, first) = time.monotonic(), self._begun
        rate = (self.experiment.iteration - first) / max(now - begun, 1e-3)
        if now - begun > 2:
            self._begun = now - 1, self.experiment.iteration - rate
        return rate

    def _remember(self, iteration, view):
        row = [iteration, *(getattr(view, name) for name in _COLUMNS)]
        if self._history and iteration < self._history[-1][0] + self._spacing:
            self._history[-1] = row  # The newest is always there.
            return
        self._history.append(row)
        if len(self._history) > _MAX_HISTORY:
            self._history = self._history[::2]
            self._spacing = 2 * max(self._spacing, 1)
