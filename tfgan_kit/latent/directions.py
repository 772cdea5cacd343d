"""Directions in the latent space along which images change most, found without labels."""

import math

import keras
import numpy as np
from keras import ops
from sklearn.decomposition import PCA

from tfgan_kit.latent.sampling import decode, sample
from tfgan_kit.latent.styles import has_styles, part, without_clusters
from tfgan_kit.layers import ModulatedConv2D
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import noise_length
from tfgan_kit.utils.keras_compat import all_layers, input_within
from tfgan_kit.utils.validation import check_integer

__all__ = ["factorize", "principal"]

# The weights of the first layer are measured with a vector for each number of the noise.
_LONGEST = 4096


def factorize(generator, num=8, layers=None):
    """The directions that the first layer stretches most, in closed form.

    They are the eigenvectors of `A^T A` of the largest eigenvalues, where `A` are the weights by
    which the first layer multiplies the noise. If the generator has styles, `A` are the weights
    that make the scales of the convolutions of the chosen layers from a style. Images change along
    them, mostly in ways that a person can name; nothing is drawn.

    Args:
        generator: A functional or sequential Keras model from noise, or from noise and labels, to
            images.
        num: Positive integer, number of directions, at most the length of a vector. Defaults to 8.
        layers: Sequence of integers, numbers of the layers whose styles count, such as
            `range(0, 2)` for coarse changes; only with styles. Defaults to None: all.

    Returns:
        A float32 NumPy array `(num, length)` of vectors of length 1, orthogonal to each other: add
        multiples of them to noise, or to a style if the generator has styles. The largest number
        of each is positive, so that the signs are always the same.

    Raises:
        InvalidArgument: If an argument is out of range, or the generator has no such layer.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    noise = latent.sample(4, latent_dim=8, seed=0)
    first, second = latent.factorize(generator, num=2)
    latent.decode(generator, noise + 3 * first).shape  # (4, 16, 16, 1)
    ```

    Reference: Shen & Zhou, 2021, https://arxiv.org/abs/2007.06600.
    """
    inner, _ = without_clusters(_checked(generator))
    if has_styles(generator):
        matrix = _modulation(inner.synthesis, layers)
    elif layers is None:
        matrix = _first_layers(inner)[0]
    else:
        raise InvalidArgument(
            f"`layers` must be None, since the generator has no styles. Received: layers={layers!r}"
        )
    check_integer("num", num, 1, matrix.shape[1])
    _, vectors = np.linalg.eigh(matrix.T @ matrix)
    return _finished(generator, vectors.T[::-1][:num])


def principal(generator, num=8, samples=2000, labels=None, seed=0):
    """The directions in which a sample varies most inside the generator: principal components.

    Of the styles, if it has any. Otherwise of what its second layer receives, carried back to the
    noise by regression. What labels and clusters change is left out: the mean of each is subtracted
    before.

    Args:
        generator: As for `factorize`.
        num: Positive integer, number of directions, at most the length of a vector. Defaults to 8.
        samples: Integer of at least 2, noise vectors to draw. Defaults to 2000.
        labels: Integer array `(samples,)` for a conditional generator, such as
            `latent.sample_labels` draws. Defaults to None.
        seed: Integer in [0, 2**31), random seed. Defaults to 0.

    Returns:
        A float32 NumPy array as of `factorize`; without styles they are not quite orthogonal. Zeros
        for what does not vary.

    Raises:
        InvalidArgument: If an argument is out of range or missing.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    first, second = latent.principal(generator, num=2)
    styles = generator.mapping(latent.sample(4, latent_dim=8, seed=0)).numpy()
    generator.synthesis(styles + 3 * first).shape  # (4, 16, 16, 1)
    ```

    Reference: Härkönen et al., 2020, https://arxiv.org/abs/2004.02546.
    """
    inner, entrance = without_clusters(_checked(generator))
    conditional = len(generator.inputs) > 1
    check_integer("samples", samples, 2)
    if np.shape(labels) != ((samples,) if conditional else ()):
        must = f"class numbers of shape ({samples},), since the generator takes labels"
        raise InvalidArgument(
            f"`labels` must be {must if conditional else 'None: the generator takes no labels'}"
        )
    noise, groups = entrance(sample(samples, noise_length(generator), seed), labels)
    if has_styles(generator):
        noise = features = decode(inner.styles, noise, groups)[:, 0]
    else:
        features = decode(_first_layers(inner)[1], noise, groups).reshape(samples, -1)
    check_integer("num", num, 1, min(samples, noise.shape[1], features.shape[1]))
    features = _centred(features, groups)
    found = PCA(num, svd_solver="randomized", random_state=seed).fit(features)
    places = found.transform(features)
    return _finished(generator, np.linalg.lstsq(places, _centred(noise, groups), rcond=None)[0])


def _checked(generator):
    length = noise_length(generator) if isinstance(generator, keras.Model) else None
    if length is None:
        raise InvalidArgument(
            "`generator` must be a functional or sequential Keras model. "
            f"Received: generator={generator!r}"
        )
    if length > _LONGEST:
        raise InvalidArgument(
            f"`generator` must take at most {_LONGEST:,} numbers of noise, so that directions can "
            f"be found. Received: {length:,}, as generators of textures have"
        )
    return generator


def _modulation(synthesis, layers):
    """The weights from a style to the scales in the chosen layers: a row for each scale."""
    _, num_layers, length = synthesis.input_shape
    layers = list(range(num_layers) if layers is None else layers)
    if not layers or not set(layers) <= set(range(num_layers)):
        raise InvalidArgument(
            f"`layers` must be None or integers from 0 to {num_layers - 1}. "
            f"Received: layers={layers}"
        )
    modulated = [each for each in all_layers(synthesis) if isinstance(each, ModulatedConv2D)]
    scales = [input_within(synthesis, each)[1] for each in modulated]
    styles = np.zeros((length + 1, num_layers, length), "float32")
    styles[:length, layers] = np.eye(length)[:, None]
    found = [decode(part(synthesis, each), styles) for each in scales]
    found = np.concatenate(found, axis=1, dtype="float64")
    return (found[:length] - found[length]).T


def _first_layers(generator):
    """The weights of the first layer for the noise, and a model up to the input of the second.

    They are measured: for a unit vector as long as a noise vector should be, which normalization
    of the noise leaves as it is, and for its opposite.
    """
    length = noise_length(generator)
    noise = math.sqrt(length) * np.concatenate([np.eye(length), -np.eye(length)]).astype("float32")
    labels = np.zeros(2 * length, "int32") if len(generator.inputs) > 1 else None
    weighted = iter([layer for layer in generator.layers if hasattr(layer, "kernel")])
    for layer in weighted:
        taken = decode(part(generator, input_within(generator, layer)), noise, labels)
        found = ops.convert_to_numpy(layer(taken)).reshape(2 * length, -1).astype("float64")
        matrix = (found[:length] - found[length:]).T / (2 * math.sqrt(length))
        if matrix.any():  # Else it takes labels alone.
            second = next(weighted, None)
            end = layer.output if second is None else input_within(generator, second)
            return matrix, part(generator, end)
    raise InvalidArgument("`generator` must have a dense layer or a convolution that takes noise")


def _centred(rows, groups):
    """Rows less the mean of their group."""
    if groups is None:
        return rows - rows.mean(axis=0)
    _, groups = np.unique(groups, return_inverse=True)
    sums = np.zeros((groups.max() + 1, rows.shape[1]))
    np.add.at(sums, groups, rows)
    return rows - (sums / np.bincount(groups)[:, None])[groups]


def _finished(generator, vectors):
    """Of length 1, the largest number positive, and 0 for the number that draws clusters."""
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    rows = np.arange(len(vectors))
    vectors *= np.sign(vectors[rows, np.abs(vectors).argmax(axis=1)])[:, None]
    if not has_styles(generator):
        vectors = np.pad(vectors, ((0, 0), (0, noise_length(generator) - vectors.shape[1])))
    return vectors.astype("float32")
