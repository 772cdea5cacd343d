"""Which generated images may be used as training data: three filters, each with its protocol."""

import numpy as np
import tensorflow as tf
from scipy import optimize

from tfgan_kit.evaluation.reference import Pictures, digests, distinct
from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.media import images as media
from tfgan_kit.metrics import neighbours
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers
from tfgan_kit.utils.validation import check_number

__all__ = ["Agreement", "Novelty", "RejectionSampling"]

_BATCH = 64
_SIDE = 16
_MAX_TRAINING_IMAGES = 60_000
_COMPARED = 1000


class RejectionSampling:
    """Keep images by the discriminator's density ratio, as likely as real images would be.

    An image with the logit `D` is kept with the probability `min(1, exp(D - c))`, where `c` is such
    that the mean over first images is `keep`. For losses whose logits estimate the log of the
    density ratio (`"non_saturating"` and others of cross-entropy) this brings the distribution of
    the images that are kept nearer to that of real ones; for others it prefers images that look
    real. What happens to an image depends on its pixels and its label alone.

    Args:
        gan: A `GAN` whose discriminator judges.
        images: uint8 array `(num, height, width, channels)`, first generated images, which
            determine `c`; at least 8.
        labels: Integer array `(num,)`; only a conditional GAN looks at it. Defaults to None.
        keep: Float in (0, 1), the share of images that is kept. Defaults to 0.5.

    Raises:
        InvalidArgument: If `keep` is out of range, or the discriminator needs labels that are not
            given.

    Example:
    ```python
    from tfgan_kit import evaluation, media, recipes
    gan = recipes.get("tutorial").build(seed=0)
    images = media.to_uint8(gan.generate(64, seed=0))
    evaluation.RejectionSampling(gan, images)(images).mean()  # about 0.5
    ```

    Reference: Azadi et al., 2019, https://arxiv.org/abs/1810.06758; clipping the ratio takes the
    place of their `gamma`.
    """

    name = "discriminator"

    def __init__(self, gan, images, labels=None, keep=0.5):
        self.keep = check_number("keep", keep, above=0, below=1)
        if gan.num_labels is not None and labels is None:
            raise InvalidArgument(
                "`labels` must be given, since the discriminator judges images with their labels"
            )
        self._takes_labels = gan.num_labels is not None
        # A discriminator that compares images in groups sees each beside the same few others.
        groups = [
            each.group_size
            for each in all_layers(gan.discriminator)
            if isinstance(each, MinibatchStdDev)
        ]
        others = slice(0, max(groups, default=1) - 1)
        self._others = media.to_float(images[others]), None if labels is None else labels[others]
        self._call = tf.function(lambda *inputs: gan.logits(*inputs), reduce_retracing=True)
        logits = self.logits(images, labels)
        span = logits.min() - 50, logits.max() + 50
        self._offset = optimize.brentq(lambda c: self._odds(logits, c).mean() - self.keep, *span)

    def logits(self, images, labels=None):
        """The discriminator's logits, a float64 array `(num,)`."""
        found = []
        for start in range(0, len(images), _BATCH):
            chosen = slice(start, start + _BATCH)
            pixels = self._beside(media.to_float(images[chosen]), self._others[0])
            inputs = [pixels]
            if self._takes_labels:
                inputs.append(self._beside(np.asarray(labels[chosen], "int32"), self._others[1]))
            logits = self._call(*map(tf.convert_to_tensor, inputs)).numpy()
            found.append(logits.reshape(len(pixels), -1).mean(axis=1)[: len(images[chosen])])
        return np.concatenate(found).astype("float64")

    def _beside(self, batch, others):
        # Groups are of images that are a quarter, or so, of the batch apart.
        return np.concatenate([batch, *(np.repeat(each[None], len(batch), 0) for each in others)])

    @staticmethod
    def _odds(logits, offset):
        return np.exp(np.minimum(0, logits - offset))

    def __call__(self, images, labels=None):
        """Which images are kept, a Boolean array `(num,)`."""
        drawn = np.array([each[0] for each in digests(images)]) / 2**16
        return drawn < self._odds(self.logits(images, labels), self._offset)

    @property
    def protocol(self):
        """Dict of settings and of what was found."""
        return {"keep": self.keep, "offset": round(float(self._offset), 4)}


class Agreement:
    """Keep images that a classifier of real images names as the class they were generated for.

    Args:
        classifier: A `Classifier`.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import evaluation
    images = np.repeat(np.uint8([0, 255]), 100)[:, None, None, None] * np.ones((16, 16, 1), "uint8")
    classifier = evaluation.train_classifier(images, np.repeat([0, 1], 100), steps=20)
    evaluation.Agreement(classifier)(images, np.zeros(200, int)).sum()  # 100
    ```
    """

    name = "agreement"

    def __init__(self, classifier):
        self.classifier = classifier

    def __call__(self, images, labels):
        """Which images are kept, a Boolean array `(num,)`."""
        return self.classifier.predict(images) == labels

    @property
    def protocol(self):
        """Dict of settings and of what was found."""
        found = self.classifier
        return {"accuracy": round(found.accuracy, 4), "weights_sha256": found.fingerprint}


class Novelty:
    """Refuse copies: images nearer to a training image than training images are to each other.

    Images are compared in grey, without a border of one pixel, reduced to a side of at most 16 and
    shifted by up to one pixel: slight noise, compression and a shift change little of what is
    compared. The distance is the root of the mean squared difference of grey levels from 0 to 255.
    The threshold is the `quantile` of the distances of up to 1,000 training images to their nearest
    other one, so that about this share of new real images would be refused too.

    Args:
        training: A `tfgan_kit.data.Source` of at least 3 different images; at most 60,000 are used.
        quantile: Float in (0, 1). Defaults to 0.01.
        seed: Non-negative integer, seed of the choice of training images. Defaults to 0.
        cache_dir: String or `os.PathLike`, the folder of earlier results, or None. Defaults to
            None.
        advance: Callable of a number of images, for a progress bar, or None. Defaults to None.

    Attributes:
        threshold: Float, the largest distance that is refused.
        median: Float, the median distance of training images.

    Raises:
        InvalidArgument: If there are too few images, or `quantile` is out of range.

    Example:
    ```python
    from tfgan_kit import data, evaluation
    digits = data.open_source("digits")
    novelty = evaluation.Novelty(digits)
    novelty(digits.read(range(5))).any()  # False
    ```
    """

    name = "novelty"

    def __init__(self, training, quantile=0.01, seed=0, cache_dir=None, advance=None):
        self.quantile = check_number("quantile", quantile, above=0, below=1)
        random = np.random.default_rng(seed)
        chosen = np.sort(random.permutation(len(training))[:_MAX_TRAINING_IMAGES])
        # Exact copies among them would make the threshold 0.
        chosen = distinct(training, chosen, cache_dir, advance)
        if len(chosen) < 3:
            raise InvalidArgument(
                "`training` must have at least 3 different images, so that their distances can be "
                f"compared. Received: {len(chosen)} in {training.name}"
            )
        pictures = Pictures(training, chosen)
        blocks = [slice(at, at + _COMPARED) for at in range(0, len(chosen), _COMPARED)]
        self._known = np.concatenate([_descriptors(_crops(pictures[each])[0]) for each in blocks])
        own = np.sort(random.permutation(len(chosen))[:_COMPARED])
        distances = self.distances(training.read(chosen[own]), own)
        self.threshold = float(np.quantile(distances, self.quantile, method="inverted_cdf"))
        self.median = float(np.median(distances))

    def distances(self, images, own=None):
        """Distance of each image to the nearest training image, a float64 array `(num,)`.

        `own` are the numbers of training images that are not compared with the image itself.
        """
        shifted = np.concatenate([_descriptors(each) for each in _crops(images)])
        own = None if own is None else np.tile(own, len(shifted) // len(images))
        found = neighbours.smallest(shifted, self._known, 1, own).values
        return np.sqrt(found.reshape(-1, len(images)).min(axis=0))

    def __call__(self, images, labels=None):
        """Which images are kept, a Boolean array `(num,)`."""
        return self.distances(images) > self.threshold

    @property
    def protocol(self):
        """Dict of settings and of what was found."""
        return {
            "training_images": len(self._known),
            "quantile": self.quantile,
            "threshold": round(self.threshold, 4),
            "median_distance": round(self.median, 4),
        }


def _descriptors(images):
    """Grey images reduced by whole factors to at most 16 pixels, as vectors."""
    grey = images.mean(axis=-1, dtype="float32")
    factors = [-(-side // _SIDE) for side in grey.shape[1:]]
    rest = [(0, -side % factor) for side, factor in zip(grey.shape[1:], factors, strict=True)]
    grey = np.pad(grey, ((0, 0), *rest), mode="edge")
    rows, columns = (s // f for s, f in zip(grey.shape[1:], factors, strict=True))
    parts = grey.reshape(len(grey), rows, factors[0], columns, factors[1])
    # So that a distance is that of a mean pixel.
    return parts.mean(axis=(2, 4)).reshape(len(grey), -1) / np.sqrt(rows * columns)


def _crops(images):
    """The images without a border of one pixel, first; then shifted by one in each direction.

    What is behind the border is not known, so that shifted images are compared without it.
    """
    height, width = (side - 2 for side in images.shape[1:3])
    starts = sorted(np.ndindex(3, 3), key=lambda start: start != (1, 1))
    return [images[:, y : y + height, x : x + width] for y, x in starts]
