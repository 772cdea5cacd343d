"""Features of Keras's InceptionV3."""

import keras
import tensorflow as tf

from tfgan_kit.metrics.features import FeatureExtractor, hash_model
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Inception"]


class Inception(FeatureExtractor):
    """`keras.applications.InceptionV3`: 2,048 pooled features and 1,000 ImageNet logits.

    Images are resized to 299×299 by antialiased bicubic interpolation. The weights are Keras's,
    not those of the 2015 Inception graph: **its numbers are not comparable to published values of
    FID or Inception Score**.

    Args:
        weights: `"imagenet"` (Keras downloads 96 MB on first use), the path of a weights file, or
            None for random weights. Defaults to `"imagenet"`.

    Raises:
        InvalidArgument: If the weights can be neither downloaded nor read.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.Inception(weights=None).name  # "inception"
    ```

    Reference: Szegedy et al., 2016, https://arxiv.org/abs/1512.00567; resizing: Parmar et al.,
    2022, https://arxiv.org/abs/2104.11222.
    """

    def __init__(self, weights="imagenet"):
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float32")
        try:
            network = keras.applications.InceptionV3(weights=weights, classifier_activation=None)
        except Exception as error:  # noqa: BLE001 - Keras raises a bare Exception for a download.
            reason = " ".join(str(error).split())[:200]
            raise InvalidArgument(
                f"Cannot load the weights of InceptionV3, weights={weights!r} ({reason}). Keras "
                "downloads them on first use; without a connection use other features: "
                "'classifier' for labelled data, 'random' or 'pixels'"
            ) from error
        finally:
            keras.config.set_dtype_policy(policy)
        super().__init__(
            "inception",
            hash_model(network),
            "Keras's InceptionV3: not comparable to published FID, which uses the 2015 graph",
        )
        pooled = network.get_layer("avg_pool").output
        self._network = keras.Model(network.input, [pooled, network.output])

    def call(self, images):
        if images.ndim != 4 or images.shape[-1] not in (1, 3):
            raise InvalidArgument(
                "Inception takes images (num, height, width, 1 or 3). "
                f"Received: shape {images.shape}"
            )
        if images.shape[-1] == 1:
            images = images.repeat(3, axis=-1)
        pixels = tf.cast(images, tf.float32)
        pixels = tf.image.resize(pixels, (299, 299), method="bicubic", antialias=True)
        values, logits = self._network(pixels / 127.5 - 1, training=False)
        return values.numpy(), logits.numpy()
