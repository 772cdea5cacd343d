"""Perceptual path length: how evenly images change along paths through the latent space."""

import collections
import math

import numpy as np

from tfgan_kit.metrics.features import FeatureExtractor
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["PathLength", "perceptual_path_length"]

PathLength = collections.namedtuple("PathLength", "mean error num")

_BATCH_SIZE = 256


def perceptual_path_length(images_at, num, extractor, epsilon=1e-4, seed=0):
    """The mean of `|f(image at t + epsilon) - f(image at t)|^2 / epsilon^2` over random times.

    `f` are the features of an extractor. Small where images change evenly from one end of a path
    to the other; large where they jump, or pass through something else on the way. Values of
    different extractors cannot be compared, nor with published ones, whose `f` is LPIPS.

    Args:
        images_at: Callable from times `(num,)` in [0, 1] to float images `(num, height, width,
            channels)` in [-1, 1], or to points `(num, 2)`: row `i` is on path `i`, at time `i`. In
            half precision a small step drowns in rounding: compute in float32.
        num: Integer of at least 2, number of paths.
        extractor: A `FeatureExtractor` of float images in [0, 255]: `Pixels`, `RandomFeatures`,
            `Inception`, or `ModelFeatures` of a network of yours.
        epsilon: Positive float below 1, the step. Defaults to 1e-4.
        seed: Non-negative integer, seed of the times. Defaults to 0.

    Returns:
        A named tuple of `mean`, without the smallest and the largest hundredth as in the paper's
        code, its standard `error`, and `num`, the number of paths that are in it.

    Raises:
        InvalidArgument: If a number is out of range, or the extractor rounds images to whole
            pixels.

    Example:
    ```python
    from tfgan_kit import latent, metrics, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    first, second = latent.sample(200, latent_dim=8, seed=0).reshape(2, 100, 8)

    def images_at(times):
        return latent.decode(generator, latent.between(first, second, times))

    metrics.perceptual_path_length(images_at, 100, metrics.RandomFeatures()).mean  # positive
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948, section 4.1;
    https://github.com/NVlabs/stylegan, `metrics/perceptual_path_length.py`.
    """
    check_integer("num", num, 2)
    check_number("epsilon", epsilon, above=0, below=1)
    if not isinstance(extractor, FeatureExtractor):
        raise InvalidArgument(
            f"`extractor` must be a FeatureExtractor. Received: extractor={extractor!r}"
        )
    times = np.random.default_rng(check_integer("seed", seed, 0)).uniform(0, 1 - epsilon, num)
    first, second = (_features(images_at(each), extractor) for each in (times, times + epsilon))
    lengths = np.sort(((second - first) ** 2).sum(axis=1) / epsilon**2)
    cut = math.floor(0.01 * num)
    kept = lengths[cut : num - cut]
    return PathLength(float(kept.mean()), float(kept.std() / math.sqrt(len(kept))), len(kept))


def _features(images, extractor):
    """float64 features of images that are not rounded."""
    images = np.asarray(images, "float32")
    if images.ndim == 4:
        images = np.clip(images * 127.5 + 127.5, 0, 255)
        grey = np.full_like(images[:1], 127.25)
        if np.array_equal(extractor.call(grey)[0], extractor.call(grey + 0.5)[0]):
            raise InvalidArgument(
                "`extractor` must take float images; this one rounds them to whole pixels. "
                f"Received: extractor {extractor.name!r}"
            )
    batches = range(0, len(images), _BATCH_SIZE)
    return np.concatenate(
        [extractor.call(images[at : at + _BATCH_SIZE])[0] for at in batches], dtype="float64"
    )
