"""Pixels, picture files, animations and plots."""

from tfgan_kit.media.animation import write_animation, write_training_animation
from tfgan_kit.media.images import (
    label_image,
    scale_up,
    tile,
    to_float,
    to_uint8,
    write_grid,
    write_image,
)
from tfgan_kit.media.plots import plot_losses, plot_metrics

__all__ = [
    "label_image",
    "plot_losses",
    "plot_metrics",
    "scale_up",
    "tile",
    "to_float",
    "to_uint8",
    "write_animation",
    "write_grid",
    "write_image",
    "write_training_animation",
]
