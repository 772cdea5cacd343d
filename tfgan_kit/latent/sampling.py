"""Draw noise and labels, and turn any number of them into images."""

import random
import weakref

import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.inputs import with_labels
from tfgan_kit.utils.validation import check_integer, check_seed, check_shares

__all__ = ["class_numbers", "decode", "normal", "sample", "sample_labels"]


def normal(shape, seed):
    """Standard normal noise as a pure function of a seed, the same on CPU and GPU.

    Compiled with XLA it is a different, equally pure function of the seed.

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
        num: Non-negative integer, number of vectors.
        latent_dim: Positive integer, length of a vector.
        seed: Integer in [0, 2**31) or None. Row `i` depends on `seed`, `i` and
            `latent_dim` alone, so the first rows do not depend on `num`. Defaults to
            None: different vectors at every call.

    Returns:
        A float32 NumPy array `(num, latent_dim)`, standard normal.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import latent

    latent.sample(16, latent_dim=100, seed=0).shape  # (16, 100)
    ```
    """
    shape = check_integer("num", num, 0), check_integer("latent_dim", latent_dim, 1)
    return normal(shape, (_seed(seed), 0)).numpy()


def sample_labels(num, num_classes, seed=None, shares=None):
    """Draw labels for a conditional generator.

    Args:
        num: Non-negative integer, number of labels.
        num_classes: Positive integer.
        seed: Integer in [0, 2**31) or None, as for `sample`. Defaults to None.
        shares: Float array `(num_classes,)`, how often each class is drawn, relative to the
            others. Defaults to None: each class with the same probability.

    Returns:
        An int32 NumPy array `(num,)` of values in [0, num_classes).

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import latent

    latent.sample_labels(16, num_classes=10, seed=0).shape  # (16,)
    ```
    """
    check_integer("num", num, 0)
    check_integer("num_classes", num_classes, 1)
    shares = check_shares("shares", shares, num_classes)
    return class_numbers(num, num_classes, (_seed(seed), 1), shares).numpy()


def class_numbers(num, num_classes, seed, shares=None):
    """The labels of `sample_labels` as a tensor, a pure function of a seed as for `normal`."""
    if shares is None:
        return tf.random.stateless_uniform((num,), seed, 0, num_classes, "int32", alg="philox")
    limits = np.cumsum(shares)
    drawn = tf.random.stateless_uniform((num,), seed, alg="philox")
    return tf.searchsorted(limits[:-1] / limits[-1], tf.cast(drawn, "float64"), side="right")


def decode(generator, noise, labels=None, batch_size=64):
    """Turn any number of noise vectors into images, one bounded batch at a time.

    From five batches on the generator is compiled, once, which makes them up to twice as fast.

    Args:
        generator: A Keras model from noise, or from noise and labels, to images.
        noise: Float array `(num, latent_dim)`.
        labels: Integer array `(num,)` for a conditional generator. Defaults to None.
        batch_size: Positive integer, vectors in a batch. Bounds the memory; the images
            do not depend on it beyond rounding. Defaults to 64.

    Returns:
        A float32 NumPy array `(num, height, width, channels)`, in the generator's
        range: [-1, 1] for the kit's.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8)
    latent.decode(generator, latent.sample(4, latent_dim=8, seed=0)).shape  # (4, 16, 16, 1)
    ```
    """
    batches, call = [], generator
    if len(noise) > _EAGER_BATCHES * batch_size:
        call = _COMPILED.get(generator) or _COMPILED.setdefault(generator, _compiled(generator))
    # At least one batch, so that no noise still gives images of the right shape.
    for start in range(0, max(1, len(noise)), batch_size):
        chosen = slice(start, start + batch_size)
        inputs = with_labels(generator, noise[chosen], None if labels is None else labels[chosen])
        batches.append(call(inputs, training=False))
    return np.concatenate([ops.convert_to_numpy(ops.cast(batch, "float32")) for batch in batches])


# Compiling takes as long as about so many batches.
_EAGER_BATCHES = 4
_COMPILED = weakref.WeakKeyDictionary()


def _compiled(generator):
    # By reference, so that the generator can be released.
    reference = weakref.ref(generator)

    @tf.function(autograph=False, reduce_retracing=True)
    def call(inputs, training):
        return reference()(inputs, training=training)

    return call


def _seed(seed):
    return random.randrange(2**31) if seed is None else check_seed(seed)
