"""The convolution of StyleGAN2, whose weights each example scales."""

import keras
from keras import ops

from tfgan_kit.layers.equalized import Equalized
from tfgan_kit.layers.resampling import FILTER, filtered
from tfgan_kit.utils.validation import check_bool, check_integer

_EPSILON = 1e-8


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ModulatedConv2D(Equalized):
    """A convolution whose weights are modulated by each example's style, then demodulated.

    With the scales `s` of the input channels the weights are `w' = s_i w_ijk`, and demodulated
    `w' / sqrt(sum_ik w'**2 + 1e-8)`, so that outputs have unit variance where inputs have it. Here
    the inputs are scaled instead, convolved by weights common to the batch, and the outputs scaled:
    the same values, and on 2 cores 1.2 to 3.3 times faster than a convolution in groups, one
    for each example.

    Args:
        filters: Positive integer, number of output channels.
        kernel_size: Positive integer, side of the kernel; 3 with `upsample`. Defaults to 3.
        upsample: Boolean, whether height and width are doubled: zeros between the pixels, then
            this convolution, then the filter of `Upsample2D`. Defaults to False.
        demodulate: Boolean. Defaults to True.
        gain: As for `EqualizedDense`; without effect if demodulated.
        lr_multiplier: As for `EqualizedDense`.
        bias: As for `EqualizedDense`.
        **kwargs: As for `keras.layers.Layer`.

    Input: A list of a float tensor `(batch, height, width, channels)` and the scales
    `(batch, channels)`.

    Output: Tensor `(batch, height, width, filters)`, or of twice the height and width.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import ModulatedConv2D

    features, scales = np.ones((2, 4, 4, 3), "float32"), np.ones((2, 3), "float32")
    ModulatedConv2D(8, upsample=True)([features, scales]).shape  # (2, 8, 8, 8)
    ```

    Reference: Karras et al., 2020, https://arxiv.org/abs/1912.04958, section 2.2.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        upsample=False,
        demodulate=True,
        gain=1.0,
        lr_multiplier=1.0,
        bias=0.0,
        **kwargs,
    ):
        super().__init__(gain, lr_multiplier, bias, **kwargs)
        self.filters = check_integer("filters", filters, 1)
        self.upsample = check_bool("upsample", upsample)
        self.kernel_size = check_integer(
            "kernel_size", kernel_size, *((3, 3) if upsample else (1,))
        )
        self.demodulate = check_bool("demodulate", demodulate)

    def build(self, input_shape):
        features, _ = input_shape
        self._add_weights((self.kernel_size, self.kernel_size, features[-1], self.filters))

    def call(self, inputs):
        features, scales = inputs
        outputs = self._convolved(features * _by_channel(scales, features.dtype))
        if self.demodulate:
            # In float32, since half precision would lose small squares.
            power = ops.sum(ops.square(self.kernel * self._scale), axis=(0, 1))
            power = ops.matmul(ops.square(ops.cast(scales, power.dtype)), power)
            outputs *= _by_channel(ops.rsqrt(power + _EPSILON), outputs.dtype)
        return self._add_bias(outputs)

    def _convolved(self, features):
        kernel = self._scaled_kernel()
        if not self.upsample:
            return ops.conv(features, kernel, 1, "same", "channels_last")
        # Flipped, since a transposed convolution flips its kernel.
        kernel = ops.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
        spread = ops.conv_transpose(features, kernel, 2, "valid", data_format="channels_last")
        return filtered(spread, 2 * FILTER, padding=1)

    def compute_output_shape(self, input_shape):
        (batch, *sides, _), _ = input_shape
        times = 2 if self.upsample else 1
        return (batch, *(side and times * side for side in sides), self.filters)

    def get_config(self):
        own = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "upsample": self.upsample,
            "demodulate": self.demodulate,
        }
        return {**super().get_config(), **own}


def _by_channel(factors, dtype):
    return ops.cast(factors[:, None, None, :], dtype)
