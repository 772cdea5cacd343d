"""The latent space: noise, and images from it."""

from tfgan_kit.latent.sampling import check_seed, decode, normal, sample

__all__ = ["check_seed", "decode", "normal", "sample"]
