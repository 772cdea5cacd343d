"""Progressive growing (Karras et al., 2018) with R3GAN's loss, scaled down to small images."""

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage, Progressive

__all__ = ["PGAN"]

PGAN = Recipe(
    name="pgan",
    description="networks that grow: coarse images first, then ever finer ones",
    reference=(
        "Karras et al., 2018, https://arxiv.org/abs/1710.10196: its networks, narrower, and its "
        "growth, with a hundredth of its 600,000 images for each level and a sixtieth for each "
        "fade; the loss of Huang et al., 2024, https://arxiv.org/abs/2501.05441, with R1 and R2, "
        "computed lazily, batch, rate and average as in the recipe stylegan: with the paper's "
        "WGAN-GP, images of a class became all alike in the first minutes"
    ),
    batch_size=32,
    epochs=80,
    learning_rate=0.0025,
    beta_1=0.0,
    beta_2=0.99,
    model="progressive",
    model_arguments={"width": 16, "level_images": 5_000, "fade_images": 10_000},
    latent_dim=64,
    loss="relativistic_pairing",
    penalties=[penalties.R1(gamma=4.0, interval=8), penalties.R2(gamma=4.0, interval=8)],
    ema=ExponentialMovingAverage(half_life=10_000),
    updates=Progressive("simultaneous"),
)
