"""Features of a network with random weights."""

import keras
from keras import layers

from tfgan_kit.metrics.features import FeatureExtractor

__all__ = ["RandomFeatures"]


class RandomFeatures(FeatureExtractor):
    """A convolutional network with fixed random weights: no labels, download or training.

    Sufficient for watching a training. Points `(num, width)` are returned unchanged.

    Args:
        seed: Integer in [0, 2**31), seed of the weights. Defaults to 0.
        width: Positive integer, length of a feature vector. Defaults to 128.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    metrics.RandomFeatures()(np.zeros((2, 16, 16, 1), "uint8")).values.shape  # (2, 128)
    ```

    Reference: Naeem et al., 2020, https://arxiv.org/abs/2002.09797, section 5.
    """

    def __init__(self, seed=0, width=128):
        super().__init__(
            "random",
            f"random-1-{seed}-{width}",
            "a network with random weights: comparable between epochs and runs on the same data",
        )
        self.seed = seed
        self.width = width
        self._networks = {}

    def call(self, images):
        if images.ndim == 2:
            return images, None
        return self.network(images.shape[1:])(images).numpy(), None

    def network(self, image_shape):
        """The Keras model from pixels of images of this shape to features."""
        if image_shape not in self._networks:
            self._networks[image_shape] = _build(image_shape, self.seed, self.width)
        return self._networks[image_shape]


def _build(shape, seed, width):
    """Strided convolutions down to at most 4×4, then a random projection."""
    seeds = iter(range(1000 * seed, 1000 * seed + 1000))

    def arguments():
        initializer = keras.initializers.HeNormal(seed=next(seeds))
        return {"kernel_initializer": initializer, "dtype": "float32"}

    inputs = keras.Input(shape, dtype="float32")
    x = layers.Rescaling(1 / 127.5, offset=-1, dtype="float32")(inputs)
    channels = 32
    while min(x.shape[1:3]) > 4:
        x = layers.Conv2D(channels, 3, 2, padding="same", **arguments())(x)
        x = layers.LeakyReLU(0.2, dtype="float32")(x)
        channels = min(2 * channels, 128)
    x = layers.Flatten(dtype="float32")(x)
    return keras.Model(inputs, layers.Dense(width, **arguments())(x))
