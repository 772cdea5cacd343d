"""Penalties: terms of a network's loss that keep the discriminator tame or the fakes diverse."""

import keras

from tfgan_kit.penalties.drift import Drift
from tfgan_kit.penalties.gdpp import GDPP
from tfgan_kit.penalties.gradient import DRAGAN, R1, R2, WGANGP
from tfgan_kit.penalties.penalty import DiscriminatorPenalty, GeneratorPenalty, Penalty
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = [
    "DRAGAN",
    "GDPP",
    "R1",
    "R2",
    "WGANGP",
    "DiscriminatorPenalty",
    "Drift",
    "GeneratorPenalty",
    "Penalty",
    "get",
    "get_all",
]

_PENALTIES = {
    "r1": R1,
    "r2": R2,
    "wgan_gp": WGANGP,
    "dragan": DRAGAN,
    "drift": Drift,
    "gdpp": GDPP,
}


def get(identifier):
    """The penalty of a name, a config or an object.

    Args:
        identifier: A name (`"r1"`, `"r2"`, `"wgan_gp"`, `"dragan"`, `"drift"`,
            `"gdpp"`) for one with its defaults, a config dict from
            `keras.saving.serialize_keras_object`, or a `DiscriminatorPenalty`
            or `GeneratorPenalty`.

    Returns:
        A `Penalty`.

    Raises:
        InvalidArgument: If the name is not known or the type is none of these.

    Example:

    ```python
    from tfgan_kit import penalties

    penalties.get("r1").gamma  # 10.0
    ```
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    # A penalty of neither network would be left out of both losses without a word.
    if isinstance(identifier, (DiscriminatorPenalty, GeneratorPenalty)):
        return identifier
    if isinstance(identifier, str) and identifier in _PENALTIES:
        return _PENALTIES[identifier]()
    raise InvalidArgument(
        "`penalties` must be DiscriminatorPenalty or GeneratorPenalty objects, or some of "
        f"{sorted(_PENALTIES)}. Received: penalties={identifier!r}"
        + did_you_mean(identifier, _PENALTIES)
    )


def get_all(identifiers):
    """The penalties of a list.

    Args:
        identifiers: List or tuple of what `get` takes, one of them alone, or None
            for none.

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
    return tuple(get(identifier) for identifier in identifiers)
