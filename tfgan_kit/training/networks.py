"""The two networks of a GAN: whether they fit each other, the noise and the losses."""

import warnings

import keras
import tensorflow as tf

from tfgan_kit.layers import AttributeEmbedding
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.inputs import data_position, noise_length, with_labels
from tfgan_kit.utils.keras_compat import all_layers, last_activation
from tfgan_kit.utils.validation import check_integer

__all__ = ["check_latent_dim", "check_networks", "symbolic_inputs"]

_DEFAULT_LATENT_DIM = 100
_NEVER_NEGATIVE = ("exponential", "hardsigmoid", "relu", "relu6", "sigmoid", "softmax", "softplus")
_NO_LOGITS = (*_NEVER_NEGATIVE, "hardtanh", "logsigmoid", "logsoftmax", "softsign", "tanh")


def check_latent_dim(latent_dim, generator):
    """The length of a noise vector: as given, else as the generator takes it, else 100."""
    for_generator = noise_length(generator)
    if latent_dim is None:
        return for_generator or _DEFAULT_LATENT_DIM
    if for_generator not in (None, check_integer("latent_dim", latent_dim, 1)):
        raise InvalidArgument(
            f"`latent_dim` must be {for_generator}, the length of a noise vector of the generator, "
            f"or left out. Received: latent_dim={latent_dim}"
        )
    return int(latent_dim)


def check_networks(generator, discriminator, latent_dim, num_classes, attributes=None):
    """The shape of an image, if both networks fit each other."""
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        if not isinstance(network, keras.Model):
            raise InvalidArgument(f"`{role}` must be a keras.Model. Received: {role}={network!r}")
    inputs = symbolic_inputs(generator, latent_dim, num_classes)
    images = _call("generator", generator, inputs, num_classes)
    _check_image_shape(discriminator, images)
    inputs = with_labels(discriminator, images, _symbolic_labels(num_classes))
    num_logits = num_classes if attributes is None else sum(attributes.sizes)
    _call("discriminator", discriminator, inputs, num_classes, num_logits)
    _warn_of_last_layers(generator, discriminator, is_image=len(images.shape) == 4)
    return tuple(images.shape[1:])


def symbolic_inputs(generator, latent_dim, num_classes):
    """The generator's inputs as `keras.KerasTensor`: noise, or noise and labels."""
    noise = keras.KerasTensor((None, latent_dim))
    return with_labels(generator, noise, _symbolic_labels(num_classes))


def _symbolic_labels(num_classes):
    return None if num_classes is None else keras.KerasTensor((None,), "int32")


def _call(role, network, inputs, num_classes, num_logits=None):
    taken = len(getattr(network, "inputs", None) or [])
    outputs = getattr(network, "outputs", None) or []
    classifies = role == "discriminator" and num_classes is not None and len(outputs) == 2
    expected = 1 if num_classes is None or classifies else 2
    if taken and taken != expected:
        raise InvalidArgument(
            f"`{role}` must have {expected} input{'s' * (expected > 1)} with num_classes="
            f"{num_classes}; a conditional network takes its labels as a second input, and "
            f"GAN(..., num_classes=) says how many. Received: a {role} with {taken}"
        )
    widths = [each.shape[-1] for each in outputs[1:]]
    if widths != [num_logits] * classifies:
        raise InvalidArgument(
            f"`{role}` must have one output, or as a discriminator with num_classes a second one, "
            f"the logits of the classes (batch, {num_logits}). Received: outputs of shape "
            f"{', '.join(str(each.shape) for each in outputs)}, num_classes={num_classes}"
        )
    if num_classes is not None:
        _check_embeddings(role, network, num_classes)
    try:
        return network(inputs)
    except ValueError as error:
        shapes = [tuple(each.shape) for each in keras.tree.flatten(inputs)]
        raise InvalidArgument(
            f"`{role}` must take inputs of shape {', '.join(map(str, shapes))}, so that noise "
            "of `latent_dim` passes through the generator and its images through the "
            f"discriminator. Received: a {role} that refuses them: {first_line(error)}"
        ) from error


def _check_embeddings(role, network, num_labels):
    """Labels beyond an embedding would only fail, or be the last one, when they are drawn."""
    kinds = keras.layers.Embedding, AttributeEmbedding
    embeddings = [each for each in all_layers(network) if isinstance(each, kinds)]
    smallest = min((each.input_dim for each in embeddings), default=num_labels)
    if smallest < num_labels:
        raise InvalidArgument(
            f"`{role}` must have embeddings of {num_labels} labels, the number of classes, or of "
            f"clusters. Received: a {role} with an embedding of {smallest}"
        )


def _check_image_shape(discriminator, images):
    """Keras itself would accept a discriminator of RGB until the first grey batch."""
    inputs = getattr(discriminator, "inputs", None) or [images]
    taken = inputs[data_position([(each.name, each.dtype) for each in inputs])].shape
    if not tf.TensorShape(taken[1:]).is_compatible_with(images.shape[1:]):
        raise InvalidArgument(
            f"`discriminator` must take inputs of shape {tuple(images.shape)}, the shape of "
            f"the generator's images. Received: a discriminator of input shape {tuple(taken)}"
        )


def _warn_of_last_layers(generator, discriminator, is_image):
    last = last_activation(discriminator)
    if last in _NO_LOGITS:
        warnings.warn(
            f"`discriminator` ends in {last}, but the losses take logits, positive for real and "
            "negative for fake images. Remove the activation of its last layer",
            stacklevel=4,
        )
    last = last_activation(generator)
    if is_image and last in _NEVER_NEGATIVE:
        warnings.warn(
            f"`generator` ends in {last} and cannot make the dark half of images in [-1, 1]. "
            'Give its last layer activation="tanh"',
            stacklevel=4,
        )
