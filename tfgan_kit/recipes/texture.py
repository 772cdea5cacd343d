"""PSGAN (Bergmann et al., 2017) with R3GAN's loss: a texture from one picture, in minutes."""

import keras

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage, ImageSchedule

__all__ = ["TEXTURE"]

TEXTURE = Recipe(
    name="texture",
    description="from one picture: a texture of any size that repeats without a seam",
    reference=(
        "Bergmann et al., 2017, https://arxiv.org/abs/1705.06566: local and periodic noise, fully "
        "convolutional networks, here narrow and with noise at several levels; the loss of Huang "
        "et al., 2024, https://arxiv.org/abs/2501.05441"
    ),
    batch_size=4,
    epochs=5,
    learning_rate=ImageSchedule(
        keras.optimizers.schedules.InverseTimeDecay(1e-3, decay_steps=20_000, decay_rate=1.0)
    ),
    beta_1=0.0,
    beta_2=0.99,
    model="texture",
    latent_dim=None,
    # After 120 seconds gravel has stones; with the non-saturating loss it has specks.
    loss="relativistic_pairing",
    penalties=[penalties.R1(gamma=0.002, interval=8)],
    ema=ExponentialMovingAverage(half_life=1e9, rampup=0.1),
)
