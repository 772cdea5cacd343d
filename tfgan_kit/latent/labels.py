"""Between the labels of a conditional generator: images of a mixture of classes."""

import keras

from tfgan_kit.latent.styles import without_clusters
from tfgan_kit.layers import AttributeEmbedding
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import data_position
from tfgan_kit.utils.keras_compat import output_within

__all__ = ["label_networks"]


def label_networks(generator):
    """The two halves of a conditional generator: embed labels, and make images of embedded ones.

    An embedding, unlike a label, can be between two: walk from one to the other, and the images
    change from one class to the other.

    Args:
        generator: A functional Keras model from noise and labels, whose labels are embedded by a
            `keras.layers.Embedding` or a `layers.AttributeEmbedding`, as in those of `models`.

    Returns:
        A pair of Keras models, which share its weights: from labels `(batch,)` to embeddings
        `(batch, width)`, and from `[noise, embedding]` to what the generator returns.

    Raises:
        InvalidArgument: If the generator takes no labels, or does not embed them that way.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4, num_classes=10)
    embed, decode = latent.label_networks(generator)
    walk = latent.interpolate(embed(np.array([3, 8])), 7, "linear")  # From a 3 to an 8.
    noise = latent.sample(1, latent_dim=8, seed=0).repeat(8, axis=0)
    latent.decode(decode, noise, walk).shape  # (8, 16, 16, 1)
    ```

    Reference: Mirza & Osindero, 2014, https://arxiv.org/abs/1411.1784.
    """
    found = None
    if without_clusters(generator)[0] is generator:
        found = _halves(generator)
    if found is None:
        raise InvalidArgument(
            "`generator` must be a functional Keras model that embeds its labels once, as those of "
            f"tfgan_kit.models do. Received: generator={generator!r}"
        )
    return found


def _halves(model):
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 2:
        return None
    noise = inputs[data_position([(each.name, each.dtype) for each in inputs])]
    labels = next(each for each in inputs if each is not noise)
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Embedding, AttributeEmbedding)):
            embedded = output_within(model, layer)
            try:
                decode = keras.Model([noise, embedded], model.outputs[0])
            except ValueError:  # The labels are used elsewhere, too.
                return None
            return keras.Model(labels, embedded), decode
    for layer in model.layers:
        # The mapping network of styles.
        halves = _halves(layer) if isinstance(layer, keras.Model) else None
        if halves is not None:
            embed, decode = halves
            rest = keras.Model(output_within(model, layer), model.outputs[0])
            return embed, keras.Model(decode.inputs, rest(decode.outputs[0]))
    return None
