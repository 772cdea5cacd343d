"""R3GAN (Huang et al., 2024), scaled down to small images."""

import keras

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training.ema import ExponentialMovingAverage

__all__ = ["R3GAN"]

_BURN_IN = 5_000


def _falling(first, last, steps):
    """From `first` to `last` along half a cosine in that many steps, then `last`."""
    return keras.optimizers.schedules.CosineDecay(first, steps, alpha=last / first)


R3GAN = Recipe(
    name="r3gan",
    description="relativistic pairs, R1 and R2, residual networks without normalisation",
    reference=(
        "Huang et al., 2024, https://arxiv.org/abs/2501.05441: Adam with beta_1 0, beta_2 "
        "rising from 0.9 to 0.99, rate and gamma falling along cosines in a burn-in, no "
        "normalisation; widths, burn-in and gamma are scaled down to small images"
    ),
    batch_size=128,
    epochs=120,
    learning_rate=_falling(2e-4, 5e-5, _BURN_IN),
    beta_1=0.0,
    beta_2=_falling(0.9, 0.99, _BURN_IN),
    model="residual",
    latent_dim=64,
    loss="relativistic_pairing",
    penalties=[
        penalties.R1(_falling(2.0, 0.2, _BURN_IN)),
        penalties.R2(_falling(2.0, 0.2, _BURN_IN)),
    ],
    ema=ExponentialMovingAverage(half_life=10_000),
)
