"""`InstanceNoise`: Gaussian noise on the discriminator's inputs."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.training.augment.augmentation import (
    Augmentation,
    check_floats,
)
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.tensors import at_least_float32
from tfgan_kit.utils.validation import check_number

__all__ = ["InstanceNoise"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class InstanceNoise(Augmentation):
    """Gaussian noise on the discriminator's inputs, which may fade out during training.

    `x + stddev(step) * N(0, 1)`, for real and fake data alike. With noise the two
    distributions overlap, so that a gradient exists even while the fakes are far off.

    Args:
        stddev: Non-negative float, or a Keras learning-rate schedule of the GAN's step; data
            are in [-1, 1]. Defaults to 0.1.

    Raises:
        InvalidArgument: If `stddev` is neither; when called, if the data are not floats.

    Example:

    ```python
    import keras
    import tensorflow as tf
    from tfgan_kit.training import augment

    fading = keras.optimizers.schedules.PolynomialDecay(0.1, 10_000, end_learning_rate=0.0)
    change = augment.InstanceNoise(fading)
    change(tf.zeros((4, 2)), seed=(0, 0), step=5_000)  # noise of standard deviation 0.05
    ```

    Reference: Sønderby et al., 2017, https://arxiv.org/abs/1610.04490; Arjovsky & Bottou,
    2017, https://arxiv.org/abs/1701.04862, section 3.
    """

    def __init__(self, stddev=0.1):
        if not isinstance(stddev, keras.optimizers.schedules.LearningRateSchedule):
            try:
                check_number("stddev", stddev, minimum=0)
            except InvalidArgument:
                raise InvalidArgument(
                    "`stddev` must be a non-negative number or a Keras learning-rate schedule. "
                    f"Received: stddev={stddev!r}"
                ) from None
        self.stddev = stddev

    def __call__(self, images, seed, step):
        images = check_floats(images)
        noise = tf.random.stateless_normal(tf.shape(images), seed, alg="philox")
        noise = self.stddev_at(step) * noise
        precise = at_least_float32(images)
        return tf.cast(precise + tf.cast(noise, precise.dtype), images.dtype)

    def stddev_at(self, step):
        """The standard deviation at a step, a float32 scalar."""
        stddev = self.stddev(step) if callable(self.stddev) else self.stddev
        return ops.cast(stddev, "float32")
