"""Features of a user's own model or function."""

import keras
import numpy as np

from tfgan_kit.metrics.features import FeatureExtractor, hash_model
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["ModelFeatures"]


class ModelFeatures(FeatureExtractor):
    """The flattened output of any Keras model or callable.

    Args:
        function: A Keras model, called with `training=False`, or a callable. Its argument is a
            float32 NumPy array `(num, ...)` of pixels in [0, 255] or of points; it returns
            features, or a tuple of features and logits `(num, num_classes)`.
        name: String, part of the names of metrics. Defaults to `"custom"`.
        fingerprint: String for the cache, or None: the hash of a model's weights and
            configuration; features of a callable are then not cached. Defaults to None.

    Raises:
        InvalidArgument: If `function` is not callable.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    means = metrics.ModelFeatures(lambda images: images.mean(axis=(1, 2)), name="means")
    means(np.zeros((4, 8, 8, 3), "uint8")).values.shape  # (4, 3)
    ```
    """

    def __init__(self, function, name="custom", fingerprint=None):
        if not callable(function):
            raise InvalidArgument(
                f"`function` must be a Keras model or a callable. Received: function={function!r}"
            )
        self._is_model = isinstance(function, keras.Model)
        if fingerprint is None and self._is_model:
            fingerprint = hash_model(function)
        super().__init__(name, fingerprint, "features of a custom network or function")
        self.function = function

    def call(self, images):
        inputs = images.astype("float32")
        outputs = self.function(inputs, training=False) if self._is_model else self.function(inputs)
        values, logits = outputs if isinstance(outputs, (tuple, list)) else (outputs, None)
        values = np.asarray(values).reshape(len(images), -1)
        return values, None if logits is None else np.asarray(logits)
