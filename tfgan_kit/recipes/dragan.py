"""DRAGAN (Kodali et al., 2017)."""

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe

__all__ = ["DRAGAN"]

DRAGAN = Recipe(
    name="dragan",
    description="the tutorial's losses with a gradient penalty around real images",
    reference=(
        "Kodali et al., 2017, https://arxiv.org/abs/1705.07215: lambda 10, batch 64, "
        "Adam 2e-4, beta 0.5 and 0.999"
    ),
    batch_size=64,
    epochs=80,
    learning_rate=2e-4,
    beta_1=0.5,
    model_arguments={"dropout": 0.0},
    penalties=[penalties.DRAGAN(weight=10.0)],
    ema=0.995,
)
