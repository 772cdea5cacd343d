"""What a GAN refuses: networks that do not fit, and images that are none."""

import numpy as np
import tensorflow as tf

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["call_symbolically", "check_fit", "check_images", "check_range"]


def call_symbolically(role, network, inputs):
    """Call a network on a symbolic tensor: build it, and learn what shape it gives."""
    try:
        return network(inputs)
    except ValueError as error:
        raise InvalidArgument(
            f"`{role}` must take inputs of shape {tuple(inputs.shape)}, so that noise of "
            "`latent_dim` goes through the generator and its images through the discriminator. "
            f"Received: a {role} that refuses them: {str(error).splitlines()[0]}"
        ) from error


def check_fit(discriminator, images):
    """Refuse a discriminator that says it takes another shape than the generator gives."""
    taken = getattr(discriminator, "input_shape", None)
    if taken is not None and not tf.TensorShape(taken[1:]).is_compatible_with(images.shape[1:]):
        raise InvalidArgument(
            f"`discriminator` must take inputs of shape {tuple(images.shape)}, which the generator "
            f"gives. Received: a discriminator of input shape {tuple(taken)}"
        )


def check_images(images, image_shape):
    """Refuse a batch whose dtype or shape is not that of real images."""
    if not tf.as_dtype(images.dtype).is_floating:
        raise InvalidArgument(
            "Real images must be floats in [-1, 1], as tfgan_kit.data.load gives them. "
            f"Received: dtype {tf.as_dtype(images.dtype).name}; "
            "tfgan_kit.media.images.to_float converts 0 to 255"
        )
    if not images.shape[1:].is_compatible_with(image_shape):
        raise InvalidArgument(
            f"Real images must have shape (batch, {', '.join(map(str, image_shape))}), "
            f"that of the generator's. Received: shape {tuple(images.shape)}"
        )
    return images


def check_range(images):
    """Refuse images outside [-1, 1]: 0 to 255 trains without an error, and to nothing."""
    if images.dtype.kind == "f" and images.size and not np.abs(images).max() <= 1.001:
        raise InvalidArgument(
            "Real images must be in [-1, 1], as tfgan_kit.data.load gives them. Received: values "
            f"from {images.min():g} to {images.max():g}; tfgan_kit.media.images.to_float converts "
            "0 to 255"
        )
