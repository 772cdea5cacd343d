"""Path length against whole Jacobians and finite differences; what it keeps and leaves alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas

import tfgan_kit
from tfgan_kit import models, penalties
from tfgan_kit.training.state import named_state

ARGUMENTS = {"latent_dim": 3, "width": 2, "mapping_layers": 1, "mapping_lr_multiplier": 1.0}


def networks(**arguments):
    return models.style((8, 8, 1), **{**ARGUMENTS, **arguments})


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return networks(style_mixing=0)[0]


@pytest.fixture
def term(generator):
    term = penalties.PathLength(decay=0.25)
    term.build(generator)
    return term


class Fakes:
    """What the term uses of a critique, with seeds that are the same in each."""

    fake_labels = None

    def __init__(self, num=6):
        self.fake_images, self.seeds = tf.zeros((num, 8, 8, 1)), iter([(1, 2), (3, 4)])

    def next_seed(self):
        return tf.constant(next(self.seeds))


def lengths_by_jacobians(generator):
    noise = tf.random.stateless_normal((3, 3), (1, 2), alg="philox")
    styles = generator.mapping(noise)
    with tf.GradientTape() as tape:
        tape.watch(styles)
        images = generator.synthesis(styles)
    jacobians = tape.batch_jacobian(images, styles).numpy().reshape(3, 64, *styles.shape[1:])
    changes = tf.random.stateless_normal(images.shape, (3, 4), alg="philox").numpy() / 8
    moved = np.einsum("bplw,bp->blw", jacobians, changes.reshape(3, 64))
    return np.sqrt((moved**2).sum(axis=2).mean(axis=1))


def test_equals_whole_jacobians_and_keeps_the_mean(generator, term):
    lengths, mean = lengths_by_jacobians(generator), 0.0
    for _ in range(2):
        mean += 0.25 * (lengths.mean() - mean)
        values, new = term(Fakes())
        np.testing.assert_allclose(values, (lengths - mean) ** 2, rtol=1e-4)
        assert float(new["mean_length"]) == pytest.approx(mean, rel=1e-5)
        term.state["mean_length"].assign(new["mean_length"])
    assert term(Fakes(num=1))[0].shape == (1,)


def test_gradient_by_finite_differences(generator, term, monkeypatch):
    # At the bend of a leaky ReLU the derivative of the image jumps, and the length with it.
    monkeypatch.setattr(keras.layers.LeakyReLU, "call", lambda layer, x: keras.ops.silu(x))
    weights = generator.trainable_variables
    rng = np.random.default_rng(0)
    direction = [rng.normal(size=weight.shape).astype("float32") for weight in weights]

    def value():
        term.state["mean_length"].assign(0.3)
        return tf.reduce_mean(term(Fakes())[0])

    with tf.GradientTape() as tape:
        loss = value()
    pairs = zip(tape.gradient(loss, weights), direction, strict=True)
    # Biases of what becomes the image, and the constant noise, change no length.
    slope = sum(float(tf.reduce_sum(each * change)) for each, change in pairs if each is not None)
    before, found = [weight.numpy() for weight in weights], []
    for sign in (1, -1):
        for weight, each, change in zip(weights, before, direction, strict=True):
            weight.assign(each + sign * 2e-3 * change)
        found.append(float(value()))
    for weight, each in zip(weights, before, strict=True):
        weight.assign(each)
    assert slope == pytest.approx((found[0] - found[1]) / 4e-3, rel=2e-2)
    assert abs(slope) > 1e-3


def test_a_lazy_term_changes_nothing_in_other_steps():
    """Neither the mean of styles nor the random generators: the first step is before it."""
    images, states = np.zeros((2, 8, 8, 1), "float32"), []
    for terms in ([], [penalties.PathLength(weight=0.0, interval=1)]):
        keras.utils.set_random_seed(0)
        gan = tfgan_kit.GAN(*networks(), seed=0)
        gan.compile(penalties=terms, run_eagerly=True)
        gan.train_on_batch(images)
        named = named_state(gan)
        states.append([gan.generator.get_layer("mix_styles").mean.numpy()])
        states[-1] += [each.numpy() for name, each in named.items() if name.startswith("seed.")]
    assert float(named["penalty.0.mean_length"]) > 0
    for without, with_term in zip(*states, strict=True):
        np.testing.assert_array_equal(without, with_term)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_replicas_share_the_mean():
    with two_replicas().scope():
        gan = tfgan_kit.GAN(*networks(num_classes=3), num_classes=3, seed=0)
        gan.compile(penalties=[penalties.PathLength(interval=2)])
    labels = np.arange(8) % 3
    gan.fit(np.zeros((8, 8, 8, 1), "float32"), labels, batch_size=4, verbose=0)
    mean = named_state(gan)["penalty.0.mean_length"]
    assert mean.values[0].numpy() == mean.values[1].numpy() != 0


def test_refusals(make_gan):
    with pytest.raises(ValueError, match="PathLength only if the generator is one of models.style"):
        make_gan(penalties=["path_length"])
    with pytest.raises(ValueError, match=r"`decay` must be a number in \(0, 1\]"):
        penalties.PathLength(decay=0)
    config = penalties.PathLength(1.0, 8, 0.5).get_config()
    assert config == {"weight": 1.0, "interval": 8, "decay": 0.5}
    assert isinstance(penalties.get("path_length"), penalties.PathLength)
