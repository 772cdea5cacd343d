"""Latents are found again: exactly where there is an exact answer, with labels and with styles."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import latent, models, runtime

DESCENT = latent.Descent(steps=150, learning_rate=0.2)


def linear(num_classes=None, dtype=None):
    """Images that are a matrix times the noise; a class adds a pattern of its own."""
    noise = keras.Input((3,), name="noise")
    normal = [keras.initializers.RandomNormal(stddev=0.15, seed=each) for each in (1, 2)]
    x = layers.Dense(16, use_bias=False, kernel_initializer=normal[0], dtype=dtype)(noise)
    inputs = noise
    if num_classes:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [noise, labels]
        added = layers.Embedding(num_classes, 16, embeddings_initializer=normal[1])(labels)
        x = layers.Add()([x, added])
    return keras.Model(inputs, layers.Reshape((4, 4, 1), dtype=dtype)(x))


@pytest.fixture(scope="module")
def styled():
    keras.utils.set_random_seed(0)
    settings = {"latent_dim": 4, "width": 4, "mapping_layers": 1, "mapping_lr_multiplier": 1}
    return models.style((8, 8, 1), **settings, num_classes=3)[0]


@pytest.mark.parametrize("as_pixels", [False, True])
def test_a_linear_generator_has_an_exact_answer(as_pixels):
    """Any image: its least squares. Its own images: their noise."""
    generator = linear()
    matrix = generator.get_weights()[0].astype("float64").T
    images = np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 1)).astype("float32")
    if as_pixels:
        images = np.rint(images * 127.5 + 127.5).astype("uint8")
    found = latent.invert(generator, images, optimizer=DESCENT)
    floats = images / 127.5 - 1.0 if as_pixels else images
    best = np.linalg.lstsq(matrix, floats.reshape(3, -1).T, rcond=None)[0].T
    np.testing.assert_allclose(found.latents, best, atol=2e-2)
    errors = np.mean((best @ matrix.T - floats.reshape(3, -1)) ** 2, axis=1)
    np.testing.assert_allclose(found.psnr, 10 * np.log10(4 / errors), atol=0.01)
    np.testing.assert_allclose(found.images, generator(found.latents), atol=1e-5)
    assert found.labels is None and found.frames is None

    own = latent.sample(2, 3, seed=1)
    again = latent.invert(generator, generator(own).numpy(), optimizer=DESCENT)
    np.testing.assert_allclose(again.latents, own, atol=1e-2)
    assert again.psnr.min() > 50


def test_a_label_is_found_or_given():
    generator, labels = linear(num_classes=4), np.array([2, 0, 3])
    images = generator([latent.sample(3, 3, seed=1), labels]).numpy()
    found = latent.invert(generator, images, num_classes=4, optimizer=DESCENT)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.psnr.min() > 40
    wrong = latent.invert(generator, images, labels=(labels + 1) % 4, optimizer=DESCENT)
    np.testing.assert_array_equal(wrong.labels, (labels + 1) % 4)
    assert wrong.psnr.max() < 30


@pytest.mark.parametrize("space, shape", [("z", (4,)), ("w", (4,)), ("w+", (4, 4))])
def test_styles_are_found(styled, space, shape):
    labels = np.array([0, 2])
    images = latent.decode(styled, latent.sample(2, 4, seed=9), labels)
    found = latent.invert(styled, images, labels, space=space, starts=2, optimizer=DESCENT)
    assert found.latents.shape == (2, *shape) and found.psnr.min() > 35
    decoded = latent.latent_space(styled, space).images(found.latents, found.labels)
    np.testing.assert_allclose(found.images, decoded, atol=1e-5)
    if space == "w+":
        drawn = latent.invert(styled, images, None, 3, space, starts=2, optimizer=DESCENT)
        assert drawn.labels is None and drawn.psnr.min() > 30


def test_a_generator_of_half_precision():
    generator = linear(dtype="mixed_bfloat16")
    images = generator(latent.sample(2, 3, seed=1)).numpy().astype("float32")
    found = latent.invert(generator, images, starts=1, optimizer=DESCENT)
    assert found.images.dtype == np.float32 and found.psnr.min() > 35


def test_an_encoder_is_a_start_and_more_starts_do_not_harm():
    generator = linear()
    own = latent.sample(2, 3, seed=1)
    images, inverse = generator(own), np.linalg.pinv(generator.get_weights()[0])
    flat = keras.Input((4, 4, 1))
    encoder = keras.Model(flat, layers.Dense(3, use_bias=False)(layers.Flatten()(flat)))
    encoder.set_weights([inverse])
    short = {"optimizer": latent.Descent(steps=1), "encoder": encoder}
    for starts in (0, 3):
        found = latent.invert(generator, images, starts=starts, **short)
        np.testing.assert_allclose(found.latents, own, atol=1e-5)
    with pytest.raises(ValueError, match=r"`encoder` must give latents of shape \(5,\) in z"):
        other = keras.Sequential([keras.Input((5,)), layers.Dense(16), layers.Reshape((4, 4, 1))])
        latent.invert(other, images, **short)


def test_the_search_begins_at_the_most_similar_images_of_the_pool():
    """An encoder's guess is one more start, of the class whose image is the most similar."""
    generator, chosen = linear(num_classes=3), np.array([1, 2])
    images = generator([latent.sample(2, 3, seed=1), chosen]).numpy()
    noise, still = latent.sample(30, 3, seed=5), latent.Descent(steps=1, learning_rate=1e-9)
    settings = {"num_classes": 3, "pool": 30, "seed": 5, "optimizer": still}
    for labels in (None, chosen):
        classes = np.resize([0, 1, 2] if labels is None else labels, 30)
        made = generator([noise, classes])
        errors = np.mean((made[None] - images[:, None]) ** 2, axis=(2, 3, 4))
        if labels is not None:
            errors[classes != labels[:, None]] = 9
        found = latent.invert(generator, images, labels, starts=2, **settings)
        np.testing.assert_allclose(found.latents, noise[errors.argmin(axis=1)], atol=1e-6)
        np.testing.assert_array_equal(found.labels, classes[errors.argmin(axis=1)])
    encoder = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    own = latent.sample(2, 3, seed=1)
    encoder.set_weights([np.linalg.pinv(images.reshape(2, 16)) @ own, np.zeros(3)])
    for starts in (0, 2):
        found = latent.invert(generator, images, starts=starts, encoder=encoder, **settings)
        np.testing.assert_allclose(found.latents, own, atol=1e-5)
        np.testing.assert_array_equal(found.labels, chosen)


def test_frames_lead_from_the_start_to_the_end():
    generator = linear()
    images = np.random.default_rng(0).uniform(-1, 1, (2, 4, 4, 1)).astype("float32")
    settings = {"starts": 2, "pool": 2, "optimizer": latent.Descent(steps=30, batch_size=3)}
    found = latent.invert(generator, images, num_frames=4, **settings)
    assert found.frames.shape == (4, 2, 4, 4, 1)
    np.testing.assert_array_equal(found.frames[-1], found.images)
    errors = np.mean((found.frames - images) ** 2, axis=(2, 3, 4))
    assert (np.diff(errors, axis=0) <= 0).all() and (errors[-1] < errors[0] - 0.02).all()
    (last,) = latent.invert(generator, images, num_frames=1, **settings).frames
    np.testing.assert_array_equal(last, found.images)


def test_features_count():
    """Of features alone that see one pixel, that pixel is right at last, and the pixels are not."""
    generator = linear()
    images = np.random.default_rng(3).uniform(-1, 1, (1, 4, 4, 1)).astype("float32")

    def features(images):
        return [tf.concat([images[:, :1, :1], tf.ones_like(images[:, :1, :1])], axis=-1)]

    settings = {"optimizer": latent.Descent(100), "features": features}
    heavy = latent.invert(generator, images, feature_weight=1e4, **settings)
    light = latent.invert(generator, images, feature_weight=0.0, **settings)
    np.testing.assert_allclose(heavy.images[0, 0, 0], images[0, 0, 0], atol=0.01)
    plain = latent.invert(generator, images, optimizer=latent.Descent(100))
    np.testing.assert_allclose(light.latents, plain.latents, atol=1e-5)
    assert light.psnr > heavy.psnr + 0.1


class Exported(runtime.ExportedGenerator):
    """Stands for a file of a format without gradients."""

    def run_batch(self, noise, labels):
        return 0.3 * np.pad(noise, ((0, 0), (0, 2))).reshape(-1, 2, 2, 1)


def test_without_gradients():
    generator = Exported(2, (2, 2, 1))
    own = latent.sample(2, 2, seed=3)
    images = np.clip(generator.run(own), -1, 1)
    with pytest.raises(ValueError, match="`generator` must be a Keras model for a descent"):
        latent.invert(generator, images)
    evolution = latent.Evolution(steps=20, population=8)
    found = latent.invert(generator, images, starts=1, optimizer=evolution, num_frames=3)
    np.testing.assert_allclose(found.latents, own, atol=2e-2)
    assert found.psnr.min() > 40 and (np.diff(found.frames, axis=0) != 0).any()


IMAGES = np.zeros((2, 4, 4, 1), "float32")


@pytest.mark.parametrize(
    "num_classes, arguments, message",
    [
        (
            None,
            {"images": IMAGES[:, :2]},
            r"`images` must have the shape \(num, 4, 4, 1\) of the gene",
        ),
        (None, {"images": IMAGES[:0]}, "with num at least 1. Received: shape"),
        (None, {"images": IMAGES + 3}, r"`images` must be uint8, or floats in \[-1, 1\]"),
        (None, {"images": IMAGES * np.nan}, r"`images` must be uint8, or floats in \[-1, 1\]"),
        (None, {"labels": [0, 0]}, "`labels` must be None: the generator takes no labels"),
        (3, {}, "`num_classes` must be a positive integer. Received: num_classes=None"),
        (3, {"labels": [0]}, "`labels` must have one class for each of the 2 images. Received: 1"),
        (3, {"labels": [0, 3], "num_classes": 3}, "`labels` must be class numbers from 0 to 2"),
        (None, {"space": "w"}, "`generator` must have styles"),
        (3, {"num_classes": 3, "pool": 5}, "`pool` must be an integer of at least 6"),
        (None, {"starts": 0}, "`starts` must be a positive integer. Received: starts=0"),
        (None, {"num_frames": -1}, "`num_frames` must be a non-negative integer"),
        (None, {"feature_weight": -1}, "`feature_weight` must be a non-negative number"),
        (None, {"seed": -1}, "`seed` must be None or an integer"),
    ],
)
def test_wrong_arguments(num_classes, arguments, message):
    with pytest.raises(ValueError, match=message):
        latent.invert(linear(num_classes), **{"images": IMAGES, **arguments})
