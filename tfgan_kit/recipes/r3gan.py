"""R3GAN (Huang et al., 2024), scaled down to small images."""

import keras

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage, ImageSchedule

__all__ = ["R3GAN"]

# Real images; 5,000 steps of 128.
_BURN_IN = 640_000


def _cosine(first, last):
    """From `first` to `last` along half a cosine during the burn-in, then `last`."""
    return ImageSchedule(
        keras.optimizers.schedules.CosineDecay(first, _BURN_IN, alpha=last / first)
    )


R3GAN = Recipe(
    name="r3gan",
    description="relativistic pairing loss, R1 and R2, residual networks without normalization",
    reference=(
        "Huang et al., 2024, https://arxiv.org/abs/2501.05441: Adam with beta_1 0, beta_2 "
        "rising from 0.9 to 0.99, rate and gamma falling along cosines in a burn-in, no "
        "normalization; widths, burn-in and gamma are scaled down to small images; a step "
        "trains each network on 64 images of its own, half of its batch of 128"
    ),
    batch_size=128,
    epochs=120,
    learning_rate=_cosine(2e-4, 5e-5),
    beta_1=0.0,
    beta_2=_cosine(0.9, 0.99),
    model="residual",
    latent_dim=64,
    loss="relativistic_pairing",
    penalties=[
        penalties.R1(_cosine(2.0, 0.2)),
        penalties.R2(_cosine(2.0, 0.2)),
    ],
    updates="alternating",
    ema=ExponentialMovingAverage(half_life=10_000),
)
