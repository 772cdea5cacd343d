"""What layers of a network make of images, for losses that compare more than pixels."""

import keras

from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import data_position

__all__ = ["layer_features"]


def layer_features(network, layers=None, pixels=False):
    """The outputs of layers of a discriminator, a classifier or another network, as a model.

    Args:
        network: A functional or sequential Keras model that takes images; labels too, if the chosen
            layers do not depend on them.
        layers: Sequence of strings, names of layers. Defaults to None: all convolutions, up to a
            `layers.MinibatchStdDev` if there is one, which mixes images.
        pixels: Boolean, whether the network takes pixels from 0 to 255, as those of
            `metrics.RandomFeatures` and `evaluation.Classifier` do, and not images in [-1, 1].
            Defaults to False.

    Returns:
        A Keras model from images in [-1, 1] to a list of arrays `(num, ...)`, or to the array if it
        is a single one.

    Raises:
        InvalidArgument: If the network has no such layers, or they depend on labels.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent, models

    _, discriminator = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    features = latent.layer_features(discriminator)
    [each.shape for each in features(np.zeros((2, 16, 16, 1)))]  # (2, 8, 8, 4), (2, 4, 4, 8)
    ```
    """
    known = {layer.name: layer for layer in network.layers}
    chosen = _convolutions(network) if layers is None else list(layers)
    if not chosen or not set(chosen) <= set(known):
        raise InvalidArgument(
            f"`layers` must be names of layers, at least one of {', '.join(known)}. "
            f"Received: layers={layers}"
        )
    images = network.inputs[data_position([(each.name, each.dtype) for each in network.inputs])]
    try:
        found = keras.Model(images, [known[name].output for name in chosen])
    except ValueError as error:
        raise InvalidArgument(
            f"`layers` must not depend on labels. Received: layers={chosen}"
        ) from error
    if not pixels:
        return found
    shape = images.shape[1:]
    # A network that takes integers casts what it gets, which has no gradient; its copy does not.
    of_floats = keras.models.clone_model(found, keras.Input(shape))
    of_floats.set_weights(found.get_weights())
    floats = keras.Input(shape)
    return keras.Model(
        floats, of_floats(keras.layers.Rescaling(127.5, 127.5, dtype="float32")(floats))
    )


def _convolutions(network):
    names = []
    for layer in network.layers:
        if isinstance(layer, MinibatchStdDev):
            break
        # Spectral normalization wraps them.
        if hasattr(getattr(layer, "layer", layer), "kernel") and len(layer.output.shape) == 4:
            names.append(layer.name)
    return names
