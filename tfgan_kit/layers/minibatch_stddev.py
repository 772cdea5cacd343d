"""The minibatch standard deviation layer of progressive GANs and StyleGAN2."""

import keras
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

_EPSILON = 1e-8


@keras.saving.register_keras_serializable(package="tfgan_kit")
class MinibatchStdDev(keras.layers.Layer):
    """Append the standard deviation over a group of examples as further channels.

    Near the end of a discriminator it reveals a generator whose images are all alike. The batch
    is split into groups and the channels into `num_features` equal parts; for each group and part
    `mean sqrt(var_group(x) + 1e-8)`, averaged over positions and channels, is the value of one new
    channel. The output for an example depends on the rest of its batch, in inference too.

    Args:
        group_size: Positive integer. If it does not divide the batch size, the largest smaller
            divisor is used. Defaults to 4.
        num_features: Positive integer, a divisor of the number of channels. Defaults to 1.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor of shape `(batch, ..., channels)`, rank 2 or more.

    Output: Tensor of shape `(batch, ..., channels + num_features)` and the same dtype; the
    statistics are computed in float32 or better.

    Raises:
        InvalidArgument: If an argument is out of range or `num_features` does not divide the
            number of channels.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import MinibatchStdDev

    MinibatchStdDev(group_size=4)(np.zeros((8, 4, 4, 16), "float32")).shape  # (8, 4, 4, 17)
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 3; with groups and
    parts as in StyleGAN2, Karras et al., 2020, https://arxiv.org/abs/1912.04958.
    """

    def __init__(self, group_size=4, num_features=1, **kwargs):
        super().__init__(**kwargs)
        self.group_size = check_integer("group_size", group_size, 1)
        self.num_features = check_integer("num_features", num_features, 1)

    def build(self, input_shape):
        channels = input_shape[-1]
        if len(input_shape) < 2 or channels is None or channels % self.num_features:
            raise InvalidArgument(
                "The input shape must be (batch, ..., channels), where `num_features` divides the "
                f"number of channels. Received: input_shape={tuple(input_shape)}, "
                f"num_features={self.num_features}"
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
        sizes = {"group_size": self.group_size, "num_features": self.num_features}
        return {**super().get_config(), **sizes}


def _largest_divisor(number, at_most):
    """The largest divisor of an integer or of an integer tensor."""
    if isinstance(number, int):
        return max(size for size in range(1, at_most + 1) if number % size == 0)
    sizes = ops.arange(1, at_most + 1)
    return ops.max(ops.where(number % sizes == 0, sizes, 1))
