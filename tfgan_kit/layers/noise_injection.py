"""Noise of a learned strength, for details that no input describes."""

import keras
from keras import ops

from tfgan_kit.utils.validation import check_bool, check_seed


@keras.saving.register_keras_serializable(package="tfgan_kit")
class NoiseInjection(keras.layers.Layer):
    """Add normal noise, one value a pixel for all channels, times a learned strength.

    The strength begins at 0. In training the noise is drawn anew for each example. Otherwise it
    is a weight of the layer that is not trained and the same for all examples, so that an image
    depends on the generator's inputs alone.

    Args:
        random: Boolean, whether noise is drawn anew outside of training too. Defaults to False.
        seed: Integer in [0, 2**31) or None, random seed of what is drawn. Defaults to None: a
            random one.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, height, width, channels)` of known height and width.

    Output: Tensor of the same shape and dtype.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import NoiseInjection

    layer = NoiseInjection(seed=0)
    layer(np.ones((2, 4, 4, 3), "float32"), training=True)  # ones, since the strength is 0
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948; with one strength for all
    channels: Karras et al., 2020, https://arxiv.org/abs/1912.04958.
    """

    def __init__(self, random=False, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.random = check_bool("random", random)
        self.seed = check_seed(seed)
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def build(self, input_shape):
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")
        self.noise = self.add_weight(
            shape=(*input_shape[1:-1], 1),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            name="noise",
        )

    def call(self, inputs, training=False):
        noise = self.noise
        if training or self.random:
            shape = (*ops.shape(inputs)[:-1], 1)
            noise = keras.random.normal(shape, dtype=inputs.dtype, seed=self.seed_generator)
        return inputs + ops.cast(self.strength * noise, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "random": self.random, "seed": self.seed}
