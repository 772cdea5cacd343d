"""Parts and copies of style-based generators: with truncated styles, and with random noise."""

import keras
import numpy as np
from keras import ops

from tfgan_kit.layers import DrawCluster, MixStyles, NoiseInjection
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers, input_within
from tfgan_kit.utils.validation import check_integer, check_number, check_seed

__all__ = ["style_networks", "truncated", "with_random_noise"]


def style_networks(generator):
    """The two halves of a style-based generator: from noise to styles, and on to images.

    Args:
        generator: A Keras model that `models.style` returned, `truncated` or not; also one that
            draws clusters, such as `GAN.sampling_generator` with `clusters`.

    Returns:
        A pair of Keras models: from the generator's inputs to styles `(batch, num_layers,
        style_dim)`, and from those to images.

    Raises:
        InvalidArgument: If the generator has no styles.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    mapping, synthesis = latent.style_networks(latent.truncated(generator, 0.7))
    synthesis(mapping(latent.sample(4, latent_dim=8, seed=0))).shape  # (4, 16, 16, 1)
    ```
    """
    inner, _ = without_clusters(generator)
    if not has_styles(generator):
        raise InvalidArgument(
            "`generator` must have styles, as those of models.style have. "
            f"Received: generator={generator!r}"
        )
    if inner is generator:
        return generator.styles, generator.synthesis
    return part(generator, inner.styles(input_within(generator, inner))), inner.synthesis


def has_styles(generator):
    """Whether `style_networks` works."""
    return hasattr(without_clusters(generator)[0], "synthesis")


def part(model, outputs):
    """The model of the same inputs to tensors within."""
    return keras.Model(model.inputs if len(model.inputs) > 1 else model.inputs[0], outputs)


def without_clusters(generator):
    """The generator inside one that draws clusters, and a function to what it takes; or itself."""
    layers = getattr(generator, "layers", [])
    draw = next((each for each in layers if isinstance(each, DrawCluster)), None)
    if draw is None:
        return generator, lambda noise, labels: (noise, labels)
    inner = next(each for each in layers if isinstance(each, keras.Model))

    def entrance(noise, labels):
        drawn = draw(noise if labels is None else [noise, labels])
        return [ops.convert_to_numpy(each) for each in drawn]

    return inner, entrance


def truncated(generator, truncation):
    """A copy of a style-based generator whose styles are closer to their mean.

    Args:
        generator: A Keras model with a `layers.MixStyles`, such as `models.style` returns.
        truncation: Non-negative float `psi`: styles become `mean + psi * (w - mean)`. At 1 images
            stay as they are, at 0 all are the image of the mean style. Or a pair `(psi, cutoff)`:
            the styles of the first `cutoff` layers only, the coarse ones. Or None for the
            generator itself.

    Returns:
        A Keras model of the same inputs and output.

    Raises:
        InvalidArgument: If `truncation` is none of these, or the generator has no styles.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    noise = latent.sample(4, latent_dim=8, seed=0)
    latent.truncated(generator, 0.7)(noise).shape  # (4, 16, 16, 1)
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948, appendix B; Brock et al.,
    2019, https://arxiv.org/abs/1809.11096.
    """
    if truncation is None:
        return generator
    psi, cutoff = truncation if np.shape(truncation) == (2,) else (truncation, None)
    settings = {"psi": check_number("truncation", psi, 0)}
    settings["cutoff"] = check_integer("cutoff", cutoff, 1, optional=True)
    return _copy(generator, "truncation", truncation, MixStyles, lambda: settings)


def with_random_noise(generator, seed=None):
    """A copy of a style-based generator whose `layers.NoiseInjection` draw noise for each image.

    Otherwise their noise is fixed, and an image depends on the noise vector alone.

    Args:
        generator: A Keras model with `layers.NoiseInjection`, such as `models.style` returns.
        seed: Integer in [0, 2**31) or None, random seed of the noise. Defaults to None: a random
            one.

    Returns:
        A Keras model of the same inputs and output.

    Raises:
        InvalidArgument: If `seed` is out of range, or the generator has no such layer.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    noise = latent.sample(4, latent_dim=8, seed=0)
    latent.with_random_noise(generator, seed=0)(noise).shape  # (4, 16, 16, 1)
    ```

    Reference: `randomize_noise` in https://github.com/NVlabs/stylegan2.
    """
    random = np.random.default_rng(seed if seed is None else check_seed(seed))

    def settings():
        return {"random": True, "seed": int(random.integers(2**31))}

    return _copy(generator, "randomize_noise", True, NoiseInjection, settings)


def _copy(generator, name, value, kind, settings):
    """A copy whose layers of a kind have other settings, for the argument of this name."""
    if not any(isinstance(layer, kind) for layer in all_layers(generator)):
        raise InvalidArgument(
            f"`{name}` only works with generators that have styles, such as those of "
            f"models.style. Received: {name}={value} and a generator without styles"
        )

    def clone(layer):
        changes = settings() if isinstance(layer, kind) else {}
        return type(layer).from_config({**layer.get_config(), **changes})

    copy = keras.models.clone_model(generator, clone_function=clone, recursive=True)
    copy.set_weights(generator.get_weights())
    return copy
