"""Wasserstein GAN with gradient penalty (Gulrajani et al., 2017)."""

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import Alternating

__all__ = ["WGAN_GP"]

WGAN_GP = Recipe(
    name="wgan_gp",
    description="a critic with gradients of norm 1, whose loss tracks quality; slow: five D steps",
    reference=(
        "Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, algorithm 1: "
        "lambda 10, five critic steps of 64 images each, Adam 1e-4, beta 0 and 0.9"
    ),
    batch_size=320,
    epochs=150,
    learning_rate=1e-4,
    beta_1=0.0,
    beta_2=0.9,
    model_arguments={"dropout": 0.0},
    loss="wasserstein",
    penalties=[penalties.WGANGP(weight=10.0)],
    ema=0.995,
    updates=Alternating(discriminator_steps=5),
)
