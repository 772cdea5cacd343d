"""The default: small DCGAN networks that use labels, found by a search at equal time."""

import keras

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage, ImageSchedule

__all__ = ["DCGAN"]

DCGAN = Recipe(
    name="dcgan",
    description="the default: good images soonest, with labels where there are any",
    reference=(
        "beta_1 0.5 is that of Radford et al., 2016, https://arxiv.org/abs/1511.06434, "
        "section 4; projection: Miyato & Koyama, 2018, https://arxiv.org/abs/1802.05637; lazy R1: "
        "Karras et al., 2020, https://arxiv.org/abs/1912.04958; the rest was searched for at equal "
        "time on MNIST and digits with benchmarks/time_to_quality.py: half the tutorial's width, "
        "kernels of 4, no convolution at 7x7, minibatch standard deviation, R1 in place of "
        "dropout, batch 32, an average over a tenth of the training, and a rate that halves in the "
        "first 100,000 images and then falls as their inverse, so that a run may have any length"
    ),
    batch_size=32,
    epochs=80,
    learning_rate=ImageSchedule(
        keras.optimizers.schedules.InverseTimeDecay(2e-3, decay_steps=100_000, decay_rate=1.0)
    ),
    beta_1=0.5,
    model_arguments={
        "width": 32,
        "kernel_size": 4,
        "plane_convolution": False,
        "dropout": 0.0,
        "minibatch_stddev": True,
    },
    penalties=[penalties.R1(gamma=0.5, interval=8)],
    ema=ExponentialMovingAverage(half_life=1e9, rampup=0.1),
)
