"""Stacked MNIST: three digits as red, green and blue, a thousand modes that can be counted."""

import hashlib
import numbers

import numpy as np

from tfgan_kit.data.source import DataError, Source
from tfgan_kit.data.sources import open_source
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["stacked"]


def stacked(source="mnist", num_images=25_600, seed=0, **open_options):
    """Open images of three random digits each, one in every colour channel.

    Their 1,000 classes are the modes by which papers count what a GAN has
    missed. Each channel is any image of `source`, all equally likely, so that
    classes are as even as its digits are. Images are composed as they are read.

    Args:
        source: As for `open_source`: grey images with labels 0 to 9. `"digits"`
            works without a network. Defaults to `"mnist"`.
        num_images: Integer, 1 or more, how many images the source has. The
            first ones are the same whatever it is. Defaults to 25,600, of which
            no class is likely to be missing; PacGAN trains on 128,000.
        seed: Integer in [0, 2**63), of the choice of digits. Defaults to 0.
        **open_options: Further arguments of `open_source`, such as
            `image_size=32` or `split="test"`.

    Returns:
        A `Source` of RGB images. The label of digits `a`, `b`, `c` in red,
        green and blue is `100 a + 10 b + c`, and its class name is `"abc"`.

    Raises:
        DataError: If `source` cannot be opened, is not grey, or has no labels
            or others than 0 to 9.
        InvalidArgument: If another argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    source = data.stacked("digits", num_images=1000)
    source.image_shape, len(source.class_names)  # (28, 28, 3), 1000
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, section 3.3.1;
    Lin et al., 2018 (PacGAN), https://arxiv.org/abs/1712.04086, section 4.2.
    """
    for name, value, low in (("num_images", num_images, 1), ("seed", seed, 0)):
        _check_integer(name, value, low)
    digits = open_source(source, **open_options)
    _check_digits(digits)
    height, width, _ = digits.image_shape
    generator = np.random.Generator(np.random.Philox(key=int(seed)))
    triples = generator.integers(len(digits), size=(int(num_images), 3))

    def read(indices):
        grey = digits.read(triples[indices].reshape(-1))
        return np.ascontiguousarray(np.moveaxis(grey.reshape(-1, 3, height, width), 1, -1))

    return Source(
        f"stacked {digits.name}",
        (num_images, height, width, 3),
        read,
        fingerprint=lambda: _hash(digits, num_images, seed),
        labels=lambda: digits.labels[triples] @ np.array([100, 10, 1]),
        class_names=[f"{number:03d}" for number in range(1000)],
        skipped=digits.skipped,
    )


def _check_integer(name, value, low):
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_integer or not low <= value < 2**63:
        raise InvalidArgument(
            f"`{name}` must be an integer in [{low}, 2**63). Received: {name}={value!r}"
        )


def _check_digits(digits):
    if digits.image_shape[2] != 1:
        raise DataError(
            f"`source` must be grey, so that three images fill three channels. Received: "
            f"{digits.name} with {digits.image_shape[2]} channels; `channels=1` opens it in grey"
        )
    if digits.labels is None:
        raise DataError(f"`source` must have labels 0 to 9. Received: {digits.name} without labels")
    low, high = digits.labels.min(), digits.labels.max()
    if low < 0 or high > 9:
        raise DataError(
            f"`source` must have labels 0 to 9. Received: {digits.name} with labels {low} to {high}"
        )


def _hash(digits, num_images, seed):
    text = f"stacked {digits.fingerprint} {int(num_images)} {int(seed)}"
    return hashlib.sha256(text.encode()).hexdigest()
