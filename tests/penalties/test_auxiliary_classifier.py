"""AC-GAN's classification loss against NumPy, on both sides of both algorithms."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import log_loss

import tfgan_kit
from tfgan_kit import data, models, penalties, training

LABELS = np.array([0, 2, 1, 2])
FAKE_LABELS = np.array([1, 1, 0, 2])
IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 4, 16, 16, 1)).astype("float32")


def make_gan(updates="simultaneous", **arguments):
    keras.utils.set_random_seed(0)
    networks = models.dcgan(
        (16, 16, 1), latent_dim=4, width=2, dropout=0, num_classes=3, conditioning="acgan"
    )
    gan = tfgan_kit.GAN(*networks, num_classes=3, seed=0)
    gan.compile(**{"penalties": ["auxiliary_classifier"], "updates": updates, **arguments})
    return gan


def cross_entropy(logits, labels):
    logits = np.asarray(logits, "float64")
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]


def test_value_of_both_and_of_fakes_alone():
    gan = make_gan()
    real, fake = map(tf.constant, IMAGES)
    labels = {"real_labels": LABELS, "fake_labels": FAKE_LABELS}
    critique = training.Critique(gan.discriminator, real, fake, **labels)
    of_real = cross_entropy(gan.discriminator(real)[1], LABELS)
    of_fake = cross_entropy(gan.discriminator(fake)[1], FAKE_LABELS)
    term = penalties.AuxiliaryClassifier()
    np.testing.assert_allclose(term(critique), of_real + of_fake, rtol=1e-4)
    critique = training.Critique(gan.discriminator, None, fake, fake_labels=FAKE_LABELS)
    np.testing.assert_allclose(term(critique), of_fake, rtol=1e-4)


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_it_trains_the_classifier_and_the_generator(updates):
    gan = make_gan(updates, penalties=[penalties.AuxiliaryClassifier(1.0)])
    before = gan.discriminator.get_layer("class_logits").kernel.numpy()
    silent = make_gan(updates, penalties=[penalties.AuxiliaryClassifier(0.0)])
    for each in (gan, silent):
        each.fit(IMAGES[0], LABELS, batch_size=4, verbose=0)
    assert (gan.discriminator.get_layer("class_logits").kernel.numpy() != before).any()
    kernel = silent.discriminator.get_layer("class_logits").kernel.numpy()
    np.testing.assert_array_equal(kernel, before)
    pairs = zip(gan.generator.weights, silent.generator.weights, strict=True)
    assert any((a.numpy() != b.numpy()).any() for a, b in pairs)


def test_term_and_output_need_each_other(make_conditional_gan):
    with pytest.raises(ValueError, match="`penalties` must have an AuxiliaryClassifier if"):
        make_gan(penalties=["r1"])
    with pytest.raises(ValueError, match="only then.*a discriminator with one output"):
        make_conditional_gan(penalties=["auxiliary_classifier"])


def test_several_attributes_against_scikit_learn():
    columns = {"hair": ["black", "red", "blue", None, "red"], "smile": [True, None, False, None, 1]}
    attributes, labels = data.Attributes.of(columns)
    logits = np.random.default_rng(0).normal(size=(5, 3 + 3)).astype("float32")
    term = penalties.AuxiliaryClassifier(attribute_weights={"smile": 0.5})
    with tf.GradientTape() as tape:
        tape.watch(watched := tf.constant(logits))
        losses = term._loss(attributes, labels, watched)
    found, first = np.zeros(5), 0
    for column, (size, weight) in enumerate(zip(attributes.sizes, [1.0, 0.5], strict=True)):
        numbers = attributes.table[labels, column]
        given = numbers >= 0
        own = logits[given, first : first + size]
        shares = np.exp(own) / np.exp(own).sum(axis=1, keepdims=True)
        assert np.mean(-np.log(shares[np.arange(given.sum()), numbers[given]])) == pytest.approx(
            log_loss(numbers[given], shares, labels=range(size)), rel=1e-5
        )
        found[given] -= weight * np.log(shares[np.arange(given.sum()), numbers[given]])
        first += size
    np.testing.assert_allclose(losses, found, rtol=1e-5)
    gradient = tape.gradient(losses, watched).numpy()
    assert not gradient[3].any() and not gradient[1, 3:].any() and gradient[1, :3].all()
    with pytest.raises(ValueError, match="of the GAN: hair, smile. Received: 'hat'"):
        penalties.AuxiliaryClassifier(attribute_weights={"hat": 2.0}).check(attributes)
    with pytest.raises(ValueError, match="of the GAN: it has none. Received: 'hat'"):
        make_gan(penalties=[penalties.AuxiliaryClassifier(attribute_weights={"hat": 2.0})])
    with pytest.raises(ValueError, match=r"`attribute_weights\['hat'\]` must be a non-negative"):
        penalties.AuxiliaryClassifier(attribute_weights={"hat": -1})
