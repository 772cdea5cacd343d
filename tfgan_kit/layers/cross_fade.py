"""One tensor that replaces another in training: how a level of a growing network appears."""

import keras
from keras import ops

from tfgan_kit.layers.fade_in import FadeIn


@keras.saving.register_keras_serializable(package="tfgan_kit")
class CrossFade(FadeIn):
    """`(1 - a) * old + a * new`, where `a` rises linearly from 0 to 1 with the images seen.

    `a` is the weight `factor` of the layer, as in `FadeIn`. Networks that grow have one such layer
    for each level above the first; the level of the network is the sum of their factors.

    Args:
        start: Non-negative integer, number of real images up to which the output is `old`.
        end: Integer larger than `start`, number of images from which on it is `new`.
        **kwargs: As for `keras.layers.Layer`.

    Input: A list `[old, new]` of float tensors of one shape.

    Output: Tensor of the same shape.

    Raises:
        InvalidArgument: If `end` is not larger than `start`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import CrossFade

    fade = CrossFade(start=1000, end=2000)
    fade.update(1250)
    fade([np.zeros((1, 2), "float32"), np.ones((1, 2), "float32")])  # [[0.25, 0.25]]
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, figure 2.
    """

    def call(self, inputs):
        old, new = inputs
        factor = ops.cast(self.factor, new.dtype)
        return (1 - factor) * old + factor * new

    def compute_output_shape(self, input_shape):
        return input_shape[1]
