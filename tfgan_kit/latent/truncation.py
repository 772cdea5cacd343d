"""Truncation of styles: fewer kinds of images, and better ones."""

import keras
import numpy as np

from tfgan_kit.layers import MixStyles
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["truncated"]


def truncated(generator, truncation):
    """A copy of a style-based generator whose styles are closer to their mean.

    Args:
        generator: A Keras model with a `layers.MixStyles`, such as `models.style` returns.
        truncation: Non-negative float `psi`: styles become `mean + psi * (w - mean)`. At 1 images
            stay as they are, at 0 all are the image of the mean style. Or a pair `(psi, cutoff)`:
            the styles of the first `cutoff` layers only, the coarse ones. Or None for the
            generator itself.

    Returns:
        A Keras model of the same inputs and output.

    Raises:
        InvalidArgument: If `truncation` is none of these, or the generator has no styles.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    noise = latent.sample(4, latent_dim=8, seed=0)
    latent.truncated(generator, 0.7)(noise).shape  # (4, 16, 16, 1)
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948, appendix B; Brock et al.,
    2019, https://arxiv.org/abs/1809.11096.
    """
    if truncation is None:
        return generator
    psi, cutoff = truncation if np.shape(truncation) == (2,) else (truncation, None)
    settings = {"psi": check_number("truncation", psi, 0)}
    settings["cutoff"] = check_integer("cutoff", cutoff, 1, optional=True)
    if not any(isinstance(layer, MixStyles) for layer in all_layers(generator)):
        raise InvalidArgument(
            "`truncation` only works with generators that have styles, such as those of "
            f"models.style. Received: truncation={truncation}, a generator without"
        )

    def clone(layer):
        config = layer.get_config()
        if isinstance(layer, MixStyles):
            config |= settings
        return type(layer).from_config(config)

    copy = keras.models.clone_model(generator, clone_function=clone, recursive=True)
    copy.set_weights(generator.get_weights())
    return copy
