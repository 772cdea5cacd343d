"""The latent space: noise, and images from it."""

from tfgan_kit.latent.sampling import decode, normal, sample, sample_labels

__all__ = ["decode", "normal", "sample", "sample_labels"]
