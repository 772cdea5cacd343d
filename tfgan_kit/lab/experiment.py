"""A GAN in the plane: its points, its compiled steps, and what there is to see of it."""

import io
import itertools
import json
import pathlib
import tempfile
import zipfile
from typing import Any, NamedTuple

import keras
import numpy as np
import scipy.special
import tensorflow as tf

from tfgan_kit import GAN, latent, metrics, models, penalties
from tfgan_kit.data import toy
from tfgan_kit.lab.script import MAX_POINTS
from tfgan_kit.lab.settings import OPTIMIZERS, OWN, SMILE, Settings
from tfgan_kit.training import Batch, ExponentialMovingAverage
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Experiment", "View", "real_points"]

# As GAN Lab has them.
NUM_POINTS = 10_000
NUM_SHOWN = 500
# Both sides of the divergences.
NUM_JUDGED = 2_000
HEAT_SIZE = 40
GRID_SIZE = 21
LINE_SIZE = 200
_DECAY = 0.99
_ROLES = ("generator", "discriminator")
# In the zip that a .keras file is.
_ABOUT = "playground.json"
_COUNTERS = ("iteration", "discriminator_updates", "generator_updates")


class View(NamedTuple):
    """What there is to see after an update; points in [0, 1]², images of the discriminator too."""

    fakes: Any  # (num, 2), from noise that stays the same
    gradients: Any  # (num, 2), minus the gradient of the generator's loss by each fake
    real_scores: Any  # (num,), how sure the discriminator is of real
    fake_scores: Any  # (num,)
    heat: Any  # (size, size), from row y = 0 up: 1 where the discriminator is sure of real
    manifold: Any  # (classes or 1, rows, columns, 2), the generator of a grid of noise
    discriminator_loss: float
    generator_loss: float
    penalty: float
    real_accuracy: float
    fake_accuracy: float
    kl: float
    js: float
    modes: int  # -1 where modes are not known


def real_points(settings, points=None):
    """The distribution that settings name, a `Toy` in [0, 1]²."""
    if settings.data != OWN:
        return toy.get(f"unit_{settings.data}")
    points = SMILE if points is None or not len(points) else points
    # A few points are made a cloud; many are taken as they are.
    return toy.from_points(points, std=0.01 if len(points) <= MAX_POINTS else 0, name=OWN)


def to_square(x):
    """From [-1, 1], where networks work, to [0, 1]."""
    return (x + 1) / 2


class Experiment:
    """The GAN of some settings and its points; changed settings need `compile` or `set_rates`."""

    def __init__(self, settings, points=None):
        self.settings = settings
        self.set_points(points)
        self._build()
        self.compile()

    def set_points(self, points=None):
        """Take the real points from the settings; the networks stay."""
        settings = self.settings
        self.toy = real_points(settings, points)
        self.own_points = points
        # Rows beyond those of the training are for judging.
        drawn = self.toy.sample(NUM_POINTS + NUM_JUDGED, seed=settings.seed)
        labels = (
            toy.label(self.toy, drawn) if settings.conditional else np.zeros(len(drawn), "int32")
        )
        self.num_classes = int(labels.max()) + 1 if settings.conditional else None
        self.real, self.judged = drawn[:NUM_POINTS], drawn[NUM_POINTS:]
        self.real_labels, self.judged_labels = labels[:NUM_POINTS], labels[NUM_POINTS:]
        self._pool = tf.constant(2 * self.real - 1), tf.constant(self.real_labels)

    def _build(self):
        settings = self.settings
        keras.utils.set_random_seed(settings.seed)
        networks = models.mlp(
            (2,),
            latent_dim=settings.noise_dim,
            width=(settings.generator_units, settings.discriminator_units),
            depth=(settings.generator_layers, settings.discriminator_layers),
            activation=settings.activation,
            num_classes=self.num_classes,
            noise=settings.noise,
        )
        self.gan = GAN(
            *networks, settings.noise_dim, seed=settings.seed, num_classes=self.num_classes
        )
        self.iteration = self.discriminator_updates = self.generator_updates = 0
        self._noise = latent.sample(NUM_JUDGED, settings.noise_dim, seed=1)
        # Where it lies between the smallest and the largest, as far as shares go.
        cells = scipy.special.ndtr(self._noise[:NUM_SHOWN])
        self.noise_shown = cells if settings.noise_dim == 2 else np.insert(cells, 1, 0.5, axis=1)
        self._grid = noise_grid(settings.noise_dim, self.num_classes)
        self._grid_shape = (GRID_SIZE, GRID_SIZE) if settings.noise_dim == 2 else (1, LINE_SIZE)

    def compile(self):
        """Make the step of the settings; the weights stay."""
        settings = self.settings
        self.gan.compile(
            **{f"{role}_optimizer": self._optimizer(role) for role in _ROLES},
            loss=settings.loss,
            penalties=[weighted(name, settings.penalty_weight) for name in settings.penalties],
            ema=ExponentialMovingAverage(_DECAY),
        )
        self._iterate = tf.function(self._iterations, autograph=False)
        # Tracing takes longer than many calls without: what is seen first does not wait for it.
        self._looks = itertools.chain(
            [self._measure], itertools.repeat(tf.function(self._measure, autograph=False))
        )

    def save(self):
        """The bytes of a `.keras` file of the GAN, which also has the settings and the points."""
        about = {
            "settings": self.settings.as_dict(),
            **{name: getattr(self, name) for name in _COUNTERS},
            "points": None if self.own_points is None else np.asarray(self.own_points).tolist(),
        }
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "gan.keras"
            self.gan.save(path)
            with zipfile.ZipFile(path, "a") as archive:
                archive.writestr(_ABOUT, json.dumps(about))
            return path.read_bytes()

    @classmethod
    def load(cls, content):
        """The experiment of such bytes."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                about = json.loads(archive.read(_ABOUT))
            points = about["points"] and np.array(about["points"], "float32")
            made = cls(Settings(**about["settings"]), points)
            for name in _COUNTERS:
                setattr(made, name, about[name])
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
            raise InvalidArgument(
                "The file was not saved by this playground. Choose a .keras file that it wrote"
            ) from error
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "gan.keras"
            path.write_bytes(content)
            made.gan.load_weights(path)
        return made

    def _optimizer(self, role):
        kind, arguments = OPTIMIZERS[getattr(self.settings, f"{role}_optimizer")]
        rate = getattr(self.settings, f"{role}_rate")
        return getattr(keras.optimizers, kind)(rate, **arguments)

    def set_rates(self):
        """Take the learning rates from the settings."""
        self.gan.generator_optimizer.learning_rate = self.settings.generator_rate
        self.gan.discriminator_optimizer.learning_rate = self.settings.discriminator_rate

    def train(self, num=1):
        """Run some iterations."""
        steps = self.settings.discriminator_steps, self.settings.generator_steps
        self._run(num, *steps)
        self.iteration += num

    def update(self, role):
        """One update of one network."""
        self._run(1, int(role == "discriminator"), int(role == "generator"))

    def _run(self, num, discriminator_steps, generator_steps):
        numbers = num, self.settings.batch_size, discriminator_steps, generator_steps
        self._iterate(*self._pool, *(tf.constant(each) for each in numbers))
        self.discriminator_updates += num * discriminator_steps
        self.generator_updates += num * generator_steps

    @property
    def epoch(self):
        """Float, how often each real point was seen, on average."""
        return self.discriminator_updates * self.settings.batch_size / NUM_POINTS

    def _iterations(self, points, labels, num, batch_size, discriminator_steps, generator_steps):
        gan = self.gan

        def batch():
            seed = gan.next_seed()
            rows = tf.random.stateless_uniform((batch_size,), seed, 0, NUM_POINTS, "int32")
            of_rows = tf.gather(labels, rows) if self.num_classes else None
            return Batch(tf.gather(points, rows), of_rows)

        def times(num, act):
            def body(i):
                act()
                return i + 1

            tf.while_loop(lambda i: i < num, body, [0])

        def iteration():
            times(discriminator_steps, lambda: gan.discriminator_step(batch()))
            times(generator_steps, lambda: gan.generator_step(batch()))
            gan.ema.update(gan.generator, gan.step, batch_size)
            gan.step.assign_add(1)

        times(num, iteration)

    def view(self):
        """What there is to see now, a `View`."""
        labels = self.judged_labels
        given = (self.settings.average, 2 * self.judged - 1, labels, self._noise, *self._grid)
        values = next(self._looks)(*map(tf.constant, given))
        fakes, *points, heat, manifold = (value.numpy() for value in values[:6])
        divergences = metrics.grid_divergences(self.judged, fakes)
        modes = -1 if self.toy.modes is None else 0
        if not modes and np.isfinite(fakes).all():
            assigned = metrics.assign_modes(fakes, self.toy.modes, 3 * self.toy.std)
            # A mode counts with a tenth of its share.
            least = max(1, NUM_JUDGED // len(self.toy.modes) // 10)
            modes = metrics.mode_coverage(assigned, len(self.toy.modes), least).num_hit
        return View(
            fakes[:NUM_SHOWN],
            *(each[:NUM_SHOWN] for each in points),
            heat,
            manifold,
            *map(float, values[6:]),
            float(divergences.kl),
            float(divergences.js),
            modes,
        )

    def _measure(self, average, real, labels, noise, grid, grid_labels):
        gan, labelled = self.gan, bool(self.num_classes)
        labels = labels if labelled else None
        grid_labels = grid_labels if labelled else None

        def made(training):
            return [gan.make(z, y, training) for z, y in ((noise, labels), (grid, grid_labels))]

        # `gan.make` is the average outside of training.
        fakes, manifold = tf.cond(average, lambda: made(False), lambda: made(True))
        with tf.GradientTape() as tape:
            tape.watch(fakes)
            critique = gan.critique(
                Batch(real, labels), Batch(fakes, labels), seed=(0, 0), noise=noise
            )
            loss = gan.adversarial_loss.generator_loss(critique.fake_logits, critique.real_logits)
        # The loss is a mean over the points.
        gradients = -NUM_JUDGED * tape.gradient(loss, fakes)
        discriminator_loss = gan.adversarial_loss.discriminator_loss(
            critique.real_logits, critique.fake_logits
        )
        penalty = tf.add_n(
            [tf.zeros(()), *(each.loss_and_state(critique, gan.step)[0] for each in gan.penalties)]
        )
        above, below = gan.adversarial_loss.boundaries(critique.real_logits, critique.fake_logits)
        boundary = tf.reduce_mean((above + below) / 2)
        real_logits, fake_logits = critique.real_logits, critique.fake_logits
        return (
            to_square(fakes),
            gradients / 2,
            tf.sigmoid(real_logits[:, 0] - boundary),
            tf.sigmoid(fake_logits[:, 0] - boundary),
            self._heat(boundary),
            tf.reshape(to_square(manifold), (self.num_classes or 1, *self._grid_shape, 2)),
            discriminator_loss,
            loss,
            penalty,
            tf.reduce_mean(tf.cast(real_logits > above, "float32")),
            tf.reduce_mean(tf.cast(fake_logits < below, "float32")),
        )

    def _heat(self, boundary):
        """How sure the discriminator is of real at the centres of a grid, over all classes."""
        centres = (tf.range(HEAT_SIZE, dtype="float32") + 0.5) / HEAT_SIZE * 2 - 1
        x, y = tf.meshgrid(centres, centres)
        points = tf.reshape(tf.stack([x, y], axis=-1), (-1, 2))
        classes = self.num_classes or 1
        labels = tf.repeat(tf.range(classes), HEAT_SIZE**2) if self.num_classes else None
        logits = self.gan.logits(tf.tile(points, (classes, 1)), labels)
        sure = tf.sigmoid(logits - boundary)
        return tf.reduce_mean(tf.reshape(sure, (classes, HEAT_SIZE, HEAT_SIZE)), axis=0)


def weighted(name, weight):
    """The penalty of a name with its main factor."""
    factor = "gamma" if name in ("r1", "r2") else "weight"
    return type(penalties.get(name))(**{factor: weight})


def noise_grid(noise_dim, num_classes):
    """Noise vectors on a grid whose cells are equally likely, and their labels, a pair."""
    size = GRID_SIZE if noise_dim == 2 else LINE_SIZE
    axis = scipy.special.ndtri((np.arange(size) + 0.5) / size).astype("float32")
    grid = np.stack(np.meshgrid(*[axis] * noise_dim), axis=-1).reshape(-1, noise_dim)
    classes = num_classes or 1
    return np.tile(grid, (classes, 1)), np.repeat(np.arange(classes, dtype="int32"), len(grid))
