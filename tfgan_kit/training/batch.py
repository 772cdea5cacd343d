"""What a GAN refuses: networks that do not fit, and images that are none."""

import numpy as np
import tensorflow as tf

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["call_symbolically", "check_fit", "check_images", "check_range"]


def call_symbolically(role, network, inputs):
    """Call a network on a symbolic tensor: build it, and learn what shape it gives.

    Args:
        role: String, what messages call the network.
        network: A Keras model.
        inputs: A `keras.KerasTensor`.

    Returns:
        A `keras.KerasTensor`.

    Raises:
        InvalidArgument: If the network does not take that shape.

    Example:

    ```python
    import keras
    from tfgan_kit.training import batch as checks
    from tfgan_kit import models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8)
    checks.call_symbolically("generator", generator, keras.KerasTensor((None, 8))).shape
    ```
    """
    try:
        return network(inputs)
    except ValueError as error:
        raise InvalidArgument(
            f"`{role}` must take inputs of shape {tuple(inputs.shape)}, so that noise of "
            "`latent_dim` goes through the generator and its images through the discriminator. "
            f"Received: a {role} that refuses them: {str(error).splitlines()[0]}"
        ) from error


def check_fit(discriminator, images):
    """Refuse a discriminator that says it takes another shape than the generator gives.

    Keras lets RGB be asked of grey images until the first real batch.

    Args:
        discriminator: A built Keras model.
        images: A `keras.KerasTensor`, what the generator gives.

    Raises:
        InvalidArgument: If its input shape is known and another.

    Example:

    ```python
    import keras
    from tfgan_kit.training import batch as checks
    from tfgan_kit import models

    _, discriminator = models.dcgan((16, 16, 1), latent_dim=8)
    checks.check_fit(discriminator, keras.KerasTensor((None, 16, 16, 1)))
    ```
    """
    taken = getattr(discriminator, "input_shape", None)
    if taken is not None and not tf.TensorShape(taken[1:]).is_compatible_with(images.shape[1:]):
        raise InvalidArgument(
            f"`discriminator` must take inputs of shape {tuple(images.shape)}, which the generator "
            f"gives. Received: a discriminator of input shape {tuple(taken)}"
        )


def check_images(images, image_shape):
    """Refuse a batch whose dtype or shape is not that of real images.

    Args:
        images: Tensor `(batch, *image_shape)`.
        image_shape: Tuple of integers, the shape of one image.

    Returns:
        The images.

    Raises:
        InvalidArgument: If they are no floats or have another shape.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import batch as checks

    checks.check_images(tf.zeros((2, 8, 8, 1)), (8, 8, 1)).shape  # (2, 8, 8, 1)
    ```
    """
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
    """Refuse images outside [-1, 1]: 0 to 255 trains without an error, and to nothing.

    Args:
        images: Array of any shape; integers are left to `check_images`.

    Raises:
        InvalidArgument: If a value is NaN or outside [-1, 1].

    Example:

    ```python
    import numpy as np
    from tfgan_kit.training import batch as checks

    checks.check_range(np.zeros((2, 8, 8, 1), "float32"))
    ```
    """
    if images.dtype.kind == "f" and images.size and not np.abs(images).max() <= 1.001:
        raise InvalidArgument(
            "Real images must be in [-1, 1], as tfgan_kit.data.load gives them. Received: values "
            f"from {images.min():g} to {images.max():g}; tfgan_kit.media.images.to_float converts "
            "0 to 255"
        )
