"""StyleGAN2 (Karras et al., 2020), scaled down to small images."""

from tfgan_kit import penalties
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.training import ExponentialMovingAverage

__all__ = ["STYLEGAN"]

STYLEGAN = Recipe(
    name="stylegan",
    description="styles to mix and truncate; slow: for long its images of a class are alike",
    reference=(
        "Karras et al., 2020, https://arxiv.org/abs/1912.04958: config F with rate, batch, average "
        "and lazy terms of the authors' code for small images, "
        "https://github.com/NVlabs/stylegan2-ada-pytorch: Adam at 0.0025 with beta_1 0 and beta_2 "
        "0.99, 2 mapping layers, R1 with gamma 0.0002 pixels / batch; networks are narrower. "
        "Lazy terms are part of the one update, and so need no other Adam settings"
    ),
    batch_size=32,
    epochs=60,
    learning_rate=0.0025,
    beta_1=0.0,
    beta_2=0.99,
    model="style",
    model_arguments={"width": 16, "mapping_layers": 2},
    latent_dim=64,
    penalties=[
        penalties.R1(gamma=0.0002 / 32, interval=16, per_pixel=True),
        penalties.PathLength(weight=2.0, interval=4),
    ],
    ema=ExponentialMovingAverage(half_life=10_000),
)
