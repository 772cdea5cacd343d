"""Layers of the field that Keras lacks."""

import keras
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["MinibatchStdDev"]

_EPSILON = 1e-8


@keras.saving.register_keras_serializable(package="tfgan_kit")
class MinibatchStdDev(keras.layers.Layer):
    """Tells the discriminator how much the examples of a batch differ.

    Near the end of a discriminator: if the generator makes all images alike, the
    discriminator sees it at once. The batch is dealt out into groups. The
    standard deviation of every value over a group, averaged over positions and
    channels, is appended as a further channel, the same at every position and
    for every example of the group:

    `s = mean sqrt(var_group(x) + 1e-8)`

    With `num_features` above 1 the channels are cut into as many equal parts,
    each averaged on its own. The output for an example depends on the rest of
    its batch, in inference too.

    Args:
        group_size: Integer, 1 or more. Where it does not divide the batch, the
            largest divisor of the batch below it is taken, whether the batch is
            known when the graph is built or not; a batch whose size is a larger
            prime has groups of one, and a constant for its deviation. Defaults
            to 4.
        num_features: Integer, 1 or more, a divisor of the channels. Defaults to
            1.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, ..., channels)` of rank 2 or more.

    Output: Tensor `(batch, ..., channels + num_features)` of the same dtype; the
    statistics are computed in float32.

    Raises:
        InvalidArgument: If an argument is out of range, or, when built,
            `num_features` does not divide the channels.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import MinibatchStdDev

    MinibatchStdDev(group_size=4)(np.zeros((8, 4, 4, 16), "float32")).shape  # (8, 4, 4, 17)
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 3;
    groups and parts of channels as in StyleGAN2, Karras et al., 2020,
    https://arxiv.org/abs/1912.04958, `minibatch_stddev_layer` of
    https://github.com/NVlabs/stylegan2.
    """

    def __init__(self, group_size=4, num_features=1, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("group_size", group_size), ("num_features", num_features)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidArgument(
                    f"`{name}` must be an integer of 1 or more. Received: {name}={value!r}"
                )
        self.group_size = group_size
        self.num_features = num_features

    def build(self, input_shape):
        channels = input_shape[-1]
        if len(input_shape) < 2 or channels is None or channels % self.num_features:
            raise InvalidArgument(
                "MinibatchStdDev takes (batch, ..., channels), with channels that `num_features` "
                f"divides. Received: num_features={self.num_features}, input shape "
                f"{tuple(input_shape)}"
            )

    def call(self, inputs):
        batch, *positions, channels = ops.shape(inputs)
        group = _largest_divisor(batch, self.group_size)
        parts = (self.num_features, channels // self.num_features)
        grouped = ops.reshape(inputs, (group, batch // group, *positions, *parts))
        grouped = ops.cast(grouped, keras.backend.result_type(inputs.dtype, "float32"))
        deviation = grouped - ops.mean(grouped, axis=0, keepdims=True)
        # Without the epsilon the gradient is infinite where all examples are equal.
        deviation = ops.sqrt(ops.mean(ops.square(deviation), axis=0) + _EPSILON)
        deviation = ops.mean(deviation, axis=(*range(1, 1 + len(positions)), -1))
        ones = (1,) * len(positions)
        deviation = ops.tile(deviation, (group, 1))
        deviation = ops.reshape(deviation, (batch, *ones, self.num_features))
        deviation = ops.broadcast_to(deviation, (batch, *positions, self.num_features))
        return ops.concatenate([inputs, ops.cast(deviation, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + self.num_features)

    def get_config(self):
        return {
            **super().get_config(),
            "group_size": self.group_size,
            "num_features": self.num_features,
        }


def _largest_divisor(number, at_most):
    """The largest divisor of an integer, or of an integer tensor."""
    if isinstance(number, int):
        return max(size for size in range(1, at_most + 1) if number % size == 0)
    sizes = ops.arange(1, at_most + 1)
    return ops.max(ops.where(number % sizes == 0, sizes, 1))
