"""The latent space: noise, images from it, walks, directions, searches, and what styles allow."""

from tfgan_kit.latent.directions import factorize, principal
from tfgan_kit.latent.interpolation import between, interpolate
from tfgan_kit.latent.labels import label_networks
from tfgan_kit.latent.mixing import mix_styles
from tfgan_kit.latent.sampling import decode, normal, sample, sample_labels
from tfgan_kit.latent.search import Descent, Found
from tfgan_kit.latent.spaces import Space, latent_space
from tfgan_kit.latent.styles import style_networks, truncated, with_random_noise
from tfgan_kit.latent.supervised import supervised

__all__ = [
    "Descent",
    "Found",
    "Space",
    "between",
    "decode",
    "factorize",
    "interpolate",
    "label_networks",
    "latent_space",
    "mix_styles",
    "normal",
    "principal",
    "sample",
    "sample_labels",
    "style_networks",
    "supervised",
    "truncated",
    "with_random_noise",
]
