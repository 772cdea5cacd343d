"""Pixel normalization: features of length 1 at each pixel."""

import keras
from keras import ops

_EPSILON = 1e-8


@keras.saving.register_keras_serializable(package="tfgan_kit")
class PixelNormalization(keras.layers.Layer):
    """Divide by the root mean square over the channels: `x / sqrt(mean(x**2) + 1e-8)`.

    It has no weights. In a generator it keeps the competition with the discriminator from
    driving the magnitudes up; before a mapping network it puts the noise on a sphere.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(..., channels)`.

    Output: Tensor of the same shape and dtype; the mean is computed in float32 or better.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import PixelNormalization

    PixelNormalization()(np.array([[3.0, 4.0]], "float32"))  # [[0.8485, 1.1314]]
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 4.2.
    """

    def call(self, inputs):
        wide = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        mean = ops.mean(ops.square(wide), axis=-1, keepdims=True)
        return ops.cast(wide * ops.rsqrt(mean + _EPSILON), inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
