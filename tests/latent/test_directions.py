"""Directions of generators that stretch the noise by known factors."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import latent, models
from tfgan_kit.latent.directions import _first_layers
from tfgan_kit.layers import DrawCluster, ModulatedConv2D, PixelNormalization
from tfgan_kit.models.conditioning import from_clusters
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers

STRETCH = np.array([9.0, 5.0, 3.0, 1.0])


@pytest.fixture(scope="module")
def known():
    """Weights, and the unit vectors that they stretch by `STRETCH`."""
    random = np.random.default_rng(0)
    left, right = (np.linalg.qr(random.normal(size=(size, size)))[0] for size in (12, 4))
    return (right * STRETCH) @ left[:, :4].T, right.T


def sequential(normalize=False, after=()):
    first = [PixelNormalization()] if normalize else []
    return keras.Sequential([keras.Input((4,)), *first, layers.Dense(12), *after])


def conditional(normalize=False, labels_first=False):
    """Labels move the output far more than noise does."""
    noise, labels = keras.Input((4,), name="noise"), keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(3, 4, embeddings_initializer="ones")(labels)
    if labels_first:
        embedded = layers.Dense(4)(embedded)
    x = PixelNormalization()(noise) if normalize else noise
    x = layers.Concatenate()([embedded, x] if labels_first else [x, embedded])
    return keras.Model([noise, labels], layers.Reshape((2, 6, 1))(layers.Dense(12, name="a")(x)))


def fill(generator, weights, rows):
    layer = next(each for each in generator.layers if getattr(each, "units", 0) == 12)
    kernel = np.full(layer.kernel.shape, 7.0)
    kernel[rows] = weights
    layer.kernel.assign(kernel)
    layer.bias.assign(np.arange(12))
    return generator


def assert_parallel(found, expected, tolerance=1e-5):
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    cosines = np.abs(np.sum(found * expected[: len(found)], axis=1))
    np.testing.assert_allclose(cosines, 1, atol=tolerance)
    assert (np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1) > 0).all()


CASES = {
    "plain": (sequential, slice(None)),
    "normalized": (lambda: sequential(normalize=True), slice(None)),
    "conditional": (conditional, slice(0, 4)),
    "conditional, normalized": (lambda: conditional(normalize=True), slice(0, 4)),
    "a layer of labels first": (lambda: conditional(labels_first=True), slice(4, 8)),
    "more layers": (lambda: sequential(after=[layers.ReLU(), layers.Dense(3)]), slice(None)),
}


@pytest.mark.parametrize("case", CASES)
def test_factorize_finds_what_the_weights_stretch_most(known, case):
    make, rows = CASES[case]
    generator = fill(make(), known[0], rows)
    matrix, _ = _first_layers(generator)
    np.testing.assert_allclose(matrix, known[0].T, atol=1e-4)
    assert_parallel(latent.factorize(generator, 4), known[1])
    np.testing.assert_array_equal(
        latent.factorize(generator, 2), latent.factorize(generator, 4)[:2]
    )


@pytest.mark.parametrize("case", ["plain", "conditional"])
def test_principal_components_of_a_linear_generator_are_the_same(known, case):
    make, rows = CASES[case]
    generator = fill(make(), known[0], rows)
    labels = latent.sample_labels(2000, 3, seed=1) if case == "conditional" else None
    if labels is not None:
        generator.layers[2].embeddings.assign(np.eye(3, 4) * 100)
    found = latent.principal(generator, 3, labels=labels)
    assert_parallel(found, known[1], tolerance=0.01)
    np.testing.assert_array_equal(found, latent.principal(generator, 3, labels=labels))
    assert np.abs(found - latent.principal(generator, 3, labels=labels, seed=1)).max() > 1e-6


def test_principal_follows_what_the_next_layer_receives(known):
    """The activation switches off the units that the strongest direction moves."""
    switch = np.diag(STRETCH) @ np.eye(4, 12)
    generator = fill(sequential(after=[layers.ReLU(), layers.Dense(3)]), switch, slice(None))
    generator.layers[0].bias.assign([-1000, *[1000] * 11])
    assert_parallel(latent.factorize(generator, 1), np.eye(4))
    assert_parallel(latent.principal(generator, 3, 4000), np.eye(4)[1:], tolerance=0.01)


def test_where_nothing_varies_there_is_no_direction():
    generator = fill(sequential(after=[layers.ReLU(), layers.Dense(3)]), np.eye(4, 12), slice(None))
    generator.layers[0].bias.assign([10, *[-100] * 11])
    found = latent.principal(generator, 2, 100)
    assert_parallel(found[:1], np.eye(4), tolerance=0.1)
    np.testing.assert_array_equal(found[1], 0)


def test_directions_of_styles():
    generator, _ = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1, num_classes=2)
    # From style to scales in NumPy, layer by layer: two convolutions and an image, then the same.
    dense = [
        (each.kernel.numpy() / 2).astype("float64")
        for each in all_layers(generator.synthesis)
        if each.__class__.__name__ == "EqualizedDense"
    ]
    assert len(dense) == sum(isinstance(x, ModulatedConv2D) for x in all_layers(generator)) == 5
    numbers = {each: latent.factorize(generator, 4, layers=[each]) for each in range(4)}
    assert_parallel(latent.factorize(generator, 4), np.linalg.svd(np.concatenate(dense, 1))[0].T)
    assert_parallel(numbers[0], np.linalg.svd(dense[0])[0].T)
    # PCA in NumPy, of styles less the mean of their class.
    labels = latent.sample_labels(500, 2, seed=1)
    styles = generator.mapping([latent.sample(500, 4, seed=0), labels]).numpy()[:, 0]
    for label in range(2):
        styles[labels == label] -= styles[labels == label].mean(axis=0)
    found = latent.principal(generator, 3, 500, labels)
    assert_parallel(found, np.linalg.svd(styles, full_matrices=False)[2])
    truncated = latent.truncated(generator, 0.5)
    np.testing.assert_allclose(latent.principal(truncated, 3, 500, labels), found, atol=1e-4)


@pytest.mark.parametrize("method", [latent.factorize, latent.principal])
def test_clusters_are_drawn_by_a_number_that_no_direction_moves(known, method):
    inner = fill(conditional(), known[0], slice(0, 4))
    generator = from_clusters(inner, 4, DrawCluster([0.5, 0.3, 0.2]))
    inner.layers[2].embeddings.assign(np.eye(3, 4) * 100)
    found = method(generator, 3)
    assert found.shape == (3, 5)
    np.testing.assert_array_equal(found[:, 4], 0)
    assert_parallel(found[:, :4], known[1], tolerance=0.01)


def test_clusters_and_styles():
    inner, _ = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1, num_classes=2)
    generator = from_clusters(inner, 4, DrawCluster([0.5, 0.5]))
    np.testing.assert_array_equal(latent.factorize(generator, 3), latent.factorize(inner, 3))
    assert latent.principal(generator, 3, 100).shape == (3, 4)
    mapping, synthesis = latent.style_networks(generator)
    noise = latent.sample(5, 5, seed=0)
    expected = latent.decode(generator, noise)
    np.testing.assert_allclose(synthesis(mapping(noise)), expected, atol=1e-5)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda g: latent.factorize(g, 5), "`num` must be an integer from 1 to 4"),
        (lambda g: latent.principal(g, 5), "`num` must be an integer from 1 to 4"),
        (lambda g: latent.principal(g, 3, 2), "`num` must be an integer from 1 to 2"),
        (lambda g: latent.principal(g, 3, 1), "`samples` must be an integer of at least 2"),
        (lambda g: latent.factorize(g, 2, [0]), "`layers` must be None, since the generator has"),
        (lambda g: latent.principal(g, 2, 9, [0] * 9), "`labels` must be None: the generator"),
        (
            lambda g: latent.principal(conditional(), 2, 9, [0]),
            "`labels` must be class numbers of shape",
        ),
        (lambda g: latent.factorize(lambda noise: noise), "`generator` must be a functional or"),
        (
            lambda g: latent.principal(keras.Sequential([layers.ReLU()])),
            "`generator` must be a functional",
        ),
        (
            lambda g: latent.principal(keras.Sequential([keras.Input((4,)), layers.ReLU()])),
            "`generator` must have a dense layer",
        ),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call(sequential())


def test_wrong_layers():
    generator, _ = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1)
    for wrong in ([], [4], [-1]):
        with pytest.raises(ValueError, match="`layers` must be None or integers from 0 to 3"):
            latent.factorize(generator, 2, wrong)


@pytest.mark.parametrize("find", [latent.factorize, latent.principal])
def test_noise_as_long_as_that_of_textures_is_refused(find):
    generator = keras.Sequential([keras.Input((4097,)), layers.Dense(2)])
    with pytest.raises(InvalidArgument, match="at most 4,096 numbers of noise.* Received: 4,097"):
        find(generator)
