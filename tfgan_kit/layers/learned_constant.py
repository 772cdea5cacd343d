"""The input of a style-based generator's first convolution: weights, the same for all images."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfgan_kit")
class LearnedConstant(keras.layers.Layer):
    """Learned values, one copy for each example of the input, whose values do not matter.

    Args:
        shape: Tuple of positive integers, the shape of the values, without the batch.
        **kwargs: As for `keras.layers.Layer`.

    Input: Tensor `(batch, ...)`.

    Output: Tensor `(batch, *shape)`, at first drawn from N(0, 1).

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import LearnedConstant

    LearnedConstant((4, 4, 8))(np.ones((2, 16), "float32")).shape  # (2, 4, 4, 8)
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948, section 2.
    """

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    def build(self, input_shape):
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.values = self.add_weight(shape=self.shape, initializer=normal, name="values")

    def call(self, inputs):
        return ops.broadcast_to(self.values, (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.shape)

    def get_config(self):
        return {**super().get_config(), "shape": self.shape}
