"""Least-squares GAN (Mao et al., 2017)."""

from tfgan_kit.recipes.recipe import Recipe

__all__ = ["LSGAN"]

LSGAN = Recipe(
    name="lsgan",
    description="least squares: gradients stay large where D is confident",
    reference=(
        "Mao et al., 2017, https://arxiv.org/abs/1611.04076: labels 0, 1, 1, batch 64, "
        "Adam with beta_1 0.5; the rate of 2e-4 is what they use for small images"
    ),
    batch_size=64,
    epochs=80,
    learning_rate=2e-4,
    beta_1=0.5,
    loss="least_squares",
    ema=0.995,
)
