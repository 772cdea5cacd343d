"""Does training on generated images help a classifier? Accuracies, an interval and a verdict."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy import stats

from tfgan_kit.evaluation.classifier import fit_network, measure_accuracy, shuffled_batches
from tfgan_kit.metrics.checks import check_labels
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["STEPS", "WAYS", "Augmentation", "train_with"]

STEPS = 2000
# Whether synthetic images, and whether classic augmentation, are used with the real images.
WAYS = {
    "real": (False, False),
    "classic": (False, True),
    "synthetic": (True, False),
    "both": (True, True),
}
_BATCH = 32
_SHIFT, _TURN = 0.1, 10 / 360


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Accuracies of a classifier that was trained in several ways, with the same seeds.

    Args:
        accuracies: Dict of a name, such as `"real"`, `"classic"`, `"synthetic"` and `"both"`, and a
            sequence of floats, one for each seed, in the same order.

    Example:
    ```python
    from tfgan_kit import evaluation
    found = evaluation.Augmentation({"classic": [0.80, 0.82, 0.81], "both": [0.84, 0.85, 0.86]})
    found.verdict("both", "classic")  # "helps"
    found.interval("both", "classic")  # 0.04, 0.015, 0.065
    ```
    """

    accuracies: dict

    def interval(self, way, other=None):
        """The mean and the limits of its 95 % interval, of a way or of its lead over another one.

        It is the t interval over the seeds; the lead is paired: a seed has the same images and
        initial weights in both ways.

        Args:
            way: String, a name of `accuracies`.
            other: String, or None for the accuracy itself. Defaults to None.

        Returns:
            Three floats; the limits are NaN for fewer than two seeds.
        """
        values = np.array(self.accuracies[way], "float64")
        if other is not None:
            values = values - np.array(self.accuracies[other], "float64")
        mean, num = values.mean(), len(values)
        half = np.nan
        if num > 1:
            half = stats.t.ppf(0.975, num - 1) * values.std(ddof=1) / np.sqrt(num)
        return float(mean), float(mean - half), float(mean + half)

    def verdict(self, way="both", other="classic"):
        """`"helps"`, `"makes no difference"` or `"harms"`: whether the interval is beside 0.

        Args:
            way: String, a name of `accuracies`. Defaults to `"both"`.
            other: String, what it is compared with. Defaults to `"classic"`.

        Returns:
            A string.
        """
        _, low, high = self.interval(way, other)
        return "helps" if low > 0 else "harms" if high < 0 else "makes no difference"


def train_with(real, synthetic, test, seed=0, steps=STEPS, ways=tuple(WAYS), advance=None):
    """Accuracies of the same small classifier, trained with and without synthetic images.

    The network and the number of steps are the same in all ways: `"real"`, the real images;
    `"classic"`, these shifted by up to a tenth and turned by up to 10 degrees; `"synthetic"`, half
    of each batch real and half synthetic; `"both"`, the same with classic augmentation of all.
    Synthetic images must come from a generator that was trained on nothing but the real images
    given here: what it has seen of others, above all of the test's, would count for it.

    Args:
        real: Pair of a uint8 array `(num, height, width, channels)` and an integer array `(num,)`
            of labels, of at least two classes.
        synthetic: Pair, likewise.
        test: Pair, likewise: images that neither the classifier nor the generator has seen.
        seed: Integer in [0, 2**31), seed of weights, batches and augmentation. Defaults to 0.
        steps: Positive integer, training steps of 32 images. Defaults to 2000.
        ways: Sequence of the names above. Defaults to all.
        advance: Callable of a number of steps, for a progress bar, or None. Defaults to None.

    Returns:
        Dict of the ways and the share of `test` that is named correctly.

    Raises:
        InvalidArgument: If labels and images do not fit, or there are fewer than two classes.

    Example:
    ```python
    from tfgan_kit import data, evaluation
    digits = data.open_source("digits")
    pairs = [(digits.read(each), digits.labels[each]) for each in (range(200), range(200, 900))]
    evaluation.train_with(pairs[0], pairs[1], pairs[1], steps=5, ways=["real", "both"])
    ```

    Reference: Ravuri and Vinyals, 2019, https://arxiv.org/abs/1905.10887, section 5.
    """
    for name, (images, labels) in {"real": real, "synthetic": synthetic, "test": test}.items():
        check_labels(labels, len(images))
        if images.dtype != np.uint8 or images.shape[1:] != real[0].shape[1:]:
            raise InvalidArgument(
                f"`{name}` must have uint8 images of shape {real[0].shape[1:]}, as the real ones. "
                f"Received: {images.dtype.name}, {images.shape[1:]}"
            )
    classes = np.unique(real[1])
    if len(classes) < 2:
        raise InvalidArgument(
            f"`real` must have images of at least two classes. Received: {len(classes)}"
        )
    # Nothing is learnt of classes without real images; those of the test are named wrongly.
    numbers = {label: number for number, label in enumerate(classes)}
    real, synthetic, test = (
        (images, np.array([numbers.get(label, -1) for label in labels]))
        for images, labels in (real, synthetic, test)
    )
    synthetic = tuple(each[synthetic[1] >= 0] for each in synthetic)
    report = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: advance(1))
    found = {}
    for way in ways:
        adds, augments = WAYS[way]
        batches = _mixed(real, synthetic if adds else None, seed)
        if augments:
            batches = _augmented(batches, seed)
        network = fit_network(
            batches,
            real[0].shape[1:],
            len(classes),
            steps,
            seed,
            callbacks=[] if advance is None else [report],
        )
        found[way] = float(measure_accuracy(network, *test))
    return found


def _mixed(real, synthetic, seed):
    """Yield batches of real images, or half of each."""
    parts = [real] if synthetic is None else [real, synthetic]
    streams = [
        shuffled_batches(*each, np.arange(len(each[0])), _BATCH // len(parts), seed)
        for each in parts
    ]
    for batches in zip(*streams, strict=True):
        yield tuple(map(np.concatenate, zip(*batches, strict=True)))


def _augmented(batches, seed):
    """Yield batches whose images are shifted and turned."""
    settings = {"fill_mode": "nearest", "dtype": "float32"}
    change = keras.Sequential(
        [
            layers.RandomTranslation(_SHIFT, _SHIFT, seed=seed, **settings),
            layers.RandomRotation(_TURN, seed=seed + 1, **settings),
        ]
    )
    # Compiled, since it is called in each step.
    call = tf.function(lambda images: change(images, training=True), reduce_retracing=True)
    for images, labels in batches:
        changed = call(tf.cast(images, "float32"))
        yield tf.cast(tf.round(changed), "uint8"), labels
