"""Antialiased resampling by 2 with the filter [1, 3, 3, 1]."""

import keras
import numpy as np
from keras import ops

from tfgan_kit.utils.validation import check_integer

FILTER = np.array([1, 3, 3, 1]) / 8


def filtered(x, taps=FILTER, padding=0, strides=1):
    """Each channel filtered both ways, with zeros beyond the border."""
    if padding:
        x = ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    kernel = np.repeat(np.outer(taps, taps)[:, :, None, None], x.shape[-1], axis=2)
    kernel = ops.convert_to_tensor(kernel, x.dtype)
    return ops.depthwise_conv(x, kernel, strides, "valid", "channels_last")


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Upsample2D(keras.layers.Layer):
    """Double height and width: zeros between the pixels, then the filter [1, 3, 3, 1] / 4.

    The filter is fixed, keeps the mean, and removes most of the frequencies that pixels repeated
    without it would add.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, height, width, channels)`.

    Output: Tensor `(batch, 2 * height, 2 * width, channels)`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import Upsample2D

    Upsample2D()(np.ones((2, 4, 4, 3), "float32")).shape  # (2, 8, 8, 3)
    ```

    Reference: Karras et al., 2020, https://arxiv.org/abs/1912.04958, appendix B; Zhang, 2019,
    https://arxiv.org/abs/1904.11486.
    """

    def call(self, inputs):
        # Repeated pixels are zeros between them and [1, 1]; [1, 2, 1] is the rest of the filter.
        repeated = ops.repeat(ops.repeat(inputs, 2, axis=1), 2, axis=2)
        return filtered(repeated, np.array([1, 2, 1]) / 4, padding=1)

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        return (batch, *(side and 2 * side for side in sides), channels)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Downsample2D(keras.layers.Layer):
    """Halve height and width: the filter [1, 3, 3, 1] / 8, then every second pixel.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, height, width, channels)`.

    Output: Tensor `(batch, height // 2, width // 2, channels)`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import Downsample2D

    Downsample2D()(np.ones((2, 8, 8, 3), "float32")).shape  # (2, 4, 4, 3)
    ```

    Reference: As for `Upsample2D`.
    """

    def call(self, inputs):
        return filtered(inputs, padding=1, strides=2)

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        return (batch, *(side and side // 2 for side in sides), channels)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Blur2D(keras.layers.Layer):
    """The filter alone, as before a convolution of stride 2, with any number of zeros around."""

    def __init__(self, padding, **kwargs):
        super().__init__(**kwargs)
        self.padding = check_integer("padding", padding, 0)

    def call(self, inputs):
        return filtered(inputs, padding=self.padding)

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        return (batch, *(side and side + 2 * self.padding - 3 for side in sides), channels)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}
