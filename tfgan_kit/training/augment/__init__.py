"""The augmentation of real and generated images before the discriminator."""

import keras

from tfgan_kit.training.augment.augmentation import Augmentation, sub_seed
from tfgan_kit.training.augment.diff_augment import CHANGES, DiffAugment
from tfgan_kit.training.augment.instance_noise import InstanceNoise
from tfgan_kit.utils.errors import InvalidArgument, nearest_names

__all__ = ["Augmentation", "Compose", "DiffAugment", "InstanceNoise", "get"]

_AUGMENTATIONS = {"diff_augment": DiffAugment, "instance_noise": InstanceNoise}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Compose(Augmentation):
    """Several augmentations, one after the other, each with its own seed.

    Args:
        augmentations: List of what `augment.get` takes.

    Raises:
        InvalidArgument: If a member is None or not known.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import augment

    change = augment.Compose(["translation", augment.InstanceNoise(0.05)])
    change(tf.zeros((2, 8, 8, 1)), seed=(0, 0), step=0).shape  # (2, 8, 8, 1)
    ```
    """

    def __init__(self, augmentations):
        if not isinstance(augmentations, (list, tuple)) or None in augmentations:
            raise InvalidArgument(
                "`augmentations` must be a list of augmentations, names or configs. "
                f"Received: augmentations={augmentations!r}"
            )
        self.augmentations = [get(each) for each in augmentations]

    def __call__(self, images, seed, step):
        for index, augmentation in enumerate(self.augmentations):
            images = augmentation(images, sub_seed(seed, index), step)
        return images


def get(identifier):
    """The augmentation of a policy, a name, a list, a config or an object.

    Args:
        identifier: A policy of `DiffAugment` such as `"color,translation"`; a name
            (`"diff_augment"`, `"instance_noise"`); a list of any of these, for `Compose`; a
            Keras config dict; an `Augmentation`; or None for none.

    Returns:
        An `Augmentation` or None.

    Raises:
        InvalidArgument: If it is none of these.

    Example:

    ```python
    from tfgan_kit.training import augment

    augment.get("translation,cutout").policy  # "translation,cutout"
    ```
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if identifier is None or isinstance(identifier, Augmentation):
        return identifier
    if isinstance(identifier, (list, tuple)):
        return Compose(identifier)
    if isinstance(identifier, str):
        return _AUGMENTATIONS[identifier]() if identifier in _AUGMENTATIONS else _policy(identifier)
    raise InvalidArgument(
        "`augment` must be None, an Augmentation, a list of them, one of "
        f"{sorted(_AUGMENTATIONS)} or a policy of {sorted(CHANGES)}. "
        f"Received: augment={identifier!r}"
    )


def _policy(identifier):
    near = nearest_names(identifier, _AUGMENTATIONS)
    if "," not in identifier and identifier not in CHANGES and near:
        raise InvalidArgument(
            f"`augment` must be one of {sorted(_AUGMENTATIONS)} or a policy of "
            f"{sorted(CHANGES)}. Received: augment={identifier!r}; did you mean {near[0]!r}?"
        )
    return DiffAugment(identifier)
