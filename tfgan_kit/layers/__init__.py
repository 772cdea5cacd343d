"""Layers of the GAN papers that Keras lacks."""

from tfgan_kit.layers.attribute_embedding import AttributeEmbedding
from tfgan_kit.layers.cross_fade import CrossFade
from tfgan_kit.layers.draw_cluster import DrawCluster
from tfgan_kit.layers.equalized import EqualizedConv2D, EqualizedDense
from tfgan_kit.layers.fade_in import FadeIn
from tfgan_kit.layers.learned_constant import LearnedConstant
from tfgan_kit.layers.minibatch_stddev import MinibatchStdDev
from tfgan_kit.layers.modulated import ModulatedConv2D
from tfgan_kit.layers.noise_injection import NoiseInjection
from tfgan_kit.layers.pixel_normalization import PixelNormalization
from tfgan_kit.layers.resampling import Downsample2D, Upsample2D
from tfgan_kit.layers.style_mixing import MixStyles
from tfgan_kit.layers.uniform_noise import UniformNoise
from tfgan_kit.layers.waves import Waves

__all__ = [
    "AttributeEmbedding",
    "CrossFade",
    "Downsample2D",
    "DrawCluster",
    "EqualizedConv2D",
    "EqualizedDense",
    "FadeIn",
    "LearnedConstant",
    "MinibatchStdDev",
    "MixStyles",
    "ModulatedConv2D",
    "NoiseInjection",
    "PixelNormalization",
    "UniformNoise",
    "Upsample2D",
    "Waves",
]
