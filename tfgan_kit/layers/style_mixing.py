"""Between mapping and synthesis: mixed styles in training, truncated ones in sampling."""

import keras
from keras import ops

from tfgan_kit.utils.validation import check_integer, check_number


@keras.saving.register_keras_serializable(package="tfgan_kit")
class DrawSecondNoise(keras.layers.Layer):
    """In training, a second noise for each example, behind the first of all; labels twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        if not training:
            return inputs
        noise, *labels = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        second = keras.random.normal(ops.shape(noise), dtype=noise.dtype, seed=self.seed_generator)
        doubled = [ops.concatenate([noise, second])]
        doubled += [ops.concatenate([each, each]) for each in labels]
        return doubled if labels else doubled[0]

    def compute_output_spec(self, inputs, training=False):
        return keras.tree.map_structure(lambda x: keras.KerasTensor(x.shape, x.dtype), inputs)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class MixStyles(keras.layers.Layer):
    """Mix the styles of two images in training, and keep the mean of all for truncation.

    In training the batch has twice its size, the second half for mixing only. With
    `probability`, layers from a random one on get the styles of the second half, the same ones
    in the whole batch; and `mean`, a weight that is not trained, follows the first half.
    Otherwise styles are truncated: `mean + psi * (w - mean)`.

    Args:
        probability: Float in [0, 1], how often styles are mixed. At 0 the batch has no second
            half. Defaults to 0.9.
        decay: Float in [0, 1), share of the mean that a step keeps. Defaults to 0.995.
        psi: Float, at 1 styles stay as they are, at 0 all images have the mean style. Defaults
            to 1.
        cutoff: Positive integer, number of first layers whose styles are truncated. Defaults to
            None: all.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, num_layers, style_dim)`, all layers of an image alike.

    Output: Tensor of that shape; in training of half the batch.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import MixStyles

    styles = np.random.normal(size=(8, 6, 16)).astype("float32")
    MixStyles()(styles, training=True).shape  # (4, 6, 16)
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948, sections 3.1 and B;
    Karras et al., 2020, https://arxiv.org/abs/1912.04958.
    """

    def __init__(self, probability=0.9, decay=0.995, psi=1.0, cutoff=None, **kwargs):
        super().__init__(**kwargs)
        self.probability = check_number("probability", probability, minimum=0, maximum=1)
        self.decay = check_number("decay", decay, minimum=0, below=1)
        self.psi = check_number("psi", psi)
        self.cutoff = check_integer("cutoff", cutoff, 1, optional=True)
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape):
        self.mean = self.add_weight(
            shape=input_shape[-1:],
            initializer="zeros",
            trainable=False,
            aggregation="mean",
            name="mean",
        )

    def call(self, inputs, training=False):
        numbers = ops.arange(inputs.shape[1])[:, None]
        if not training:
            if self.psi == 1:
                return inputs
            truncated = self.mean + self.psi * (inputs - self.mean)
            if self.cutoff is None:
                return truncated
            return ops.where(numbers < self.cutoff, truncated, inputs)
        first, second = ops.split(inputs, 2) if self.probability else (inputs, None)
        now = ops.cast(ops.mean(first[:, 0], axis=0), self.mean.dtype)
        self.mean.assign(now + self.decay * (self.mean - now))
        if second is None:
            return first
        start = keras.random.randint((), 1, inputs.shape[1], seed=self.seed_generator)
        mixes = keras.random.uniform((), seed=self.seed_generator) < self.probability
        return ops.where(mixes & (numbers >= start), second, first)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"probability": self.probability, "decay": self.decay}
        return {**super().get_config(), **own, "psi": self.psi, "cutoff": self.cutoff}
