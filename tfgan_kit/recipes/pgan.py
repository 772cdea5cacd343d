"""Progressive growing (Karras et al., 2018), scaled down to small images."""

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage, Progressive

__all__ = ["PGAN"]

PGAN = Recipe(
    name="pgan",
    description="networks that grow; in short trainings the images of a class are all alike",
    reference=(
        "Karras et al., 2018, https://arxiv.org/abs/1710.10196, appendix A.1: WGAN-GP with a drift "
        "of 0.001, one step of D for each of G, Adam 1e-3, beta 0 and 0.99, an average whose "
        "half-life is that of 0.999 in batches of 16; scaled down: a sixteenth of the paper's "
        "width, a thirtieth of its 600,000 images for each level and each fade, batches of 64 and "
        "32 before its 16"
    ),
    batch_size=64,
    epochs=80,
    learning_rate=1e-3,
    beta_1=0.0,
    beta_2=0.99,
    model="progressive",
    model_arguments={"width": 32, "level_images": 20_000, "fade_images": 20_000},
    latent_dim=64,
    loss="wasserstein",
    penalties=[penalties.WGANGP(10.0), penalties.Drift(0.001)],
    ema=ExponentialMovingAverage(half_life=11_000),
    updates=Progressive("alternating", splits=(1, 2, 4)),
)
