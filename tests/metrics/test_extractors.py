"""Extractors that need no training: the same features everywhere, and nothing else disturbed."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import metrics
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype="uint8")


@pytest.fixture
def policy():
    """Set a global dtype policy for one test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def draw_from_every_global_generator():
    return [
        random.random(),
        np.random.uniform(),
        float(tf.random.uniform(())),
        float(keras.random.uniform(())),
    ]


def make_model(activation="linear"):
    model = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(5, activation=activation)]
    )
    values = np.random.default_rng(3).normal(size=(768, 5)) / 255
    model.set_weights([values, np.zeros(5)])
    return model


# ---- pixels


def test_pixels_are_zero_to_one_and_points_stay(pixels):
    values = metrics.Pixels()(pixels).values
    np.testing.assert_allclose(values, pixels.reshape(6, -1) / 255)
    assert (values.min(), values.max()) == (0, 1)
    points = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(metrics.Pixels()(points).values, points)
    assert metrics.Pixels()(pixels).logits is None


# ---- random features


def test_random_features_are_the_same_in_every_instance(pixels):
    keras.utils.set_random_seed(11)
    first = metrics.RandomFeatures()(pixels).values
    keras.utils.set_random_seed(12)
    layers.Dense(3)  # Keras counts names through a process.
    keras.backend.clear_session()
    np.testing.assert_array_equal(metrics.RandomFeatures()(pixels).values, first)
    assert first.shape == (6, 128)


def test_random_features_of_one_shape_do_not_hang_on_others_before(pixels):
    extractor = metrics.RandomFeatures()
    extractor(pixels[:, :8, :8, :1])
    np.testing.assert_array_equal(extractor(pixels).values, metrics.RandomFeatures()(pixels).values)


@pytest.mark.parametrize("arguments", [{"seed": 1}, {"width": 127}])
def test_random_features_of_other_settings_are_others(pixels, arguments):
    one, other = metrics.RandomFeatures(), metrics.RandomFeatures(**arguments)
    assert one.fingerprint != other.fingerprint
    first, second = one(pixels).values[:, :100], other(pixels).values[:, :100]
    assert np.abs(first - second).max() > 0.1


def test_random_features_of_neighbouring_seeds_share_no_layer(pixels):
    networks = [extractors._random_network((16, 16, 3), seed, 128) for seed in (0, 1)]
    kernels = [[w for w in network.get_weights() if w.ndim > 1] for network in networks]
    for first in kernels[0]:
        for second in kernels[1]:
            assert first.shape != second.shape or np.abs(first - second).max() > 1e-3


def test_random_features_take_the_largest_seed(pixels):
    assert metrics.RandomFeatures(seed=2**31 - 1)(pixels).values.std() > 0


def test_random_features_leave_global_random_numbers_as_they_were(pixels):
    keras.utils.set_random_seed(5)
    expected = draw_from_every_global_generator()
    keras.utils.set_random_seed(5)
    metrics.RandomFeatures()(pixels)
    assert draw_from_every_global_generator() == expected


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16", "bfloat16"])
def test_random_features_do_not_hang_on_the_global_policy(pixels, policy, name):
    expected = metrics.RandomFeatures()(pixels).values
    policy(name)
    np.testing.assert_array_equal(metrics.RandomFeatures()(pixels).values, expected)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (5, 40, 4), (33, 17, 3)])
def test_random_features_of_any_shape_are_finite_and_tell_images_apart(shape):
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype="uint8")
    values = metrics.RandomFeatures(width=9)(images).values
    assert values.shape == (3, 9)
    assert np.abs(values[0] - values[1]).max() > 1e-3


def test_random_features_leave_points_as_they_are():
    points = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(metrics.RandomFeatures()(points).values, points)


# ---- models and callables


def test_model_features_are_the_models_outputs_of_0_to_255(pixels):
    features = metrics.ModelFeatures(make_model(), name="mine")(pixels)
    kernel = make_model().get_weights()[0]
    np.testing.assert_allclose(features.values, pixels.reshape(6, -1) @ kernel, rtol=1e-3)
    assert features.logits is None
    assert metrics.ModelFeatures(make_model(), name="mine").name == "mine"


def test_model_is_called_for_inference(pixels):
    model = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Dropout(0.5), layers.BatchNormalization()]
    )
    before = [weight.copy() for weight in model.get_weights()]
    values = metrics.ModelFeatures(model)(pixels).values
    # An untrained normalisation divides by sqrt(1 + epsilon), epsilon 1e-3.
    np.testing.assert_allclose(values, pixels.reshape(6, -1) / np.sqrt(1.001), rtol=1e-5)
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_model_with_two_outputs_gives_logits(pixels):
    inputs = keras.Input((16, 16, 3))
    hidden = layers.Flatten()(inputs)
    model = keras.Model(inputs, [layers.Dense(4)(hidden), layers.Dense(3)(hidden)])
    features = metrics.ModelFeatures(model)(pixels, batch_size=4)
    assert features.values.shape == (6, 4) and features.logits.shape == (6, 3)


def test_callable_gets_float32_arrays_and_its_outputs_are_flattened(pixels):
    seen = []

    def function(images):
        seen.append(images)
        return tf.constant(images[:, :2, :2]), images[:, 0, 0]

    features = metrics.ModelFeatures(function)(pixels)
    assert isinstance(seen[0], np.ndarray) and seen[0].dtype == np.float32
    np.testing.assert_array_equal(features.values, pixels[:, :2, :2].reshape(6, -1))
    np.testing.assert_array_equal(features.logits, pixels[:, 0, 0])


def test_callable_of_points():
    points = np.random.default_rng(0).normal(size=(5, 2))
    values = metrics.ModelFeatures(lambda x: x[:, 0])(points).values
    np.testing.assert_array_equal(values, points[:, :1].astype("float32"))


def test_callable_is_not_cached_unless_it_has_a_fingerprint(pixels, tmp_path):
    metrics.extract(pixels, metrics.ModelFeatures(lambda x: x[:, 0, 0]), cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())
    extractor = metrics.ModelFeatures(lambda x: x[:, 0, 0], fingerprint="corner")
    metrics.extract(pixels, extractor, cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_fingerprint_of_a_model_is_that_of_its_content():
    first = metrics.ModelFeatures(make_model()).fingerprint
    assert metrics.ModelFeatures(make_model()).fingerprint == first
    moved = make_model()
    moved.set_weights([moved.get_weights()[0], np.full(5, 1e-6)])
    assert metrics.ModelFeatures(moved).fingerprint != first


def test_models_of_equal_weights_and_other_settings_differ(pixels, tmp_path):
    for activation in ("linear", "tanh"):
        extractor = metrics.ModelFeatures(make_model(activation))
        found = metrics.extract(pixels, extractor, cache_dir=tmp_path)
        np.testing.assert_array_equal(found.values, extractor(pixels).values)
    assert len(list(tmp_path.iterdir())) == 2


def test_fingerprint_does_not_hang_on_automatic_names():
    first = extractors.hash_model(make_model())
    make_model()
    assert extractors.hash_model(make_model()) == first


def test_fingerprint_of_a_nested_model_sees_inside():
    def make(activation):
        inner = make_model(activation)
        return keras.Sequential([keras.Input((16, 16, 3)), inner])

    assert extractors.hash_model(make("linear")) != extractors.hash_model(make("relu"))


def test_fingerprint_of_a_model_in_bfloat16(policy):
    policy("bfloat16")
    assert len(extractors.hash_model(make_model())) == 64


@pytest.mark.parametrize("function", [None, 3, "model.keras", np.zeros(3)])
def test_what_cannot_be_called_is_refused(function):
    with pytest.raises(InvalidArgument, match="`function`.*Received"):
        metrics.ModelFeatures(function)


# ---- Inception


@pytest.fixture(scope="module")
def inception():
    """Built once: a second takes as long as all other tests here."""
    keras.utils.set_random_seed(0)
    return metrics.Inception(weights=None)


@pytest.mark.slow
def test_inception_widths_and_grey_is_repeated_rgb(inception):
    grey = np.random.default_rng(0).integers(0, 256, (3, 20, 24, 1), dtype="uint8")
    features = inception(grey)
    assert features.values.shape == (3, 2048) and features.logits.shape == (3, 1000)
    rgb = inception(grey.repeat(3, axis=-1))
    np.testing.assert_array_equal(features.values, rgb.values)
    np.testing.assert_array_equal(features.logits, rgb.logits)
    assert np.abs(features.values[0] - features.values[1]).max() > 0
    assert len(inception.fingerprint) == 64
    assert "not comparable" in inception.note and inception.name == "inception"


def test_inception_logits_are_no_probabilities(inception):
    black = inception(np.zeros((1, 8, 8, 1), "uint8")).logits
    assert abs(black.sum() - 1) > 1e-3 or black.min() < 0


@pytest.mark.parametrize(
    "images", [np.zeros((2, 2)), np.zeros((2, 8, 8, 2), "uint8"), np.zeros((2, 8, 8, 4), "uint8")]
)
def test_inception_refuses_what_is_neither_grey_nor_rgb(inception, images):
    with pytest.raises(InvalidArgument, match="Inception.*Received"):
        inception(images)


@pytest.mark.slow
def test_inception_does_not_hang_on_the_global_policy(inception, policy):
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype="uint8")
    expected = inception(images).values
    policy("mixed_bfloat16")
    other = metrics.Inception(weights=None)
    other._network.set_weights(inception._network.get_weights())
    np.testing.assert_array_equal(other(images).values, expected)


def test_inception_of_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(InvalidArgument, match="InceptionV3") as raised:
        metrics.Inception(weights=str(tmp_path / "absent.weights.h5"))
    assert "\n" not in str(raised.value) and "absent" in str(raised.value)


# ---- get


@pytest.mark.parametrize(
    "identifier, kind", [("pixels", metrics.Pixels), ("random", metrics.RandomFeatures)]
)
def test_get_by_name(identifier, kind):
    assert type(extractors.get(identifier)) is kind
    assert extractors.get(identifier).name == identifier


def test_get_leaves_an_extractor_and_wraps_a_model_or_a_callable():
    extractor = metrics.RandomFeatures(seed=4)
    assert extractors.get(extractor) is extractor
    model = make_model()
    assert extractors.get(model).function is model
    assert isinstance(extractors.get(np.abs), metrics.ModelFeatures)


def test_get_names_the_nearest():
    with pytest.raises(InvalidArgument, match="did you mean 'inception'") as raised:
        extractors.get("Incepton")
    assert "pixels, random, inception" in str(raised.value)


@pytest.mark.parametrize("identifier", ["vgg", None, 3, ["random"], {"random": 1}, ""])
def test_get_refuses_others(identifier):
    with pytest.raises(InvalidArgument, match="`extractor` must be.*Received: extractor="):
        extractors.get(identifier)


def test_get_refuses_a_class_in_place_of_an_object():
    with pytest.raises(InvalidArgument, match="`extractor`"):
        extractors.get(metrics.Pixels)
