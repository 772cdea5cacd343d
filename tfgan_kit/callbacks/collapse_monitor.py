"""`CollapseMonitor`: sees a training fail, and names what it sees."""

import dataclasses
import math
import pathlib
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit import latent, metrics
from tfgan_kit.callbacks.metrics_log import append_record, cut_records
from tfgan_kit.callbacks.real_samples import generate_samples, take_real
from tfgan_kit.callbacks.restoring import go_back
from tfgan_kit.media import images
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["CollapseMonitor"]

_GRADIENT_SAMPLES = 64
_SURE = math.log(0.99 / 0.01)


class CollapseMonitor(keras.callbacks.Callback):
    """Watch for mode collapse and its relatives, every epoch, without labels.

    It looks at samples from fixed noise in a fixed random-feature space, at how
    sure the discriminator is, and at the norms of both gradients. What it
    measures goes into `logs` (`diversity`, `effective_bins`, `repeated_share`,
    `drift`, `saturation`, `generator_gradient`, `discriminator_gradient`); what
    it recognises, `metrics.diagnose` names by stated thresholds: "mode
    collapse", "discriminator won", "generator dead", "oscillating". Each name is
    told once in a warning, and again after it was gone.

    Args:
        real: Real images: a `tfgan_kit.data.Source`, an array (uint8, floats in
            [-1, 1], or points `(num, 2)`) or a `tf.data.Dataset`.
        num_samples: Integer, 50 or more, images of each side; fewer where there are
            fewer real ones. Defaults to 256.
        warmup: Integer, 0 or more, epochs that may show little diversity: every
            generator begins with one shape. Defaults to 5.
        patience: Integer, 1 or more, epochs running that it must last; repeated
            samples need only one. Defaults to 3.
        stop: Boolean, whether to end the training. Defaults to False.
        restore: String or `os.PathLike`, a `.keras` file where the last healthy
            state is kept, to go back to; or None. The networks and the
            optimizers' moments go back; step, noise and learning rates go on, so
            that the same does not happen again by necessity. Defaults to None.
        max_restores: Integer, 1 or more, how often to go back before training is
            ended instead. Defaults to 3.
        log_path: String or `os.PathLike`, a JSON Lines file of all looks, by which
            a resumed training goes on as if it had never stopped; or None.
            Defaults to None.
        extractor: As for `MetricMonitor`. Defaults to `"random"`.
        seed: Integer in [0, 2**31). Defaults to 0.

    Attributes:
        alarms: List of `(epoch, name)`, epochs counted from 1.
        history: List of `metrics.Signals`, one an epoch.

    Raises:
        InvalidArgument: If a number is out of range, or both `stop` and
            `restore` are given.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    real_images = np.random.uniform(-1, 1, (64, 16, 16, 1)).astype("float32")
    monitor = tfgan_kit.callbacks.CollapseMonitor(real_images, num_samples=64, stop=True)
    gan.fit(real_images, callbacks=[monitor])
    monitor.alarms  # []
    ```

    Reference: the failures: Goodfellow, 2016, https://arxiv.org/abs/1701.00160,
    section 5; see `metrics.CollapseDetector` for the measures.
    """

    def __init__(
        self,
        real,
        num_samples=256,
        warmup=5,
        patience=3,
        stop=False,
        restore=None,
        max_restores=3,
        log_path=None,
        extractor="random",
        seed=0,
    ):
        super().__init__()
        if stop and restore is not None:
            raise InvalidArgument(
                "Give `stop` or `restore`, not both: one ends what the other saves"
            )
        self.num_samples = check_integer("num_samples", num_samples, 50)
        self.warmup = check_integer("warmup", warmup, 0)
        self.patience = check_integer("patience", patience, 1)
        self.max_restores = check_integer("max_restores", max_restores, 1)
        self.stop = stop
        self.restore = None if restore is None else pathlib.Path(restore)
        self.log_path = None if log_path is None else pathlib.Path(log_path)
        self.extractor = extractors.get(extractor)
        self.seed = check_seed(seed)
        self.alarms = []
        self.history = []
        self._given = real
        self._detector = None
        self._seen = set()
        self._num_restores = 0

    def prepare(self):
        """Read the real images and cut them into bins, where that was not done yet.

        Raises:
            InvalidArgument: If there are too few, or too few different ones.
        """
        if self._detector is None:
            self._real = take_real(self._given, self.num_samples, self.seed)
            features = self.extractor(self._real).values
            self._detector = metrics.CollapseDetector(features, self.seed)

    def on_train_begin(self, logs=None):
        self.prepare()
        self._look = tf.function(self._gradients)
        self._begun = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self._begun:
            self._take_up(epoch)
            self._begun = True

    def on_epoch_end(self, epoch, logs=None):
        signals = self._measure()
        self.history.append(signals)
        if logs is not None:
            logs.update(dataclasses.asdict(signals))
        if self.log_path is not None:
            bins = {} if self._detector.histogram is None else _to_bins(self._detector.histogram)
            append_record(
                self.log_path, {"epoch": epoch + 1, **dataclasses.asdict(signals), **bins}
            )
        found = metrics.diagnose(self.history, self.warmup, self.patience)
        new = [name for name in found if name not in self._seen]
        self._seen = set(found)
        self.alarms.extend((epoch + 1, name) for name in new)
        if new:
            self._act(epoch + 1, " and ".join(new))
        elif self.restore is not None and not metrics.diagnose(self.history, self.warmup, 1):
            # What may be the beginning of a failure must not replace the last healthy state.
            with atomic_path(self.restore) as temporary:
                self.model.save(temporary)

    def _take_up(self, epoch):
        """Go on from the looks at the epochs before this one."""
        if self.log_path is not None:
            records = cut_records(self.log_path, epoch + 1)
            self.history = [metrics.Signals(**_of_signals(record)) for record in records]
            if records and "bin_0" in records[-1]:
                bins = [value for name, value in records[-1].items() if name.startswith("bin_")]
                self._detector.histogram = np.array(bins)
        # Looks are of epochs: a training that begins later has had its warm-up.
        self.history = [*self.history[:epoch], *[_UNSEEN] * (epoch - len(self.history))]
        self._seen = set(metrics.diagnose(self.history, self.warmup, self.patience))

    def _measure(self):
        samples = generate_samples(self.model, len(self._real), self.seed)
        noise = latent.sample(_GRADIENT_SAMPLES, self.model.latent_dim, seed=self.seed)
        # As many, if need be some twice: losses may compare real and fake images pair by pair.
        real = self._real[np.arange(_GRADIENT_SAMPLES) % len(self._real)]
        real = images.to_float(real) if real.dtype == np.uint8 else real.astype("float32")
        saturation, *norms = (float(value) for value in self._look(noise, real))
        # NaN would say that nobody looked.
        norms = [norm if math.isfinite(norm) else math.inf for norm in norms]
        return self._detector.measure(
            self._features(samples),
            saturation=saturation,
            generator_gradient=norms[0],
            discriminator_gradient=norms[1],
        )

    def _features(self, samples):
        # Points of a generator that blew up are infinite, and no extractor takes them.
        if not np.isfinite(samples).all():
            return np.full((len(samples), 1), np.nan)
        return self.extractor(samples).values

    def _gradients(self, noise, real):
        """How sure the discriminator is, and the norms of both losses' gradients."""
        gan = self.model
        with tf.GradientTape(persistent=True) as tape:
            real_logits = ops.cast(gan.discriminator(real, training=False), "float32")
            fake = gan.generator(noise, training=False)
            fake_logits = ops.cast(gan.discriminator(fake, training=False), "float32")
            generator_loss = gan.adversarial_loss.generator_loss(fake_logits, real_logits)
            discriminator_loss = gan.adversarial_loss.discriminator_loss(real_logits, fake_logits)
        sure = tf.minimum(
            tf.reduce_mean(tf.cast(real_logits > _SURE, tf.float32)),
            tf.reduce_mean(tf.cast(fake_logits < -_SURE, tf.float32)),
        )
        norms = (
            tf.linalg.global_norm(tape.gradient(loss, network.trainable_variables))
            for loss, network in (
                (generator_loss, gan.generator),
                (discriminator_loss, gan.discriminator),
            )
        )
        return sure, *norms

    def _act(self, epoch, name):
        message = f"Epoch {epoch}: {name} ({_describe(self.history[-1])})"
        exhausted = self.restore is not None and (
            self._num_restores >= self.max_restores or not self.restore.exists()
        )
        if self.stop or exhausted:
            message += "; training ends here"
            self.model.stop_training = True
        elif self.restore is not None:
            self._go_back()
            message += f"; back to the last healthy state, for the {self._num_restores}. time"
        warnings.warn(message, stacklevel=2)

    def _go_back(self):
        go_back(self.model, self.restore)
        self._num_restores += 1
        self._seen = set()
        self._detector.histogram = None
        # The same looks would raise the same alarm.
        self.history = [_UNSEEN] * len(self.history)


_UNSEEN = metrics.Signals(
    diversity=1.0, effective_bins=1.0, repeated_share=0.0, drift=math.nan, generator_gradient=1.0
)


def _to_bins(histogram):
    return {f"bin_{index}": share for index, share in enumerate(histogram)}


def _of_signals(record):
    names = [field.name for field in dataclasses.fields(metrics.Signals)]
    # JSON has no infinity, and a gradient that was looked at is never NaN.
    infinite = {
        name: math.inf
        for name in ("generator_gradient", "discriminator_gradient")
        if math.isnan(record[name])
    }
    return {**{name: record[name] for name in names}, **infinite}


def _describe(signals):
    return (
        f"diversity {signals.diversity:.2f} and effective bins {signals.effective_bins:.2f} of "
        f"real images', {100 * signals.repeated_share:.0f} % repeated, drift {signals.drift:.2f}, "
        f"discriminator saturated {100 * signals.saturation:.0f} %, "
        f"generator gradient {signals.generator_gradient:.2g}"
    )
