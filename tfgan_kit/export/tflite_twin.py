"""A model made of what TFLite has, or runs faster, with the same weights and images."""

import itertools

import keras
import numpy as np
from keras import ops

from tfgan_kit.utils.keras_compat import all_layers

__all__ = ["tflite_twin"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class SubpixelConv2DTranspose(keras.layers.Conv2DTranspose):
    """A `Conv2DTranspose` that is computed by stride² ordinary convolutions.

    Output pixels whose coordinates have the same remainders by the stride are an ordinary
    convolution of the input with every stride-th tap of the kernel; `depth_to_space` puts
    them side by side. Same weights, same multiplications, same result up to rounding.
    LiteRT plans ordinary convolutions ahead also where the batch is free, which it does not
    do for transposed ones.

    Args:
        **kwargs: As for `keras.layers.Conv2DTranspose`. What is not square, dilated, padded
            otherwise than "same", or has a kernel smaller than its stride is computed as
            there.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.export.tflite_twin import SubpixelConv2DTranspose

    layer = SubpixelConv2DTranspose(filters=3, kernel_size=5, strides=2, padding="same")
    layer(np.zeros((1, 7, 7, 8), "float32")).shape  # (1, 14, 14, 3)
    ```

    Reference: Shi et al., 2016, [Is the deconvolution layer the same as a convolutional
    layer?](https://arxiv.org/abs/1609.07009)
    """

    def call(self, inputs):
        """As `keras.layers.Conv2DTranspose.call`."""
        (stride, across), kernel = self.strides, ops.convert_to_tensor(self.kernel)
        if (
            self.padding != "same"
            or self.data_format != "channels_last"
            or stride != across
            or min(self.kernel_size) < stride
            or max(self.dilation_rate) > 1
            or self.output_padding is not None
        ):
            return super().call(inputs)
        down, right = (list(_phases(size, stride)) for size in self.kernel_size)
        images = [
            self._phase(inputs, kernel, vertical, horizontal)
            for vertical in down
            for horizontal in right
        ]
        outputs = images[0]
        if stride > 1:
            outputs = ops.depth_to_space(ops.concatenate(images, axis=-1), stride)
        return self.activation(outputs)

    def _phase(self, inputs, kernel, vertical, horizontal):
        (taps_down, pad_down), (taps_right, pad_right) = vertical, horizontal
        # Backwards: a transposed convolution moves its kernel, and does not look through it.
        taps = ops.transpose(kernel[taps_down, taps_right][::-1, ::-1], (0, 1, 3, 2))
        if pad_down[0] == pad_down[1] and pad_right[0] == pad_right[1]:
            outputs = ops.conv(inputs, taps, padding="same")
        else:
            padded = ops.pad(inputs, ((0, 0), pad_down, pad_right, (0, 0)))
            outputs = ops.conv(padded, taps, padding="valid")
        return outputs if self.bias is None else ops.add(outputs, self.bias)


def _phases(kernel_size, stride):
    """For each remainder of an output coordinate: the taps that reach it, and the padding.

    Input i adds tap t to output `stride * i + t - before`, so the taps of remainder r are
    those with `t = r + before (mod stride)`, and i lies between the coordinate divided by
    the stride, less the last and the first tap.
    """
    before = (kernel_size - stride) // 2
    for remainder in range(stride):
        first = (remainder + before) % stride
        last = first + (kernel_size - 1 - first) // stride * stride
        nearest = (remainder + before - first) // stride
        farthest = (remainder + before - last) // stride
        yield slice(first, None, stride), (-farthest, nearest)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class OuterEinsumDense(keras.layers.EinsumDense):
    """An `EinsumDense` that sums over nothing, as the product that it is.

    TFLite's converter makes a matrix product of every `einsum`, and fails where there is
    nothing to sum over, as in "bc,hwc->bhwc".

    Args:
        **kwargs: As for `keras.layers.EinsumDense`. Equations that do sum are computed as
            there.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.export.tflite_twin import OuterEinsumDense

    layer = OuterEinsumDense("bc,hwc->bhwc", output_shape=(4, 4, 8))
    layer(np.zeros((2, 8), "float32")).shape  # (2, 4, 4, 8)
    ```
    """

    def call(self, inputs):
        """As `keras.layers.EinsumDense.call`."""
        operands, _, result = self.equation.replace(" ", "").partition("->")
        first, second = operands.split(",")
        if not set(first + second) <= set(result) or "." in self.equation:
            return super().call(inputs)
        kernel = ops.convert_to_tensor(self.kernel)
        outputs = _aligned(inputs, first, result) * _aligned(kernel, second, result)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)


def _aligned(tensor, axes, result):
    """A tensor with its axes in the order of the result, and of size 1 where it has none."""
    tensor = ops.transpose(tensor, sorted(range(len(axes)), key=lambda at: result.index(axes[at])))
    return tensor[tuple(slice(None) if axis in axes else None for axis in result)]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ResizingUpSampling2D(keras.layers.UpSampling2D):
    """An `UpSampling2D` that repeats pixels by resizing to a size that is known.

    Keras repeats them by operations after which, where the batch is free, TFLite's converter
    no longer knows the size of the image.

    Args:
        **kwargs: As for `keras.layers.UpSampling2D`. Other kinds of interpolation are
            computed as there.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.export.tflite_twin import ResizingUpSampling2D

    ResizingUpSampling2D(size=2)(np.zeros((1, 4, 4, 8), "float32")).shape  # (1, 8, 8, 8)
    ```
    """

    def call(self, inputs):
        """As `keras.layers.UpSampling2D.call`."""
        known = self.data_format == "channels_last" and None not in inputs.shape[1:3]
        if self.interpolation != "nearest" or not known:
            return super().call(inputs)
        size = [side * times for side, times in zip(inputs.shape[1:3], self.size, strict=True)]
        return ops.image.resize(inputs, size, interpolation="nearest")


_TWINS = {
    keras.layers.EinsumDense: OuterEinsumDense,
    keras.layers.UpSampling2D: ResizingUpSampling2D,
}
_FAST_TWINS = {**_TWINS, keras.layers.Conv2DTranspose: SubpixelConv2DTranspose}


def tflite_twin(model, subpixel=True):
    """A twin of a model for inference, with the same images, of layers that TFLite likes better.

    Outer products are products, repeated pixels are resized images and transposed convolutions
    ordinary ones. In a `Sequential`, a batch normalization right behind one becomes part of
    its weights, as TFLite's converter does it for the convolutions that it finds.

    Args:
        model: A functional `keras.Model`, or a `Sequential`.
        subpixel: Boolean, whether transposed convolutions are replaced. Defaults to True.

    Returns:
        A `keras.Model`; the model itself where there is nothing to replace, or where its
        layers cannot be copied.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import models
    from tfgan_kit.export.tflite_twin import tflite_twin

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    tflite_twin(generator)(np.zeros((2, 8), "float32")).shape  # (2, 16, 16, 1)
    ```
    """
    twins = _FAST_TWINS if subpixel else _TWINS
    if not any(type(layer) in twins for layer in all_layers(model)):
        return model
    folded = _folded(model) if subpixel else {}

    def clone(layer):
        config = layer.get_config()
        if layer in folded.values():
            return keras.layers.Identity(name=layer.name)
        if layer in folded:
            config["use_bias"] = True
        return twins.get(type(layer), type(layer)).from_config(config)

    try:
        twin = keras.models.clone_model(model, clone_function=clone, recursive=True)
    except (NotImplementedError, TypeError, ValueError):
        # A layer that does not tell its configuration: slower, and as right.
        return model
    for layer, copy in zip(model.layers, twin.layers, strict=True):
        if layer in folded:
            copy.set_weights(_fold(layer, folded[layer]))
        elif layer not in folded.values():
            copy.set_weights(layer.get_weights())
    return twin


def _folded(model):
    """Transposed convolutions, and the batch normalization that follows each at once."""
    if not isinstance(model, keras.Sequential):
        return {}
    return {
        layer: behind
        for layer, behind in itertools.pairwise(model.layers)
        if type(layer) is keras.layers.Conv2DTranspose
        and layer.activation is keras.activations.linear
        and type(behind) is keras.layers.BatchNormalization
        and behind.axis in (-1, 3)
    }


def _fold(layer, normalization):
    """Kernel and bias of a convolution that does what the normalization did behind it."""
    variance = normalization.moving_variance.numpy().astype("float64")
    scale = 1 / np.sqrt(variance + normalization.epsilon)
    if normalization.scale:
        scale *= normalization.gamma.numpy()
    shift = -normalization.moving_mean.numpy() * scale
    if layer.use_bias:
        shift += layer.bias.numpy() * scale
    if normalization.center:
        shift += normalization.beta.numpy()
    return [layer.kernel.numpy() * scale[:, None], shift]
