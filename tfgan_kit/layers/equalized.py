"""Dense and convolutional layers of equalized learning rate."""

import math

import keras
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_choice, check_integer, check_number


class Equalized(keras.layers.Layer):
    """Weights of unit variance, scaled at run time; the arguments that both layers share."""

    def __init__(self, gain=1.0, lr_multiplier=1.0, bias=0.0, **kwargs):
        super().__init__(**kwargs)
        self.gain = check_number("gain", gain, above=0)
        self.lr_multiplier = check_number("lr_multiplier", lr_multiplier, above=0)
        self.bias = None if bias is None else check_number("bias", bias)

    def _add_weights(self, kernel_shape):
        self._scale = self.gain * self.lr_multiplier / math.sqrt(math.prod(kernel_shape[:-1]))
        # Not cast by Keras, so that half precision rounds the product and not its factors.
        self.kernel = self.add_weight(
            shape=kernel_shape,
            initializer=keras.initializers.RandomNormal(stddev=1 / self.lr_multiplier),
            autocast=False,
            name="kernel",
        )
        self.offset = None
        if self.bias is not None:
            self.offset = self.add_weight(
                shape=kernel_shape[-1:],
                initializer=keras.initializers.Constant(self.bias / self.lr_multiplier),
                autocast=False,
                name="bias",
            )

    def _scaled_kernel(self):
        return ops.cast(self.kernel * self._scale, self.compute_dtype)

    def _add_bias(self, outputs):
        if self.offset is None:
            return outputs
        return outputs + ops.cast(self.offset * self.lr_multiplier, outputs.dtype)

    def get_config(self):
        own = {"gain": self.gain, "lr_multiplier": self.lr_multiplier, "bias": self.bias}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class EqualizedDense(Equalized):
    """A dense layer whose weights all have the same dynamic range, and so learn equally fast.

    The weights are drawn from N(0, 1), and each call multiplies them by `gain / sqrt(fan_in)`.
    Adam moves a weight by about the learning rate whatever its gradient, so that with weights of
    one scale no layer learns faster than another.

    Args:
        units: Positive integer, number of outputs.
        gain: Positive float; `sqrt(2)` keeps the variance before a leaky ReLU. Defaults to 1.
        lr_multiplier: Positive float, the layer's learning rate as a multiple of the optimizer's:
            weights begin at their value divided by it and are multiplied by it in each call.
            Defaults to 1.
        bias: Float, the bias at first, or None for no bias. Defaults to 0.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(..., features)`.

    Output: Tensor `(..., units)`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import EqualizedDense

    EqualizedDense(8, lr_multiplier=0.01)(np.ones((2, 4), "float32")).shape  # (2, 8)
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 4.1; the multiplier:
    Karras et al., 2019, https://arxiv.org/abs/1812.04948.
    """

    def __init__(self, units, gain=1.0, lr_multiplier=1.0, bias=0.0, **kwargs):
        super().__init__(gain, lr_multiplier, bias, **kwargs)
        self.units = check_integer("units", units, 1)

    def build(self, input_shape):
        self._add_weights((input_shape[-1], self.units))

    def call(self, inputs):
        return self._add_bias(ops.matmul(inputs, self._scaled_kernel()))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class EqualizedConv2D(Equalized):
    """A convolution whose weights all have the same dynamic range, as in `EqualizedDense`.

    Args:
        filters: Positive integer, number of output channels.
        kernel_size: Positive integer, side of the kernel. Defaults to 3.
        strides: Positive integer. Defaults to 1.
        padding: `"same"` or `"valid"`. Defaults to `"same"`.
        resample: `"up"` for a convolution of the input that is enlarged by repeating each pixel in
            a square of 2x2, `"down"` for one whose output is reduced to the means of such squares,
            each as one convolution with a larger kernel, which is about 1.7 times faster; or None.
            Needs a kernel of odd side, strides of 1 and padding `"same"`. Defaults to None.
        gain: As for `EqualizedDense`.
        lr_multiplier: As for `EqualizedDense`.
        bias: As for `EqualizedDense`.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, height, width, channels)`.

    Output: Tensor `(batch, new_height, new_width, filters)`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import EqualizedConv2D

    EqualizedConv2D(8, gain=2**0.5)(np.ones((2, 16, 16, 3), "float32")).shape  # (2, 16, 16, 8)
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 4.1;
    https://github.com/tkarras/progressive_growing_of_gans, `fused_scale`.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        padding="same",
        resample=None,
        gain=1.0,
        lr_multiplier=1.0,
        bias=0.0,
        **kwargs,
    ):
        super().__init__(gain, lr_multiplier, bias, **kwargs)
        self.filters = check_integer("filters", filters, 1)
        self.kernel_size = check_integer("kernel_size", kernel_size, 1)
        self.strides = check_integer("strides", strides, 1)
        self.padding = check_choice("padding", padding, ("same", "valid"))
        self.resample = check_choice("resample", resample, (None, "up", "down"))
        if resample and (self.kernel_size % 2 == 0 or self.strides > 1 or padding == "valid"):
            raise InvalidArgument(
                '`resample` needs a `kernel_size` that is odd, `strides=1` and `padding="same"`. '
                f"Received: resample={resample!r}, kernel_size={kernel_size}, strides={strides}, "
                f"padding={padding!r}"
            )

    def build(self, input_shape):
        self._add_weights((self.kernel_size, self.kernel_size, input_shape[-1], self.filters))

    def call(self, inputs):
        kernel, format_ = self._scaled_kernel(), "channels_last"
        if self.resample == "up":
            outputs = ops.conv_transpose(inputs, kernel, 2, "same", data_format=format_)
        else:
            strides = 2 if self.resample else self.strides
            outputs = ops.conv(inputs, kernel, strides, self.padding, format_)
        return self._add_bias(outputs)

    def _scaled_kernel(self):
        if self.resample is None:
            return super()._scaled_kernel()
        # The sum, or the mean, of the kernel shifted to the four pixels of a square.
        kernel = ops.pad(self.kernel * self._scale, ((1, 1), (1, 1), (0, 0), (0, 0)))
        kernel = kernel[1:, 1:] + kernel[:-1, 1:] + kernel[1:, :-1] + kernel[:-1, :-1]
        if self.resample == "up":
            kernel = ops.flip(ops.transpose(kernel, (0, 1, 3, 2)), (0, 1))
        else:
            kernel = kernel / 4
        return ops.cast(kernel, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, *sides, _ = input_shape
        if self.resample == "up":
            sides = [None if side is None else 2 * side for side in sides]
        else:
            lost = 0 if self.padding == "same" else self.kernel_size - 1
            strides = 2 if self.resample else self.strides
            sides = [None if side is None else -(-(side - lost) // strides) for side in sides]
        return (batch, *sides, self.filters)

    def get_config(self):
        own = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "resample": self.resample,
        }
        return {**super().get_config(), **own}
