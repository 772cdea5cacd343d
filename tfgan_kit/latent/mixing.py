"""Coarse styles of one image with fine styles of another."""

import numpy as np

from tfgan_kit.latent.sampling import decode
from tfgan_kit.latent.styles import style_networks
from tfgan_kit.utils.validation import check_integer

__all__ = ["mix_styles"]


def mix_styles(generator, coarse, fine, cutoff, coarse_labels=None, fine_labels=None):
    """Every image of a first set with the finer layers' styles of every image of a second one.

    Args:
        generator: A Keras model with styles, as for `style_networks`.
        coarse: Float array, whose styles the first layers get: noise `(rows, latent_dim)`, or the
            styles themselves `(rows, num_layers, style_dim)`.
        fine: Float array for all other layers, `(columns, ...)`.
        cutoff: Integer from 0 to the number of layers, how many layers are the first: at 0 all
            styles are those of `fine`.
        coarse_labels: Integer array `(rows,)`, for noise of a conditional generator. Defaults to
            None.
        fine_labels: Integer array `(columns,)`. Defaults to None.

    Returns:
        A float32 NumPy array `(rows, columns, height, width, channels)`.

    Raises:
        InvalidArgument: If the generator has no styles, or `cutoff` is out of range.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    noise = latent.sample(5, latent_dim=8, seed=0)
    latent.mix_styles(generator, noise[:2], noise[2:], cutoff=2).shape  # (2, 3, 16, 16, 1)
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948, section 3.1, figure 3.
    """
    mapping, synthesis = style_networks(generator)
    check_integer("cutoff", cutoff, 0, mapping.output_shape[1])
    first, second = (
        given if np.ndim(given) == 3 else decode(mapping, given, labels)
        for given, labels in ((coarse, coarse_labels), (fine, fine_labels))
    )
    shape = len(first), len(second), *first.shape[1:]
    is_first = np.arange(first.shape[1])[:, None] < cutoff
    mixed = np.where(is_first, np.broadcast_to(first[:, None], shape), second)
    return decode(synthesis, mixed.reshape(-1, *shape[2:])).reshape(
        *shape[:2], *synthesis.output_shape[1:]
    )
