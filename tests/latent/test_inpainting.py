"""Of linear generators the known pixels say what is in the hole."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import latent, models

HOLE = np.zeros((6, 6), bool)
HOLE[2:4, 2:4] = True
OTHER = np.zeros((6, 6), bool)
OTHER[0:3, 4:6] = True
MATRIX = np.random.default_rng(0).normal(size=(3, 36)).astype("float32") / 8
FEW = latent.Descent(steps=150, learning_rate=0.2)


def linear(num_classes=None):
    """Images `noise @ MATRIX`, plus 0.2 in all pixels for each class."""
    noise = keras.Input((3,), name="noise")
    dense = layers.Dense(36, use_bias=False)
    x, inputs = dense(noise), noise
    if num_classes:
        labels = keras.Input((), dtype="int32", name="labels")
        embedding = layers.Embedding(num_classes, 36)
        x, inputs = layers.Add()([x, embedding(labels)]), [noise, labels]
        embedding.embeddings.assign(0.2 * np.arange(num_classes)[:, None] * np.ones((1, 36)))
    model = keras.Model(inputs, layers.Reshape((6, 6, 1))(x))
    dense.kernel.assign(MATRIX)
    return model


@pytest.fixture(scope="module")
def images():
    return (latent.sample(3, 3, seed=1) @ MATRIX).reshape(3, 6, 6, 1).clip(-1, 1)


def filled_with(images, masks, value):
    return np.where(np.broadcast_to(masks, (len(images), 6, 6))[..., None], value, images)


@pytest.mark.parametrize("blend", [latent.poisson, latent.feathered])
@pytest.mark.parametrize(
    "masks", [HOLE, np.stack([HOLE, OTHER, HOLE | OTHER])], ids=["one", "each"]
)
def test_the_hole_is_filled_with_what_was_there(images, masks, blend):
    given = filled_with(images, masks, -1)
    exact = {"latent_weight": 0, "optimizer": FEW, "starts": 2, "pool": 5, "blend": blend}
    found = latent.inpaint(linear(), given, masks, candidates=2, **exact)
    assert found.images.shape == found.generated.shape == (3, 2, 6, 6, 1)
    assert found.labels is None and found.latents.shape == (3, 2, 3)
    for candidate in range(2):
        np.testing.assert_allclose(found.images[:, candidate], images, atol=5e-3)
    np.testing.assert_allclose(found.latents[:, 0] @ MATRIX, images.reshape(3, 36), atol=5e-3)
    assert (found.losses[:, 0] <= found.losses[:, 1]).all() and found.losses.max() < 1e-4


def test_the_class_is_found_or_given(images):
    given = filled_with(images * 0.5 + 0.4, HOLE, -1)  # Of class 2.
    settings = {"optimizer": FEW, "starts": 4, "latent_weight": 1e-3, "num_classes": 4}
    found = latent.inpaint(linear(4), given, HOLE, candidates=4, pool=40, **settings)
    np.testing.assert_array_equal(found.labels[:, 0], 2)
    np.testing.assert_allclose(found.images[:, 0], images * 0.5 + 0.4, atol=0.02)
    told = latent.inpaint(linear(4), given, HOLE, labels=[2, 1, 0], pool=12, **settings)
    np.testing.assert_array_equal(told.labels[:, 0], [2, 1, 0])
    np.testing.assert_allclose(told.losses[0, 0], found.losses[0, 0], rtol=0.05)
    assert (told.losses[1:, 0] > found.losses[1:, 0]).all()


def test_the_search_begins_at_the_most_similar_images_of_the_pool(images):
    """A descent of no consequence leaves what it began with."""
    still = latent.Descent(steps=1, learning_rate=1e-9)
    given, settings = filled_with(images, HOLE, 1), {"starts": 3, "pool": 50, "seed": 7}
    found = latent.inpaint(
        linear(), given, HOLE, candidates=3, optimizer=still, latent_weight=0, **settings
    )
    pool = latent.sample(50, 3, seed=7)
    near = [
        [HOLE[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4].sum() / 49 for x in range(6)]
        for y in range(6)
    ]
    weights = np.where(HOLE, 0, np.array(near) + 0.1)
    weights /= weights.sum()
    differences = (pool @ MATRIX).reshape(1, 50, 6, 6) - images[:, None, ..., 0]
    losses = (weights * differences**2).sum(axis=(2, 3))
    np.testing.assert_allclose(found.losses, np.sort(losses, axis=1)[:, :3], rtol=1e-4)
    np.testing.assert_allclose(found.latents, pool[losses.argsort(axis=1)[:, :3]], atol=1e-6)


def test_a_discriminator_decides_what_the_known_pixels_leave_open(images):
    """The third number of the noise is seen in the hole alone."""
    generator = linear()
    kernel = np.where(HOLE.ravel(), [[0.0], [0.0], [0.5]], MATRIX * [[1], [1], [0]])
    generator.layers[1].kernel.assign(kernel)
    given = filled_with((latent.sample(2, 3, seed=1) @ kernel).reshape(2, 6, 6, 1), HOLE, 0)
    settings = {
        "optimizer": FEW,
        "starts": 1,
        "pool": 9,
        "blend": lambda image, generated, mask: generated,
    }
    alone = latent.inpaint(generator, given, HOLE, latent_weight=1e-3, **settings)
    np.testing.assert_allclose(alone.latents[:, 0, 2], 0, atol=0.02)
    discriminator = keras.Sequential([keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(1)])
    discriminator.layers[-1].kernel.assign(np.where(HOLE.ravel(), 1.0, 0)[:, None])
    settings.update(latent_weight=0.03, prior_weight=0.05)
    found = latent.inpaint(generator, given, HOLE, discriminator, **settings)
    # Where the gradients of both terms meet: 0.02 z = 0.05 * 2 sigmoid(-2 z).
    z = found.latents[:, 0, 2]
    np.testing.assert_allclose(0.02 * z, 0.1 / (1 + np.exp(2 * z)), rtol=0.05)
    assert (found.images[:, 0][:, HOLE] > 0.2).all()


def test_styles_and_what_a_discriminator_of_labels_takes():
    networks = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1, num_classes=2)
    mask = np.zeros((8, 8), bool)
    mask[3:5, 3:5] = True
    few = {
        "optimizer": latent.Descent(steps=2),
        "starts": 1,
        "pool": 2,
        "num_classes": 2,
        "space": "w+",
    }
    found = latent.inpaint(networks[0], np.zeros((1, 8, 8, 1)), mask, networks[1], **few)
    assert found.latents.shape == (1, 1, 4, 4)
    np.testing.assert_array_equal(found.images[0, 0][~mask], 0)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"masks": np.zeros((6, 6), bool)}, "Received: a mask that is empty"),
        ({"masks": np.ones((6, 6), bool)}, "Received: a mask that is a hole everywhere"),
        ({"masks": np.stack([HOLE, HOLE, ~HOLE | HOLE])}, "a mask that is a hole everywhere"),
        ({"masks": np.zeros((5, 6), bool)}, r"must be booleans of shape \(3, 6, 6\) or \(6, 6\)"),
        ({"masks": HOLE * 255}, r"`masks` must be booleans.*dtype int64"),
        ({"images": np.zeros((3, 5, 6, 1))}, r"`images` must have the shape \(num, 6, 6, 1\)"),
        ({"starts": 0}, "`starts` must be a positive integer"),
        ({"candidates": 9}, "`candidates` must be an integer from 1 to 8"),
        ({"pool": 7}, "`pool` must be an integer of at least 8"),
        ({"labels": [0, 0, 0]}, "`labels` must be None: the generator takes no labels"),
        ({"prior_weight": -1}, "`prior_weight` must be a non-negative number"),
        ({"latent_weight": -1}, "`latent_weight` must be a non-negative number"),
        ({"generator": linear(2)}, "`num_classes` must be a positive integer"),
        ({"space": "w"}, "`generator` must have styles"),
    ],
)
def test_wrong_arguments(images, wrong, message):
    given = {"generator": linear(), "images": images, "masks": HOLE, **wrong}
    with pytest.raises(ValueError, match=message):
        latent.inpaint(**given)
