"""Stacked MNIST: three digits as red, green and blue, with a thousand modes to count."""

import hashlib

import numpy as np

from tfgan_kit.data.source import DataError, Source
from tfgan_kit.data.sources import open_source
from tfgan_kit.utils.validation import check_integer

__all__ = ["stacked"]


def stacked(source="mnist", num_images=25_600, seed=0, **open_options):
    """Open images of three random digits, one in each colour channel.

    Their 1,000 classes are the modes that papers count to measure mode collapse. The digits are
    drawn evenly from `source`, and composed when they are read.

    Args:
        source: As in `open_source`: grey images with labels 0 to 9. `"digits"` needs no network.
            Defaults to `"mnist"`.
        num_images: Positive integer, number of images. A smaller number gives the first of the same
            images. Defaults to 25,600, which is likely to cover all classes; PacGAN trains on
            128,000.
        seed: Non-negative integer, random seed. Defaults to 0.
        **open_options: Other arguments of `open_source`, such as `image_size=32` or `split="test"`.

    Returns:
        A `Source` of RGB images. The label of the digits `a`, `b`, `c` in red, green and blue is
        `100 a + 10 b + c`, and its class name is `"abc"`.

    Raises:
        DataError: If `source` cannot be opened, is not grey, or has no labels or labels other than
            0 to 9.
        InvalidArgument: If another argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    source = data.stacked("digits", num_images=1000)
    source.image_shape, source.num_classes  # (28, 28, 3), 1000
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, section 3.3.1;
    Lin et al., 2018 (PacGAN), https://arxiv.org/abs/1712.04086, section 4.2.
    """
    num_images = check_integer("num_images", num_images, 1)
    seed = check_integer("seed", seed, 0)
    digits = open_source(source, **open_options)
    _check_digits(digits)
    height, width, _ = digits.image_shape
    generator = np.random.Generator(np.random.Philox(key=seed))
    triples = generator.integers(len(digits), size=(num_images, 3))

    def read(indices):
        grey = digits.read(triples[indices].reshape(-1))
        return np.ascontiguousarray(np.moveaxis(grey.reshape(-1, 3, height, width), 1, -1))

    def fingerprint():
        text = f"stacked {digits.fingerprint} {num_images} {seed}"
        return hashlib.sha256(text.encode()).hexdigest()

    return Source(
        f"stacked {digits.name}",
        (num_images, height, width, 3),
        read,
        fingerprint,
        labels=lambda: digits.labels[triples] @ np.array([100, 10, 1]),
        class_names=[f"{number:03d}" for number in range(1000)],
        skipped=digits.skipped,
    )


def _check_digits(digits):
    if digits.image_shape[2] != 1:
        raise DataError(
            f"`source` must be grey, since each image fills one channel. Received: {digits.name} "
            f"with {digits.image_shape[2]} channels; `channels=1` converts it to grey"
        )
    labels = digits.labels
    if labels is None or labels.min() < 0 or labels.max() > 9:
        found = "no labels" if labels is None else f"labels {labels.min()} to {labels.max()}"
        raise DataError(f"`source` must have labels 0 to 9. Received: {digits.name} with {found}")
