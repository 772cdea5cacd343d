"""The latent space: noise, images from it, truncation and random noise of styles."""

from tfgan_kit.latent.sampling import decode, normal, sample, sample_labels
from tfgan_kit.latent.styles import truncated, with_random_noise

__all__ = ["decode", "normal", "sample", "sample_labels", "truncated", "with_random_noise"]
