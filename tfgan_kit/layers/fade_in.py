"""A factor that rises from 0 to 1 in training: what it scales is faded in."""

import keras
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer


@keras.saving.register_keras_serializable(package="tfgan_kit")
class FadeIn(keras.layers.Layer):
    """Multiply by a factor that rises linearly from 0 to 1 with the real images seen.

    Behind an embedding of labels it makes the transition from an unconditional to a conditional
    GAN. The factor is a weight of the layer, which `GAN` sets before every step, so that it is
    saved, resumed and exported with the network.

    Args:
        start: Non-negative integer, number of real images up to which the factor is 0.
        end: Integer larger than `start`, number of images from which on it is 1.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor of any shape.

    Output: Tensor of the same shape and dtype.

    Raises:
        InvalidArgument: If `end` is not larger than `start`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import FadeIn

    FadeIn(start=10_000, end=20_000)(np.ones((2, 4), "float32"))  # zeros
    ```

    Reference: Shahbazi et al., 2022, https://arxiv.org/abs/2201.06578, equation 3.
    """

    def __init__(self, start, end, **kwargs):
        super().__init__(**kwargs)
        self.start = check_integer("start", start, 0)
        self.end = check_integer("end", end, 1)
        if self.end <= self.start:
            raise InvalidArgument(
                "`end` must be larger than `start`, both in images seen. "
                f"Received: start={start}, end={end}"
            )
        self.factor = self.add_weight(
            shape=(),
            dtype="float32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
            name="factor",
        )

    def build(self, input_shape=None):
        self.built = True

    def update(self, images_seen):
        """Set the factor to its value after so many images."""
        images_seen = ops.cast(images_seen, "float32")
        progress = (images_seen - self.start) / (self.end - self.start)
        self.factor.assign(ops.clip(progress, 0.0, 1.0))

    def call(self, inputs):
        return inputs * ops.cast(self.factor, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "start": self.start, "end": self.end}
