"""Hinge loss and spectral normalization (Miyato et al., 2018; Zhang et al., 2019)."""

from tfgan_kit.recipes.recipe import Recipe

__all__ = ["HINGE_SN"]

HINGE_SN = Recipe(
    name="hinge_sn",
    description="hinge loss, spectral normalization in D, two rates: stable without a penalty",
    reference=(
        "Miyato et al., 2018, https://arxiv.org/abs/1802.05957, for the normalization; "
        "Zhang et al., 2019, https://arxiv.org/abs/1805.08318, for hinge, Adam 1e-4 and "
        "4e-4, beta 0 and 0.9"
    ),
    batch_size=64,
    epochs=80,
    learning_rate=1e-4,
    discriminator_learning_rate=4e-4,
    beta_1=0.0,
    beta_2=0.9,
    model_arguments={"dropout": 0.0, "spectral_normalization": True},
    loss="hinge",
    ema=0.995,
)
