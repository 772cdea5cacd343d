"""`CollapseMonitor`: detects a failing training and names the failure."""

import dataclasses
import math
import pathlib
import warnings

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit import latent, media, metrics
from tfgan_kit.callbacks.metric_monitor import generate_samples, take_real
from tfgan_kit.callbacks.metrics_log import append_record, cut_records
from tfgan_kit.metrics import extractors
from tfgan_kit.metrics.collapse import ADVICE, narrowest_classes
from tfgan_kit.training.state import restore_state
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.inputs import with_labels
from tfgan_kit.utils.labels import check_labels
from tfgan_kit.utils.text import shorten
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["CollapseMonitor"]

_GRADIENT_SAMPLES = 64
_MOST_NAMED = 10
# The logit of a probability of 99 %.
_CERTAIN = math.log(0.99 / 0.01)
# Stands for epochs that this callback did not measure.
_HEALTHY = metrics.Signals(
    diversity=1.0, effective_bins=1.0, repeated_share=0.0, drift=math.nan, generator_gradient=1.0
)


class CollapseMonitor(keras.callbacks.Callback):
    """Detect mode collapse and related failures after every epoch.

    It measures samples from fixed noise (and the labels of the real images) in a fixed feature
    space, how certain the discriminator is, and the norms of both gradients. The measures are the
    fields of `metrics.Signals` and go into `logs`; `metrics.diagnose` names the failures: "mode
    collapse", "mode collapse within a class" (of a conditional GAN), "discriminator won",
    "generator dead", "oscillating". A failure warns once, and again if it returns.

    A class is looked at alone from six of the real images on, all classes together from two of a
    class on. A class is called narrow below 0.4 of the real images' diversity; of other real
    images in place of samples the lowest class of ten was never below 0.56 (128 images) and 0.66
    (256), in 2,000 draws each of digits, MNIST and CIFAR-10.

    Args:
        real: Real images: a `tfgan_kit.data.Source`, an array (uint8, floats in [-1, 1], or
            points `(num, 2)`) or a `tf.data.Dataset` of them. A conditional GAN also needs their
            labels, and one of clusters their clusters: a source or dataset that has them, or a
            tuple `(images, labels)`.
        num_samples: Integer of at least 50, number of real and of generated images; fewer if there
            are fewer real ones. Defaults to 256.
        warmup: Non-negative integer, first epochs in which low diversity is normal. Defaults to 5.
        patience: Positive integer, successive epochs after which a failure is reported; repeated
            samples are reported at once. Defaults to 3.
        stop: Bool, whether a failure ends the training. Defaults to False.
        restore: String or `os.PathLike`, a `.keras` file for the last healthy state, which a
            failure restores; or None. Step, random states and learning rates are not restored, so
            that training takes a different course. Defaults to None.
        max_restores: Positive integer, restores after which a failure ends the training instead.
            Defaults to 3.
        log_path: String or `os.PathLike`, a JSON Lines file of the measures, from which it resumes
            exactly; or None. Defaults to None.
        extractor: As for `MetricMonitor`. Defaults to `"random"`.
        seed: Integer in [0, 2**31), random seed for noise, labels and the choice of real images.
            Defaults to 0.

    Attributes:
        alarms: List of `(epoch, name)`, epochs counted from 1.
        class_names: List of strings, the names of the classes in warnings. None for those of
            `real`, or numbers.
        history: List of `metrics.Signals`, one for each epoch.

    Raises:
        InvalidArgument: If a number is out of range, both `stop` and `restore` are given or, when
            training begins, if there are too few real images or no labels.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    digits = data.open_source("digits")
    monitor = callbacks.CollapseMonitor(digits, num_samples=64, stop=True)
    gan.fit(data.batches(digits).take(2), callbacks=[monitor])
    monitor.alarms  # []
    ```

    Reference: Goodfellow, 2016, https://arxiv.org/abs/1701.00160, section 5; within a class:
    Shahbazi et al., 2022, https://arxiv.org/abs/2201.06578.
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
                "Only one of `stop` and `restore` can be used. "
                f"Received: stop={stop!r}, restore={restore!r}"
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
        self.class_names = None
        self.history = []
        self._given = real
        self._detector = None
        self._seen = set()
        self._num_restores = 0

    def prepare(self):
        """Read the real images; raises `InvalidArgument` if they are too few or too similar."""
        if self._detector is None:
            self._real, self._labels = take_real(self._given, self.num_samples, self.seed)
            self._features = self.extractor(self._real).values
            self._detector = metrics.CollapseDetector(self._features, self.seed)

    def on_train_begin(self, logs=None):
        self.prepare()
        if self.model.num_labels is not None:
            if self._labels is None:
                raise InvalidArgument(
                    "`real` must have labels for a conditional GAN: a source or dataset with "
                    "labels, or a tuple (images, labels). Received: images without labels"
                )
            known = getattr(self._given, "num_classes", None)
            if self.model.clusters is not None and known not in (None, self.model.num_labels):
                raise InvalidArgument(
                    f"`real` must have the {self.model.num_labels} clusters as labels, such as "
                    "source.relabelled(clusters.labels). Received: a source of "
                    f"{known} classes"
                )
            self._labels = check_labels(self._labels, self.model.num_labels)
        self._measure_networks = tf.function(self._certainty_and_gradients)
        self._begun = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self._begun:
            self._resume(epoch)
            self._begun = True

    def on_epoch_end(self, epoch, logs=None):
        signals = self._measure()
        self.history.append(signals)
        values = dataclasses.asdict(signals)
        if self.model.num_classes is None:
            del values["lowest_class_diversity"]
        if logs is not None:
            logs.update(values)
        if self.log_path is not None:
            shares = self._detector.histogram
            bins = {f"bin_{i}": share for i, share in enumerate([] if shares is None else shares)}
            record = {"epoch": epoch + 1, **values, **bins}
            if self.model.num_classes is not None:
                alone = {each: value for each, value in self._narrow.items() if each is not None}
                record["narrowest_class"] = min(alone, key=alone.get, default=math.nan)
            append_record(self.log_path, record)
        found = metrics.diagnose(self.history, self.warmup, self.patience)
        new = [name for name in found if name not in self._seen]
        passed = [name for name in ADVICE if name in self._seen.difference(found)]
        self._seen = set(found)
        if passed:
            warnings.warn(f"Epoch {epoch + 1}: {' and '.join(passed)} has passed.", stacklevel=2)
        self.alarms.extend((epoch + 1, name) for name in new)
        if new:
            self._act(epoch + 1, new)
        elif self.restore is not None and not metrics.diagnose(self.history, self.warmup, 1):
            # A state that may already be failing must not replace the last healthy one.
            with atomic_path(self.restore) as temporary:
                self.model.save(temporary)

    def _resume(self, epoch):
        """Continue from the measures of the epochs before this one."""
        if self.log_path is not None:
            records = cut_records(self.log_path, epoch + 1)
            self.history = [_to_signals(record) for record in records]
            if records and "bin_0" in records[-1]:
                bins = [value for name, value in records[-1].items() if name.startswith("bin_")]
                self._detector.histogram = np.array(bins)
        # Epochs without a measure count as healthy, and towards the warm-up.
        self.history = [*self.history[:epoch], *[_HEALTHY] * (epoch - len(self.history))]
        self._seen = set(metrics.diagnose(self.history, self.warmup, self.patience))

    def _measure(self):
        gan, class_labels = self.model, None
        if gan.num_classes is not None:
            class_labels = self._labels  # As many of each class as real images.
            if gan.clusters is not None:
                class_labels = np.take(gan.clusters.classes, self._labels)
        samples = generate_samples(gan, len(self._real), self.seed, class_labels)
        # Points of a diverged generator are infinite, and no extractor accepts them.
        finite = np.isfinite(samples).all()
        features = self.extractor(samples).values if finite else np.full((len(samples), 1), np.nan)
        noise = gan.noise(_GRADIENT_SAMPLES, (self.seed, 0))
        labels = real_labels = None
        # As many as noise vectors, repeated if necessary: some losses compare pairs.
        chosen = np.arange(_GRADIENT_SAMPLES) % len(self._real)
        real = self._real[chosen]
        real = media.to_float(real) if real.dtype == np.uint8 else real.astype("float32")
        if gan.num_labels is not None:
            labels = latent.sample_labels(_GRADIENT_SAMPLES, gan.num_labels, self.seed)
            real_labels = self._labels[chosen]
        saturation, *norms = map(float, self._measure_networks(noise, labels, real, real_labels))
        # NaN would mean that there was no measurement.
        norms = [norm if math.isfinite(norm) else math.inf for norm in norms]
        lowest, self._narrow = math.nan, {}
        if finite and class_labels is not None:
            lowest, self._narrow = narrowest_classes(self._features, features, class_labels)
        return self._detector.measure(
            features,
            lowest_class_diversity=lowest,
            saturation=saturation,
            generator_gradient=norms[0],
            discriminator_gradient=norms[1],
        )

    def _certainty_and_gradients(self, noise, labels, real, real_labels):
        """How certain the discriminator is, and the norms of both losses' gradients."""
        gan = self.model
        with tf.GradientTape(persistent=True) as tape:
            real_logits = gan.logits(real, real_labels)
            # The trained generator, not its average.
            fake = gan.generator(with_labels(gan.generator, noise, labels), training=False)
            fake_logits = gan.logits(fake, labels)
            generator_loss = gan.adversarial_loss.generator_loss(fake_logits, real_logits)
            discriminator_loss = gan.adversarial_loss.discriminator_loss(real_logits, fake_logits)
        certain = tf.minimum(
            tf.reduce_mean(tf.cast(real_logits > _CERTAIN, tf.float32)),
            tf.reduce_mean(tf.cast(fake_logits < -_CERTAIN, tf.float32)),
        )
        norms = (
            tf.linalg.global_norm(tape.gradient(loss, network.trainable_variables))
            for loss, network in (
                (generator_loss, gan.generator),
                (discriminator_loss, gan.discriminator),
            )
        )
        return certain, *norms

    def _act(self, epoch, names):
        advice = " ".join(ADVICE[name] for name in names)
        message = f"Epoch {epoch}: {' and '.join(names)} ({self._describe()}). {advice}"
        exhausted = self.restore is not None and (
            self._num_restores >= self.max_restores or not self.restore.exists()
        )
        if self.stop or exhausted:
            message += " Training ends."
            self.model.stop_training = True
        elif self.restore is not None:
            restore_state(self.model, self.restore)
            self._num_restores += 1
            self._seen = set()
            self._detector.histogram = None
            # The same measures would raise the same alarm.
            self.history = [_HEALTHY] * len(self.history)
            message += (
                f" Restored the last healthy state ({self._num_restores} of at most "
                f"{self.max_restores} restores)."
            )
        warnings.warn(message, stacklevel=2)

    def _describe(self):
        signals = self.history[-1]
        text = (
            f"diversity at {signals.diversity:.2f} and effective bins at "
            f"{signals.effective_bins:.2f} of the real images' values, "
            f"{100 * signals.repeated_share:.0f} % of samples repeated, drift {signals.drift:.2f}, "
            f"discriminator certain of {100 * signals.saturation:.0f} % of images, generator "
            f"gradient {signals.generator_gradient:.2g}"
        )
        if not self._narrow:
            return text
        names = self.class_names or getattr(self._given, "class_names", None)
        names = names or range(self.model.num_classes)
        where = [f"class {shorten(names[label])}" for label in self._narrow if label is not None]
        if None in self._narrow:
            where = ["the classes on average", *where]
        where = ", ".join(where[:_MOST_NAMED]) + (len(where) > _MOST_NAMED) * ", ..."
        lowest = f"{signals.lowest_class_diversity:.2f}"
        return f"diversity within {where} down to {lowest} of the real images' value; {text}"


def _to_signals(record):
    # JSON has no infinity, and a measured gradient is never NaN.
    infinite = {
        name: math.inf
        for name in ("generator_gradient", "discriminator_gradient")
        if math.isnan(record[name])
    }
    return metrics.Signals.of({**record, **infinite})
