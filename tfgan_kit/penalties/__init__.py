"""Terms of the loss of either network: gradient penalties, and others for few or diverse images."""

from tfgan_kit.penalties.auxiliary_classifier import AuxiliaryClassifier
from tfgan_kit.penalties.drift import Drift
from tfgan_kit.penalties.feature_matching import FeatureMatching
from tfgan_kit.penalties.gdpp import GDPP
from tfgan_kit.penalties.gradient import DRAGAN, R1, R2, WGANGP
from tfgan_kit.penalties.lecam import LeCam
from tfgan_kit.penalties.path_length import PathLength
from tfgan_kit.penalties.penalty import DiscriminatorPenalty, GeneratorPenalty, Penalty
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.registry import Registry

__all__ = [
    "DRAGAN",
    "GDPP",
    "R1",
    "R2",
    "WGANGP",
    "AuxiliaryClassifier",
    "DiscriminatorPenalty",
    "Drift",
    "FeatureMatching",
    "GeneratorPenalty",
    "LeCam",
    "PathLength",
    "Penalty",
    "get",
    "get_all",
]

_PENALTIES = Registry(
    "penalties",
    Penalty,
    {
        "r1": R1,
        "r2": R2,
        "wgan_gp": WGANGP,
        "dragan": DRAGAN,
        "drift": Drift,
        "gdpp": GDPP,
        "lecam": LeCam,
        "feature_matching": FeatureMatching,
        "path_length": PathLength,
        "auxiliary_classifier": AuxiliaryClassifier,
    },
)


def get(identifier):
    """The term of a name, a config or an object.

    Args:
        identifier: A name (`"r1"`, `"r2"`, `"wgan_gp"`, `"dragan"`, `"drift"`, `"gdpp"`,
            `"lecam"`, `"feature_matching"`, `"path_length"`, `"auxiliary_classifier"`) for one
            with its defaults, a Keras config dict, or a `Penalty`.

    Returns:
        A `Penalty`.

    Raises:
        InvalidArgument: If it is none of these.

    Example:

    ```python
    from tfgan_kit import penalties

    penalties.get("r1").gamma  # 10.0
    ```
    """
    penalty = _PENALTIES.get(identifier)
    if not penalty.sides:
        # It would be left out of both losses in silence.
        raise InvalidArgument(
            f"`sides` of {type(penalty).__name__} must name a network. Received: sides=(). "
            "Derive it from DiscriminatorPenalty or GeneratorPenalty"
        )
    return penalty


def get_all(identifiers):
    """The terms of a list.

    Args:
        identifiers: List or tuple of what `get` takes, one of them, or None.

    Returns:
        A tuple of `Penalty` objects.

    Raises:
        InvalidArgument: If one is not known.

    Example:

    ```python
    from tfgan_kit import penalties

    penalties.get_all(["r1", penalties.R2(gamma=1.0)])
    ```
    """
    if identifiers is None:
        return ()
    if not isinstance(identifiers, (list, tuple)):
        identifiers = [identifiers]
    return tuple(map(get, identifiers))
