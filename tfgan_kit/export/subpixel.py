"""Transposed convolutions as the ordinary ones that they are, which TFLite runs faster."""

import itertools

import keras
import numpy as np
from keras import ops

from tfgan_kit.keras_private import all_layers

__all__ = ["with_subpixel_convolutions"]


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
    from tfgan_kit.export.subpixel import SubpixelConv2DTranspose

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


def with_subpixel_convolutions(model):
    """A twin of a model for inference, with the same images, without transposed convolutions.

    In a `Sequential`, a batch normalization right behind one becomes part of its weights, as
    TFLite's converter does it for the convolutions that it finds.

    Args:
        model: A functional `keras.Model`, or a `Sequential`.

    Returns:
        A `keras.Model`; the model itself where it has no transposed convolution, or where
        its layers cannot be copied.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import models
    from tfgan_kit.export.subpixel import with_subpixel_convolutions

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    with_subpixel_convolutions(generator)(np.zeros((2, 8), "float32")).shape  # (2, 16, 16, 1)
    ```
    """
    if not any(type(layer) is keras.layers.Conv2DTranspose for layer in all_layers(model)):
        return model
    folded = _folded(model)

    def clone(layer):
        config = layer.get_config()
        if layer in folded.values():
            return keras.layers.Identity(name=layer.name)
        if type(layer) is keras.layers.Conv2DTranspose:
            use_bias = layer.use_bias or layer in folded
            return SubpixelConv2DTranspose.from_config({**config, "use_bias": use_bias})
        return type(layer).from_config(config)

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
