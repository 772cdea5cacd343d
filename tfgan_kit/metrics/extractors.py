"""Feature extractors that need no training: pixels, a random network, Inception, your own."""

import json

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfgan_kit.metrics.features import FeatureExtractor, hash_arrays
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.keras_compat import all_layers

__all__ = ["Inception", "ModelFeatures", "Pixels", "RandomFeatures", "get", "hash_model"]


class Pixels(FeatureExtractor):
    """The pixels themselves, 0 to 1, or the coordinates of points as they are.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    metrics.Pixels()(np.full((2, 8, 8, 1), 255, "uint8")).values.max()  # 1.0
    ```
    """

    def __init__(self):
        super().__init__("pixels", "pixels-1", "distances between raw pixels or coordinates")

    def call(self, images):
        flat = images.reshape(len(images), -1)
        return (flat / 255.0 if images.dtype == np.uint8 else flat), None


class RandomFeatures(FeatureExtractor):
    """A fixed convolutional network with random weights: no labels, no download, no training.

    Random features see structure well enough to watch a training, and are the
    same for every data set of one shape. Points `(num, width)` stay what they
    are.

    Args:
        seed: Integer in [0, 2**31), of the weights. Defaults to 0.
        width: Integer, 1 or more, the length of a feature. Defaults to 128.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    metrics.RandomFeatures()(np.zeros((2, 16, 16, 1), "uint8")).values.shape  # (2, 128)
    ```

    Reference: random embeddings for judging generators: Naeem et al., 2020,
    https://arxiv.org/abs/2002.09797, section 5.
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
        shape = images.shape[1:]
        if shape not in self._networks:
            self._networks[shape] = _random_network(shape, self.seed, self.width)
        return self._networks[shape](images).numpy(), None


class ModelFeatures(FeatureExtractor):
    """The output of any Keras model or callable, flattened.

    Args:
        function: A Keras model or a callable. It gets float32 pixels 0 to 255,
            or float points, as a NumPy array `(num, ...)`, and returns
            features, or a tuple of features and logits `(num, num_classes)`.
            A model is called with `training=False`.
        name: String, as it stands in the names of metrics. Defaults to
            `"custom"`.
        fingerprint: String for the cache, or None: of a model, the hash of its
            weights and configuration; a callable is not cached. Defaults to
            None.

    Raises:
        InvalidArgument: If `function` cannot be called.

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
        super().__init__(name, fingerprint, "the features of a network of your own")
        self.function = function

    def call(self, images):
        inputs = images.astype("float32")
        outputs = self.function(inputs, training=False) if self._is_model else self.function(inputs)
        values, logits = outputs if isinstance(outputs, (tuple, list)) else (outputs, None)
        values = np.asarray(values).reshape(len(images), -1)
        return values, None if logits is None else np.asarray(logits)


class Inception(FeatureExtractor):
    """`keras.applications.InceptionV3`: 2,048 pooled features and 1,000 ImageNet logits.

    Images are resized to 299×299 by antialiased bicubic interpolation and grey
    ones repeated to RGB. The weights are Keras's, not those of the 2015
    Inception graph, so **no number from them is comparable to a published FID
    or Inception Score**; they compare runs that were judged alike.

    Args:
        weights: `"imagenet"` (downloaded by Keras on first use, 96 MB), the
            path of a weights file, or None for random ones. Defaults to
            `"imagenet"`.

    Raises:
        InvalidArgument: If the weights can be neither downloaded nor read.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    inception = metrics.Inception(weights=None)  # without them: Keras's, downloaded once
    inception.name  # "inception"
    ```

    Reference: Szegedy et al., 2016, https://arxiv.org/abs/1512.00567; why the
    resizing matters: Parmar et al., 2022, https://arxiv.org/abs/2104.11222.
    """

    def __init__(self, weights="imagenet"):
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float32")
        try:
            network = keras.applications.InceptionV3(weights=weights, classifier_activation=None)
        except Exception as error:  # noqa: BLE001 - Keras raises a bare Exception for a download.
            reason = " ".join(str(error).split())[:200]
            raise InvalidArgument(
                f"Cannot get InceptionV3's weights, weights={weights!r} ({reason}). They "
                "are downloaded by Keras on first use; without a network choose other features: "
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


_EXTRACTORS = {"pixels": Pixels, "random": RandomFeatures, "inception": Inception}


def get(identifier):
    """The extractor of a name, a model or a callable.

    Args:
        identifier: `"pixels"`, `"random"`, `"inception"`, a `FeatureExtractor`,
            which is returned as it is, a Keras model or a callable. A
            classifier needs data: `evaluation.train_classifier` makes one.

    Returns:
        A `FeatureExtractor`.

    Raises:
        InvalidArgument: If the name is not known.

    Example:

    ```python
    from tfgan_kit.metrics import extractors

    extractors.get("pixels").name  # "pixels"
    ```
    """
    if isinstance(identifier, FeatureExtractor):
        return identifier
    if isinstance(identifier, str) and identifier in _EXTRACTORS:
        return _EXTRACTORS[identifier]()
    if callable(identifier) and not isinstance(identifier, type):
        return ModelFeatures(identifier)
    raise InvalidArgument(
        f"`extractor` must be one of {', '.join(_EXTRACTORS)}, a FeatureExtractor, a Keras model "
        f"or a callable. Received: extractor={identifier!r}" + did_you_mean(identifier, _EXTRACTORS)
    )


def hash_model(model):
    """The SHA-256 of a model's weights and configuration, whatever its layers are called."""
    try:
        config = json.dumps(keras.saving.serialize_keras_object(model)["config"], sort_keys=True)
    except (NotImplementedError, TypeError):  # A subclass that cannot be serialized.
        config = " ".join(type(layer).__name__ for layer in model.layers)
    # Keras numbers the layers' names through a process, so that they say nothing.
    for place, layer in enumerate(all_layers(model)):
        config = config.replace(f'"{layer.name}"', f'"layer {place}"')
    return hash_arrays([np.frombuffer(config.encode(), "uint8"), *model.get_weights()])


def _random_network(shape, seed, width):
    """Strided convolutions down to at most 4×4, flattened, then a random projection."""
    seeds = iter(range(1000 * seed, 1000 * seed + 1000))

    def weights():
        return keras.initializers.HeNormal(seed=next(seeds))

    inputs = keras.Input(shape, dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1, dtype="float32")(inputs)
    channels = 32
    while min(x.shape[1:3]) > 4:
        x = layers.Conv2D(
            channels, 3, 2, padding="same", kernel_initializer=weights(), dtype="float32"
        )(x)
        x = layers.LeakyReLU(0.2, dtype="float32")(x)
        channels = min(2 * channels, 128)
    x = layers.Flatten(dtype="float32")(x)
    outputs = layers.Dense(width, kernel_initializer=weights(), dtype="float32")(x)
    return keras.Model(inputs, outputs)
