"""The latent space: draw noise, and turn any amount of it into images."""

import random

import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check_seed", "decode", "normal", "sample"]


def normal(shape, seed):
    """Standard normal noise as a pure function of a seed, the same on CPU and GPU.

    Compiled with XLA it is another function of the seed, as pure as this.

    Args:
        shape: Tuple of integers or tensors.
        seed: Two integers, or an integer tensor of shape `(2,)`.

    Returns:
        A float32 tensor of shape `shape`.

    Example:

    ```python
    from tfgan_kit import latent

    latent.normal((2, 3), seed=(0, 0)).shape  # (2, 3)
    ```

    Reference: Salmon et al., 2011, https://doi.org/10.1145/2063384.2063405 (Philox).
    """
    return tf.random.stateless_normal(shape, seed, alg="philox")


def sample(num, latent_dim, seed=None):
    """Draw noise vectors for a generator.

    Args:
        num: Integer, 0 or more, how many vectors.
        latent_dim: Integer, 1 or more, the length of a vector.
        seed: Integer in [0, 2**31) or None. Row `i` depends on `seed`, `i` and
            `latent_dim` alone, so the first vectors are the same whatever `num`
            is. Defaults to None: other vectors at every call.

    Returns:
        A float32 NumPy array `(num, latent_dim)`, standard normal.

    Raises:
        InvalidArgument: If `num`, `latent_dim` or `seed` is out of range.

    Example:

    ```python
    from tfgan_kit import latent

    latent.sample(16, latent_dim=100, seed=0).shape  # (16, 100)
    ```
    """
    for name, value, low in (("num", num, 0), ("latent_dim", latent_dim, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
            raise InvalidArgument(
                f"`{name}` must be an integer of {low} or more. Received: {name}={value!r}"
            )
    seed = random.randrange(2**31) if seed is None else check_seed(seed)
    return normal((int(num), int(latent_dim)), (seed, 0)).numpy()


def decode(generator, noise, batch_size=64):
    """Turn any number of noise vectors into images, a bounded batch at a time.

    Args:
        generator: A Keras model from noise to images.
        noise: Float array `(num, latent_dim)`.
        batch_size: Integer, 1 or more, vectors at a time. Bounds the memory and
            does not change the images beyond rounding. Defaults to 64.

    Returns:
        A float32 NumPy array `(num, height, width, channels)`, in the
        generator's range: [-1, 1] for the kit's.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8)
    latent.decode(generator, latent.sample(4, latent_dim=8, seed=0)).shape  # (4, 16, 16, 1)
    ```
    """
    # At least one pass, so that no noise still gives images of the right shape.
    batches = [
        generator(noise[start : start + batch_size], training=False)
        for start in range(0, max(1, len(noise)), batch_size)
    ]
    return np.concatenate([ops.convert_to_numpy(ops.cast(batch, "float32")) for batch in batches])


def check_seed(seed):
    """Refuse what cannot be a seed.

    Args:
        seed: What the user gave.

    Returns:
        The seed, an integer in [0, 2**31), or None where None was given.

    Raises:
        InvalidArgument: If it is neither.

    Example:

    ```python
    from tfgan_kit import latent

    latent.check_seed(3)  # 3
    ```
    """
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**31:
        raise InvalidArgument(
            f"`seed` must be None or an integer in [0, 2**31). Received: seed={seed!r}"
        )
    return int(seed)
