"""Layers of the GAN papers that Keras lacks."""

from tfgan_kit.layers.draw_cluster import DrawCluster
from tfgan_kit.layers.fade_in import FadeIn
from tfgan_kit.layers.minibatch_stddev import MinibatchStdDev

__all__ = ["DrawCluster", "FadeIn", "MinibatchStdDev"]
