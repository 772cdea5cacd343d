"""The spaces in which latents are searched: z, w and w+."""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import ops

from tfgan_kit.latent.sampling import decode, sample
from tfgan_kit.latent.styles import style_networks
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import noise_length, with_labels
from tfgan_kit.utils.validation import check_choice

__all__ = ["Space", "latent_space"]


class Space(NamedTuple):
    """Latents of one kind, and how a generator makes images of them.

    Args:
        name: String, `"z"`, `"w"` or `"w+"`.
        shape: Tuple of integers, the shape of one latent.
        image_shape: Tuple `(height, width, channels)`.
        images: Function from latents `(num, *shape)` and labels `(num,)` or None to float32 images,
            of tensors.
        sample: Function from a number, labels and a seed to as many latents, as an array.
        takes_labels: Boolean, whether `sample` needs labels, as the generator does.
        labels_matter: Boolean, whether images depend on labels, and not on the latents alone.
        has_gradients: Boolean.

    Example:

    ```python
    from tfgan_kit import latent, models

    space = latent.latent_space(models.dcgan((16, 16, 1), latent_dim=8)[0])
    space.images(space.sample(4, None, seed=0), None).shape  # (4, 16, 16, 1)
    ```
    """

    name: str
    shape: tuple
    image_shape: tuple
    images: Callable
    sample: Callable
    takes_labels: bool
    labels_matter: bool
    has_gradients: bool


def latent_space(generator, name="z"):
    """The latents of a generator, as the noise that it takes or as styles.

    Args:
        generator: A Keras model from noise, or from noise and labels, to images; or an exported
            generator that `export.load` returns, which has only `"z"` and no gradients unless it is
            a Keras model.
        name: `"z"`, the noise; `"w"`, one style for all layers; or `"w+"`, a style for each layer.
            Defaults to `"z"`.

    Returns:
        A `Space`.

    Raises:
        InvalidArgument: If there is no such space, or the generator has no styles.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    latent.latent_space(generator, "w+").shape  # (6, 8)
    ```

    Reference: Abdal et al., 2019, https://arxiv.org/abs/1904.03189 (w+).
    """
    make = _SPACES[check_choice("space", name, tuple(_SPACES))]
    return make(getattr(generator, "model", None) or generator)


def _noise(generator):
    if isinstance(generator, keras.Model):
        length = noise_length(generator)
        image_shape, takes_labels = generator.output_shape[1:], len(generator.inputs) > 1

        def images(latents, labels):
            return _float32(generator(with_labels(generator, latents, labels), training=False))
    else:
        length, image_shape = generator.latent_dim, generator.image_shape
        takes_labels, images = generator.class_limit is not None, generator.run

    def draw(num, labels, seed):
        return sample(num, length, seed)

    has_gradients = isinstance(generator, keras.Model)
    conditional = takes_labels, takes_labels
    return Space("z", (length,), image_shape, images, draw, *conditional, has_gradients)


def _style(generator):
    layered = _layered_style(generator)
    num_layers, length = layered.shape

    def images(latents, labels):
        return layered.images(ops.repeat(latents[:, None], num_layers, axis=1), labels)

    def draw(num, labels, seed):
        return layered.sample(num, labels, seed)[:, 0]

    return layered._replace(name="w", shape=(length,), images=images, sample=draw)


def _layered_style(generator):
    if not isinstance(generator, keras.Model):
        raise InvalidArgument(
            "`space` must be 'z' for an exported generator that is not a Keras model. "
            f"Received: space='w' or 'w+' and {type(generator).__name__}"
        )
    mapping, synthesis = style_networks(generator)

    def images(latents, labels):
        return _float32(synthesis(latents, training=False))

    def draw(num, labels, seed):
        return decode(mapping, sample(num, noise_length(mapping), seed), labels)

    return Space(
        "w+",
        mapping.output_shape[1:],
        synthesis.output_shape[1:],
        images,
        draw,
        takes_labels=len(mapping.inputs) > 1,
        labels_matter=False,
        has_gradients=True,
    )


def _float32(images):
    return ops.cast(images, "float32")


_SPACES = {"z": _noise, "w": _style, "w+": _layered_style}
