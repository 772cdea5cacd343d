"""StyleGAN2 (Karras et al., 2020) with R3GAN's loss, scaled down to small images."""

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage

__all__ = ["STYLEGAN"]

STYLEGAN = Recipe(
    name="stylegan",
    description="styles that can be mixed and truncated; slower than dcgan",
    reference=(
        "Karras et al., 2020, https://arxiv.org/abs/1912.04958: config F, narrower, with the rate, "
        "the average and the 2 mapping layers of the authors' settings for CIFAR-10, "
        "https://github.com/NVlabs/stylegan2-ada-pytorch, which have neither path length nor style "
        "mixing: Adam at 0.0025 with beta_1 0 and beta_2 0.99; skips in both networks, which are "
        "faster than residuals; the loss of Huang et al., 2024, https://arxiv.org/abs/2501.05441, "
        "with R1 and R2, computed lazily: with the logistic loss and R1 alone, images of a class "
        "became all alike in the first minutes"
    ),
    batch_size=32,
    epochs=60,
    learning_rate=0.0025,
    beta_1=0.0,
    beta_2=0.99,
    model="style",
    model_arguments={
        "width": 16,
        "mapping_layers": 2,
        "style_mixing": 0.0,
        "architecture": ["skip", "skip"],
    },
    latent_dim=64,
    loss="relativistic_pairing",
    penalties=[penalties.R1(gamma=4.0, interval=8), penalties.R2(gamma=4.0, interval=8)],
    ema=ExponentialMovingAverage(half_life=10_000),
)
