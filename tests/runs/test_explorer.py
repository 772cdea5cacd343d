"""What is opened is the generator itself; planes, walks and mixes have closed forms."""

import gc
import shutil
import weakref

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import latent, media, models
from tfgan_kit.runs.explorer import Explorer, find_generators


@pytest.fixture(scope="module")
def styled(generators):
    return Explorer(generators / "styles")


@pytest.fixture(scope="module")
def plain(generators):
    return Explorer(generators / "plain")


def model_of(explorer):
    return keras.models.load_model(explorer.path / "generator.keras")


def assert_images(found, expected):
    assert found.dtype == np.uint8
    difference = found.astype(int) - media.to_uint8(expected)
    assert np.abs(difference).max() <= 1 and np.ptp(found) > 0


def test_images_are_those_of_the_generator(styled, plain):
    noise = latent.sample(70, 6, seed=3)
    points = plain.sample(70, 3)
    np.testing.assert_array_equal(points, noise)
    assert plain.labels(70) is None and plain.lacks.keys() == {"styles"}
    assert_images(plain.images(points, None), latent.decode(model_of(plain), noise))
    points, labels = styled.sample(5, 3), styled.labels(5, seed=3)
    assert points.shape == (5, 8) and styled.lacks == {}
    expected = latent.decode(model_of(styled), latent.sample(5, 4, seed=3), labels)
    assert_images(styled.images(points, labels), expected)


def test_labels_are_drawn_by_shares_or_asked_for(styled):
    assert styled.attributes == {"hair": ["black", "black", "fair"], "smile": ["no", "yes", "no"]}
    assert set(styled.labels(50)) == {0, 1}
    assert set(styled.labels(50, {"hair": "black", "smile": "yes"})) == {1}
    np.testing.assert_array_equal(styled.labels(3, 2), 2)


def test_truncation_and_what_is_added_to_styles(styled):
    points, labels = styled.sample(3, 0), np.array([0, 1, 1])
    points[:, 4:] = [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 2, 0]]
    mapping, synthesis = latent.style_networks(model_of(styled))
    own, mean = mapping([points[:, :4], labels]).numpy(), np.array([0.1, 0.2, 0.3, 0.4])
    try:
        styled.truncation = 0.5
        expected = mean + 0.5 * (own - mean) + points[:, None, 4:]
        np.testing.assert_allclose(styled.styles(points, labels), expected, atol=1e-5)
        assert_images(styled.images(points, labels), synthesis(expected))
    finally:
        styled.truncation = 1.0


@pytest.mark.parametrize("method, find", [("SeFa", latent.factorize), ("PCA", latent.principal)])
def test_directions_are_as_long_as_samples_spread(styled, plain, method, find):
    found = plain.directions(method)
    np.testing.assert_array_equal(found, find(model_of(plain), 5))
    assert plain.directions(method) is found
    found, labels = styled.directions(method), styled.labels(2000)
    given = {"samples": 2000, "labels": labels} if method == "PCA" else {}
    unit = find(model_of(styled), 4, **given)
    np.testing.assert_array_equal(found[:, :4], 0)
    styles = styled.styles(styled.sample(2000, 0), labels)[:, 0]
    spread = (styles @ unit.T).std(axis=0)
    np.testing.assert_allclose(found[:, 4:], unit * spread[:, None], rtol=1e-3, atol=1e-5)


def test_the_direction_of_examples_lies_between_both_means(plain):
    """Bright images of the generator against dark ones: it leads from dark to bright."""
    noise = latent.sample(40, 6, seed=5)
    images = plain.images(noise, None)
    order = images.mean(axis=(1, 2, 3)).argsort()
    few = latent.Descent(steps=60)
    found = plain.direction_of(images[order[-6:]], images[order[:6]], few)
    assert found.shape == (1, 6)
    np.testing.assert_allclose(np.linalg.norm(found), 1, atol=1e-5)
    means = [plain.images(noise + step * found[0], None).mean() for step in (-2, 0, 2)]
    assert means[0] < means[1] < means[2]


def test_a_plane_of_directions(styled):
    point, (first, second) = styled.sample(1, 0)[0], styled.directions("SeFa")[:2]
    plane = styled.plane_of_directions(point, 1, first, second)
    points, labels = styled.at(plane, [(0, 0), (2, -1)])
    np.testing.assert_allclose(points, [point, point + 2 * first - second], atol=1e-5)
    np.testing.assert_array_equal(labels, 1)


def test_a_random_plane_keeps_the_length_of_noise(plain):
    point = plain.sample(1, 0)[0]
    places = np.array([(0, 0), (3, 0), (0, 3), (-3, 2)])
    plane = plain.random_plane(point, None, 0)  # Of the seed of the point.
    points, labels = plain.at(plane, places)
    assert labels is None
    np.testing.assert_allclose(points[0], point, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), np.linalg.norm(point), rtol=1e-5)
    towards = point + plane.points[1:]
    cosines = (towards * points[1:3]).sum(axis=1) / np.linalg.norm(towards, axis=1)
    np.testing.assert_allclose(cosines, np.linalg.norm(point), rtol=1e-5)
    assert (np.linalg.norm(points[1:] - point, axis=1) > 0.2 * np.linalg.norm(point)).all()
    assert np.abs(plain.random_plane(point, None, 1).points[1:] - plane.points[1:]).max() > 0.1


def test_a_plane_through_three_points_is_exact_at_them(styled):
    three = styled.sample(3, 0)
    three[:, 4:] = np.random.default_rng(0).normal(size=(3, 4))
    plane = styled.plane_through(three, np.array([2, 0, 1]))
    points, labels = styled.at(plane, [(-1.5, -1.5), (1.5, -1.5), (-1.5, 1.5)])
    np.testing.assert_allclose(points, three, atol=1e-5)
    np.testing.assert_array_equal(labels, [2, 0, 1])
    (middle,), _ = styled.at(plane, [(0, -1.5)])
    np.testing.assert_allclose(middle[4:], three[:2, 4:].mean(axis=0), atol=1e-5)
    lengths = np.linalg.norm(three[:, :4], axis=1)
    np.testing.assert_allclose(np.linalg.norm(middle[:4]), lengths[:2].mean(), rtol=1e-5)


@pytest.mark.parametrize("way", ["spherical", "linear", "styles"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_walk_passes_through_the_images(styled, way, closed):
    points, labels = styled.sample(3, 0), np.array([2, 0, 1])
    points[:, 4:] = np.eye(3, 4)
    walk, own = styled.walk(points, labels, 4, way, closed), styled.images(points, labels)
    assert len(walk) == 4 * (2 + closed) + 1
    np.testing.assert_array_equal(walk[::4], own[[0, 1, 2, 0]] if closed else own)
    if way == "linear":
        middle = points[:2].mean(axis=0)[None]
        mapping, synthesis = latent.style_networks(model_of(styled))
        embed, rest = latent.label_networks(mapping)
        styles = rest([middle[:, :4], np.mean(embed(labels[:2]), axis=0)[None]])
        assert_images(walk[[2]], synthesis(styles + middle[:, None, 4:]))
    if way == "styles":
        middle = styled.styles(points, labels)[:2].mean(axis=0)[None]
        assert_images(walk[[2]], latent.style_networks(model_of(styled))[1](middle))


def test_mixed_styles_of_all_pairs(styled):
    points, labels = styled.sample(3, 0), np.array([2, 0, 1])
    found, own = styled.mix(points, labels, 2), styled.images(points, labels)
    assert found.shape == (3, 3, 16, 16, 1)
    assert np.abs(found[range(3), range(3)].astype(int) - own).max() <= 1
    styles = styled.styles(points, labels)
    mixed = np.concatenate([styles[1:2, :2], styles[2:, 2:]], axis=1)
    assert_images(found[1, 2:], latent.style_networks(model_of(styled))[1](mixed))


def test_an_exported_file(generators, first_export):
    explorer = Explorer(generators / "export")
    points = explorer.sample(3, 0)
    assert_images(explorer.images(points, None), latent.decode(first_export[0], points))
    assert "weights of a Keras model, and this file is tflite" in explorer.lacks["directions"]
    assert explorer.lacks["styles"].endswith("as a Keras model, and this file is tflite.")
    walk = explorer.walk(points, None, 2, "spherical", False)
    np.testing.assert_array_equal(walk[::2], explorer.images(points, None))


def test_the_keras_model_beside_exports_gets_their_classes():
    explorer = Explorer("saved_models/digits")
    assert explorer.class_names == list("0123456789") and "directions" not in explorer.lacks
    np.testing.assert_array_equal(explorer.labels(2, 7), 7)


def test_generators_are_found(generators, tmp_path):
    names = ["export", "export/generator.tflite", "plain", "styles"]
    assert list(find_generators(generators)) == [str(generators / name) for name in names]
    assert next(iter(find_generators(generators / "styles"))) == str(generators / "styles")
    assert len(find_generators(generators / "styles")) == 4
    shutil.copytree(generators / "plain", tmp_path / "runs" / "one")
    assert list(find_generators(tmp_path)) == [str(tmp_path / "runs" / "one")]


def save(path, model):
    model.save(path)
    return path


CASES = {
    "no such run": (lambda path: path / "missing", "There is no run at .*missing"),
    "points in the plane": (
        lambda path: save(path / "a.keras", models.mlp((2,), latent_dim=2, width=2, depth=1)[0]),
        "does not make images, but arrays of shape",
    ),
    "labels that are no classes": (
        lambda path: save(
            path / "a.keras",
            keras.Model(
                inputs := [keras.Input((2,), name="noise"), keras.Input((3,), name="labels")],
                layers.Reshape((1, 5, 1))(layers.Concatenate()(inputs)),
            ),
        ),
        "labels that are not class numbers: of shape",
    ),
    "no generator": (lambda path: path, "holds no exported generator"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_opened(case, tmp_path):
    make, message = CASES[case]
    with pytest.raises(ValueError, match=message):
        Explorer(make(tmp_path))


def test_a_generator_without_directions(tmp_path):
    path = save(
        tmp_path / "a.keras",
        keras.Sequential([keras.Input((4,)), layers.ReLU(), layers.Reshape((2, 2, 1))]),
    )
    assert "must have a dense layer" in Explorer(path).lacks["directions"]


def test_a_keras_model_alone_does_not_tell_its_classes(generators, tmp_path):
    explorer = Explorer(shutil.copy(generators / "styles" / "generator.keras", tmp_path))
    assert explorer.num_classes is None and explorer.attributes == {}
    points = explorer.sample(2, 0)
    np.testing.assert_array_equal(explorer.labels(2), 0)
    assert explorer.images(points, explorer.labels(2, 2)).shape == (2, 16, 16, 1)
    with pytest.raises(ValueError, match="one of its classes. Received: 3"):
        explorer.images(points, explorer.labels(2, 3))


def test_an_explorer_is_freed(generators):
    explorer = Explorer(generators / "plain")
    explorer.images(explorer.sample(3, 0), None)
    model = weakref.ref(explorer.model)
    del explorer
    gc.collect()
    assert model() is None
