"""The latent space: noise, images from it, walks, directions, searches, and what styles allow."""

from tfgan_kit.latent.blending import feathered, poisson
from tfgan_kit.latent.directions import factorize, principal
from tfgan_kit.latent.encoder import train_encoder
from tfgan_kit.latent.evolution import Evolution
from tfgan_kit.latent.features import layer_features
from tfgan_kit.latent.inpainting import Inpainting, inpaint
from tfgan_kit.latent.inspiration import Inspiration, inspire
from tfgan_kit.latent.interpolation import between, interpolate
from tfgan_kit.latent.inversion import Inversion, invert
from tfgan_kit.latent.labels import label_networks
from tfgan_kit.latent.mixing import mix_styles
from tfgan_kit.latent.sampling import decode, normal, sample, sample_labels
from tfgan_kit.latent.search import Descent, Found
from tfgan_kit.latent.spaces import Space, latent_space
from tfgan_kit.latent.styles import style_networks, truncated, with_random_noise
from tfgan_kit.latent.supervised import supervised
from tfgan_kit.latent.texture import sample_texture, texture_cell

__all__ = [
    "Descent",
    "Evolution",
    "Found",
    "Inpainting",
    "Inspiration",
    "Inversion",
    "Space",
    "between",
    "decode",
    "factorize",
    "feathered",
    "inpaint",
    "inspire",
    "interpolate",
    "invert",
    "label_networks",
    "latent_space",
    "layer_features",
    "mix_styles",
    "normal",
    "poisson",
    "principal",
    "sample",
    "sample_labels",
    "sample_texture",
    "style_networks",
    "supervised",
    "texture_cell",
    "train_encoder",
    "truncated",
    "with_random_noise",
]
