"""Uniform noise made of normal noise."""

import math

import keras
from keras import ops

_COEFFICIENTS = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class UniformNoise(keras.layers.Layer):
    """Map standard normal noise to noise that is uniform in [-1, 1]: `erf(x / sqrt(2))`.

    The first layer of a generator that wants uniform noise, so that all around it still draws
    normal noise. It has no weights.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor of any shape, standard normal.

    Output: Tensor of the same shape and dtype, in [-1, 1]; computed in float32 or better.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import UniformNoise

    UniformNoise()(np.array([[-1.0, 0.0, 2.0]], "float32"))  # [[-0.6827, 0.0, 0.9545]]
    ```

    Reference: Abramowitz and Stegun, 1964, Handbook of Mathematical Functions, formula 7.1.26.
    """

    def call(self, inputs):
        # Within 1.5e-7. TFLite has no operation for erf.
        wide = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        x = ops.abs(wide) / math.sqrt(2)
        t = 1 / (1 + 0.3275911 * x)
        series = 0.0
        for coefficient in _COEFFICIENTS:
            series = (series + coefficient) * t
        return ops.cast(ops.sign(wide) * (1 - series * ops.exp(-ops.square(x))), inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
