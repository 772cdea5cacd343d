"""The latent space: noise, images from it, and truncation."""

from tfgan_kit.latent.sampling import decode, normal, sample, sample_labels
from tfgan_kit.latent.truncation import truncated

__all__ = ["decode", "normal", "sample", "sample_labels", "truncated"]
