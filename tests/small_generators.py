"""Small generators on disk, for tests of what opens them."""

import keras

from tfgan_kit import models, runs

ATTRIBUTES = ["hair=black, smile=no", "hair=black, smile=yes", "hair=fair, smile=no"]


def save_run(path, generator, names=None, shares=None):
    """The directory of a run, as far as its generator needs it."""
    data = names and {"num_classes": len(names), "class_names": names, "class_shares": shares}
    config = runs.RunConfig(conditional=bool(names), data=data or {})
    path.mkdir()
    config.save(path / "config.json")
    generator.save(path / "generator.keras")
    return path


def save_style_run(path):
    """Of three classes that stand for two attributes; its styles vary and have a mean."""
    keras.utils.set_random_seed(0)
    generator, _ = models.style(
        (16, 16, 1), latent_dim=4, width=4, mapping_layers=1, mapping_lr_multiplier=1, num_classes=3
    )
    generator.get_layer("mix_styles").mean.assign([0.1, 0.2, 0.3, 0.4])
    return save_run(path, generator, ATTRIBUTES, [0.5, 0.5, 0.0])


def save_plain_run(path):
    """Unconditional, of colour images."""
    keras.utils.set_random_seed(0)
    return save_run(path, models.dcgan((16, 16, 3), latent_dim=6, width=2)[0])
