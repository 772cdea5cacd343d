"""`Augmentation`: a random, differentiable change of images."""

import abc

import tensorflow as tf

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.serialization import Configurable

__all__ = ["Augmentation", "check_floats", "sub_seed"]


class Augmentation(Configurable, abc.ABC):
    """A random change of images that gradients pass through, as an object that Keras can save.

    A subclass defines `__call__(images, seed, step)` as a pure function that returns images
    of the same shape and dtype and is differentiable in them, keeps its constructor's
    arguments under their own names, and is registered with
    `keras.saving.register_keras_serializable`, so that a saved `GAN` finds it.

    Example:

    ```python
    import keras
    import tensorflow as tf
    from tfgan_kit.training import augment

    @keras.saving.register_keras_serializable(package="my_project")
    class Flip(augment.Augmentation):
        def __call__(self, images, seed, step):
            flipped = tf.random.stateless_uniform((tf.shape(images)[0], 1, 1, 1), seed) < 0.5
            return tf.where(flipped, images[:, :, ::-1], images)
    ```
    """

    @abc.abstractmethod
    def __call__(self, images, seed, step):
        """The changed images."""


def check_floats(images):
    """A float tensor."""
    images = tf.convert_to_tensor(images)
    if not images.dtype.is_floating:
        raise InvalidArgument(
            f"Augmentation takes floats in [-1, 1]. Received: dtype {images.dtype.name}. Convert "
            "values from 0 to 255 with tfgan_kit.media.to_float"
        )
    return images


def sub_seed(seed, index):
    """The seed of one of several draws."""
    return tf.random.experimental.stateless_fold_in(seed, index, alg="philox")
