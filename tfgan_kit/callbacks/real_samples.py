"""A few real images to compare samples with, from whatever holds them."""

import numpy as np
import tensorflow as tf

from tfgan_kit.media import images
from tfgan_kit.training import batch as checks
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["generate_samples", "take_real"]


def take_real(real, num, seed=0):
    """Some real images, as metrics want them.

    Args:
        real: A `tfgan_kit.data.Source`, an array of images (uint8, or floats in
            [-1, 1]) or of points `(num, 2)`, or a `tf.data.Dataset` of batches of
            these, with or without labels.
        num: Integer, 1 or more, how many; fewer where there are not so many.
        seed: Integer in [0, 2**31), which ones; a dataset gives its first.
            Defaults to 0.

    Returns:
        A uint8 array `(num, height, width, channels)`, or a float32 array of
        points.

    Raises:
        InvalidArgument: If `real` is none of these.

    Example:

    ```python
    from tfgan_kit import data
    from tfgan_kit.callbacks import real_samples

    real_samples.take_real(data.open_source("digits"), 100).shape  # (100, 28, 28, 1)
    ```
    """
    if isinstance(real, tf.data.Dataset):
        return _to_pixels(_check(_first_of(real, num)))
    if isinstance(real, (list, tuple)) and len(real):
        real = np.asarray(real)
    is_source = hasattr(real, "read") and hasattr(real, "__len__")
    if not (is_source or isinstance(real, np.ndarray)) or not len(real):
        raise InvalidArgument(
            "`real` must be an opened source, an array or a tf.data.Dataset of real images. "
            f"Received: {type(real).__name__}"
        )
    chosen = np.random.default_rng(seed).permutation(len(real))[:num]
    return real.read(chosen) if is_source else _to_pixels(_check(real[np.sort(chosen)]))


def generate_samples(model, num, seed=0):
    """Samples of a GAN, as metrics want them.

    Args:
        model: A `GAN`.
        num: Integer, 1 or more.
        seed: Integer in [0, 2**31), of the noise. Defaults to 0.

    Returns:
        A uint8 array `(num, height, width, channels)`, or a float32 array of
        points.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit.callbacks import real_samples

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    real_samples.generate_samples(gan, 4).shape  # (4, 16, 16, 1)
    ```
    """
    return _to_pixels(model.generate(num, seed=seed))


def _first_of(dataset, num):
    batches, count = [], 0
    for batch in dataset:
        batch = batch[0] if isinstance(batch, (tuple, list)) else batch
        batches.append(batch.numpy())
        count += len(batches[-1])
        if count >= num:
            break
    if not batches:
        raise InvalidArgument("`real` must hold at least one batch. Received: an empty dataset")
    return np.concatenate(batches)[:num]


def _check(real):
    """Refuse what is neither pixels, nor floats in [-1, 1], nor points."""
    is_float = real.dtype.kind == "f"
    if not (real.ndim == 4 and (real.dtype == np.uint8 or is_float)) and not (
        real.ndim == 2 and is_float
    ):
        raise InvalidArgument(
            "`real` must hold images (num, height, width, channels), uint8 or floats in [-1, 1], "
            f"or float points (num, width). Received: {real.dtype} of shape {real.shape}"
        )
    if real.ndim == 4:
        checks.check_range(real)
    return real


def _to_pixels(samples):
    if samples.ndim == 2:
        return samples.astype("float32")
    return samples if samples.dtype == np.uint8 else images.to_uint8(samples)
