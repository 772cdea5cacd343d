"""Network builders: each returns a `(generator, discriminator)` pair for `tfgan_kit.GAN`."""

from tfgan_kit.models.dcgan import dcgan
from tfgan_kit.models.mlp import mlp
from tfgan_kit.models.residual import residual
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["dcgan", "get", "mlp", "residual"]

_BUILDERS = {"dcgan": dcgan, "mlp": mlp, "residual": residual}


def get(identifier):
    """The network builder of a name.

    Args:
        identifier: A name (`"dcgan"`, `"mlp"` or `"residual"`), or a callable
            `(image_shape, latent_dim) -> (generator, discriminator)`, which is
            returned as it is.

    Returns:
        A callable that builds the two networks.

    Raises:
        InvalidArgument: If the name is not known.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.get("dcgan")(image_shape=(16, 16, 1), latent_dim=8)
    ```
    """
    if callable(identifier):
        return identifier
    if isinstance(identifier, str) and identifier in _BUILDERS:
        return _BUILDERS[identifier]
    raise InvalidArgument(
        f"`model` must be a callable or one of {sorted(_BUILDERS)}. "
        f"Received: model={identifier!r}" + did_you_mean(identifier, _BUILDERS)
    )
