"""Adversarial losses: one for the discriminator and one for the generator, in one class."""

from tfgan_kit.losses.adversarial import AdversarialLoss
from tfgan_kit.losses.cross_entropy import Minimax, NonSaturating
from tfgan_kit.losses.hinge import Hinge
from tfgan_kit.losses.least_squares import LeastSquares
from tfgan_kit.losses.relativistic import RelativisticAverage, RelativisticPairing
from tfgan_kit.losses.wasserstein import Wasserstein
from tfgan_kit.utils.registry import Registry

_LOSSES = {
    "non_saturating": NonSaturating,
    "minimax": Minimax,
    "least_squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
    "relativistic_average": RelativisticAverage,
    "relativistic_pairing": RelativisticPairing,
}
__all__ = ["AdversarialLoss", "get", *(loss.__name__ for loss in _LOSSES.values())]


def get(identifier):
    """Return a loss by name, config or instance.

    Args:
        identifier: A name such as `"hinge"` for a loss with default arguments, a config dict from
            `keras.saving.serialize_keras_object`, an `AdversarialLoss`, or None for
            `NonSaturating()`.

    Returns:
        An `AdversarialLoss`.

    Raises:
        InvalidArgument: If `identifier` is none of these; the message lists all names.

    Example:

    ```python
    from tfgan_kit import losses

    losses.get("minimax")
    ```
    """
    return Registry("loss", AdversarialLoss, _LOSSES, "non_saturating").get(identifier)
