"""Adversarial losses: pairs of pure functions of the discriminator's logits."""

import keras

from tfgan_kit.losses.adversarial import AdversarialLoss
from tfgan_kit.losses.cross_entropy import (
    Minimax,
    NonSaturating,
    minimax_generator_loss,
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
)
from tfgan_kit.losses.hinge import Hinge, hinge_discriminator_loss, hinge_generator_loss
from tfgan_kit.losses.least_squares import (
    LeastSquares,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
)
from tfgan_kit.losses.relativistic import (
    RelativisticAverage,
    RelativisticPairing,
    relativistic_average_discriminator_loss,
    relativistic_average_generator_loss,
    relativistic_pairing_discriminator_loss,
    relativistic_pairing_generator_loss,
)
from tfgan_kit.losses.wasserstein import (
    Wasserstein,
    wasserstein_discriminator_loss,
    wasserstein_generator_loss,
)
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = [
    "AdversarialLoss",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "RelativisticAverage",
    "RelativisticPairing",
    "Wasserstein",
    "get",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "minimax_generator_loss",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
    "relativistic_average_discriminator_loss",
    "relativistic_average_generator_loss",
    "relativistic_pairing_discriminator_loss",
    "relativistic_pairing_generator_loss",
    "wasserstein_discriminator_loss",
    "wasserstein_generator_loss",
]

_LOSSES = {
    "non_saturating": NonSaturating,
    "minimax": Minimax,
    "least_squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
    "relativistic_average": RelativisticAverage,
    "relativistic_pairing": RelativisticPairing,
}


def get(identifier):
    """The loss of a name, a config or an object.

    Args:
        identifier: A name (`"non_saturating"`, `"minimax"`, `"least_squares"`,
            `"hinge"`, `"wasserstein"`, `"relativistic_average"`,
            `"relativistic_pairing"`), a config dict from
            `keras.saving.serialize_keras_object`, an `AdversarialLoss`, or None
            for `NonSaturating`.

    Returns:
        An `AdversarialLoss`.

    Raises:
        InvalidArgument: If the name is not known or the type is none of these.

    Example:

    ```python
    from tfgan_kit import losses

    losses.get("minimax")
    ```
    """
    if identifier is None:
        return NonSaturating()
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, AdversarialLoss):
        return identifier
    if isinstance(identifier, str) and identifier in _LOSSES:
        return _LOSSES[identifier]()
    raise InvalidArgument(
        f"`loss` must be an AdversarialLoss or one of {sorted(_LOSSES)}. "
        f"Received: loss={identifier!r}" + did_you_mean(identifier, _LOSSES)
    )
