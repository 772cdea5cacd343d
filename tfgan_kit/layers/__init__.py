"""Layers of the GAN papers that Keras lacks."""

from tfgan_kit.layers.draw_cluster import DrawCluster
from tfgan_kit.layers.equalized import EqualizedConv2D, EqualizedDense
from tfgan_kit.layers.fade_in import FadeIn
from tfgan_kit.layers.minibatch_stddev import MinibatchStdDev
from tfgan_kit.layers.noise_injection import NoiseInjection
from tfgan_kit.layers.pixel_normalization import PixelNormalization

__all__ = [
    "DrawCluster",
    "EqualizedConv2D",
    "EqualizedDense",
    "FadeIn",
    "MinibatchStdDev",
    "NoiseInjection",
    "PixelNormalization",
]
