"""A few real images to compare samples with, from whatever holds them."""

import numpy as np
import tensorflow as tf

from tfgan_kit.media import images
from tfgan_kit.training.batch import check_range
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["generate_samples", "take_real"]


def take_real(real, num, seed=0):
    """Some real images, as metrics want them."""
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
    """Samples of a GAN, as metrics want them."""
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
        check_range(real)
    return real


def _to_pixels(samples):
    if samples.ndim == 2:
        return samples.astype("float32")
    return samples if samples.dtype == np.uint8 else images.to_uint8(samples)
