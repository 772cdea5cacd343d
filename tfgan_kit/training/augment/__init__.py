"""What real and generated images go through before the discriminator."""

from tfgan_kit.training.augment.diff_augment import (
    Augmentation,
    Compose,
    DiffAugment,
    InstanceNoise,
    get,
)

__all__ = ["Augmentation", "Compose", "DiffAugment", "InstanceNoise", "get"]
