"""Network families: builders of a generator and a discriminator for `tfgan_kit.GAN`."""

from tfgan_kit.models.dcgan import dcgan
from tfgan_kit.models.mlp import mlp
from tfgan_kit.models.progressive import progressive
from tfgan_kit.models.residual import residual
from tfgan_kit.models.style import style
from tfgan_kit.models.texture import texture
from tfgan_kit.utils.validation import check_choice

_FAMILIES = {
    "dcgan": dcgan,
    "mlp": mlp,
    "progressive": progressive,
    "residual": residual,
    "style": style,
    "texture": texture,
}
__all__ = ["get", *_FAMILIES]


def get(identifier):
    """Return a network builder by name.

    Args:
        identifier: A name such as `"dcgan"`, or a callable
            `(image_shape, latent_dim) -> (generator, discriminator)`, which is returned unchanged.

    Returns:
        The callable that builds the two networks.

    Raises:
        InvalidArgument: If the name is unknown; the message lists all names.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.get("dcgan")(image_shape=(16, 16, 1), latent_dim=8)
    ```
    """
    if callable(identifier):
        return identifier
    return _FAMILIES[check_choice("model", identifier, tuple(_FAMILIES))]
