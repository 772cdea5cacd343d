"""Replace layers by equal ones that TFLite has, or runs faster."""

import collections
import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit.layers import DrawCluster, EqualizedConv2D
from tfgan_kit.utils.keras_compat import all_layers, users

__all__ = ["tflite_twin"]

# The bits of a float -x are those of x, from this integer up.
_LOWEST = np.int32(-(2**31))


class SubpixelConv2DTranspose(keras.layers.Conv2DTranspose):
    """A `Conv2DTranspose` computed by stride² ordinary convolutions."""

    def call(self, inputs):
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
        # Reversed: a transposed convolution flips its kernel.
        taps = ops.transpose(kernel[taps_down, taps_right][::-1, ::-1], (0, 1, 3, 2))
        if pad_down[0] == pad_down[1] and pad_right[0] == pad_right[1]:
            outputs = ops.conv(inputs, taps, padding="same")
        else:
            padded = ops.pad(inputs, ((0, 0), pad_down, pad_right, (0, 0)))
            outputs = ops.conv(padded, taps, padding="valid")
        return outputs if self.bias is None else ops.add(outputs, self.bias)


def _phases(kernel_size, stride):
    """For each output coordinate modulo the stride: the taps that reach it, and the padding."""
    before = (kernel_size - stride) // 2
    for remainder in range(stride):
        first = (remainder + before) % stride
        last = first + (kernel_size - 1 - first) // stride * stride
        nearest = (remainder + before - first) // stride
        farthest = (remainder + before - last) // stride
        yield slice(first, None, stride), (-farthest, nearest)


class OuterEinsumDense(keras.layers.EinsumDense):
    """An `EinsumDense` without a summed axis, computed as a product."""

    def call(self, inputs):
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
    """A tensor with the axes of the result, of size 1 where it lacks one."""
    tensor = ops.transpose(tensor, sorted(range(len(axes)), key=lambda at: result.index(axes[at])))
    return tensor[tuple(slice(None) if axis in axes else None for axis in result)]


class ResizingUpSampling2D(keras.layers.UpSampling2D):
    """An `UpSampling2D` that repeats pixels by resizing to a known size."""

    def call(self, inputs):
        known = self.data_format == "channels_last" and None not in inputs.shape[1:3]
        if self.interpolation != "nearest" or not known:
            return super().call(inputs)
        size = [side * times for side, times in zip(inputs.shape[1:3], self.size, strict=True)]
        return ops.image.resize(inputs, size, interpolation="nearest")


class GatherEmbedding(keras.layers.Embedding):
    """An `Embedding` without arithmetic for negative numbers, which int16x8 cannot quantize."""

    def call(self, inputs):
        return tf.gather(ops.convert_to_tensor(self.embeddings), ops.cast(inputs, "int32"))


class ConstantEqualizedConv2D(EqualizedConv2D):
    """An `EqualizedConv2D` of a constant kernel, which is quantized as weights are."""

    def _scaled_kernel(self):
        with tf.init_scope():
            return super()._scaled_kernel().numpy()


class FoldedNormalization(keras.layers.Layer):
    """In place of a normalization; a functional model hands on the arguments of its calls."""

    def call(self, inputs, training=None, mask=None):
        return inputs


class CumulativeDrawCluster(DrawCluster):
    """A `DrawCluster` of operations that int16x8 leaves in float or has: all but the sum."""

    def call(self, inputs):
        if not self._limits.shape[1]:  # One cluster, or one of each class.
            return super().call(inputs)
        noise, labels = (inputs, None) if self.classes is None else inputs
        clusters, (numbers, limits) = (
            self._clusters.reshape(len(self._limits), -1),
            self._compared(noise),
        )
        if labels is None:
            limits, clusters = limits[0], clusters[0]
        else:
            limits, clusters = tf.gather(limits, labels), tf.gather(clusters, labels)
        above = tf.cumsum(tf.cast(numbers >= limits, "int32"), axis=-1)[:, -1]
        return [noise[:, :-1], tf.gather(clusters, above, batch_dims=0 if labels is None else 1)]

    def _compared(self, noise):
        return noise[:, -1:], self._limits


class BitwiseDrawCluster(CumulativeDrawCluster):
    """A `DrawCluster` that compares bits: int8 would round the noise, and miss small clusters."""

    def _compared(self, noise):
        # Before the slice, which int8 has, and so would round.
        bits = tf.bitcast(noise, "int32")[:, -1:]
        limits = self._limits.view("int32")
        return [
            where(each < 0, _LOWEST - each, each)
            for where, each in ((tf.where, bits), (np.where, limits))
        ]


_TWINS = {
    keras.layers.Embedding: GatherEmbedding,
    keras.layers.EinsumDense: OuterEinsumDense,
    keras.layers.UpSampling2D: ResizingUpSampling2D,
    DrawCluster: CumulativeDrawCluster,
    EqualizedConv2D: ConstantEqualizedConv2D,
}


def tflite_twin(model, subpixel=True):
    """A copy of a model for inference, with the same images, of layers that suit TFLite."""
    twins = dict(_TWINS)
    if subpixel:
        twins[keras.layers.Conv2DTranspose] = SubpixelConv2DTranspose
        twins[DrawCluster] = BitwiseDrawCluster
    if not any(type(layer) in twins for layer in all_layers(model)):
        return model
    folded = _folded(model) if subpixel else {}

    def clone(layer):
        config = layer.get_config()
        if layer in folded.values():
            return FoldedNormalization(name=layer.name)
        if layer in folded:
            config["use_bias"] = True
        return twins.get(type(layer), type(layer)).from_config(config)

    try:
        twin = keras.models.clone_model(model, clone_function=clone, recursive=True)
    except (NotImplementedError, TypeError, ValueError):
        return model  # A layer without a config: slower, but as correct.
    for layer, copy in zip(all_layers(model), all_layers(twin), strict=True):
        if layer in folded:
            copy.set_weights(_fold(layer, folded[layer]))
        elif layer not in folded.values() and not isinstance(layer, keras.Model):
            copy.set_weights(layer.get_weights())
    return twin


def _folded(model):
    """Each transposed convolution that only a batch normalization uses, and that normalization."""
    using = users(model)
    inputs = collections.Counter(itertools.chain(*using.values()))
    return {
        layer: only[0]
        for layer, only in using.items()
        if type(layer) is keras.layers.Conv2DTranspose
        and layer.activation is keras.activations.linear
        and [type(each) for each in only] == [keras.layers.BatchNormalization]
        and only[0].axis in (-1, 3)
        and inputs[only[0]] == 1
    }


def _fold(layer, normalization):
    """Kernel and bias of the convolution with the normalization folded in."""
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
