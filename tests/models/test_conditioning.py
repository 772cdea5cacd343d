"""The three ways of conditioning, by hand, in both families."""

import keras
import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import data, models, penalties
from tfgan_kit.layers import AttributeEmbedding
from tfgan_kit.training import precision
from tfgan_kit.utils.keras_compat import all_layers

LABELS = np.array([0, 2, 1, 2])
IMAGES = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
NOISE = np.random.default_rng(1).normal(size=(4, 5)).astype("float32")
FAMILIES = {
    "dcgan": lambda **arguments: models.dcgan(
        (16, 16, 1), latent_dim=5, width=4, dropout=0, num_classes=3, **arguments
    ),
    "residual": lambda **arguments: models.residual(
        (16, 16, 1), latent_dim=5, width=4, num_classes=3, **arguments
    ),
}


@pytest.fixture(params=FAMILIES)
def build(request):
    return FAMILIES[request.param]


def layer(network, kind):
    (found,) = [each for each in network.layers if isinstance(each, kind)]
    return found


def test_generator_has_an_embedding_of_50_beside_the_noise(build):
    generator, _ = build()
    assert [each.name for each in generator.inputs] == ["noise", "labels"]
    embeddings = layer(generator, keras.layers.Embedding).embeddings.numpy()
    assert embeddings.shape == (3, 50)
    beside = layer(generator, keras.layers.Concatenate)
    joined = keras.Model(generator.inputs, beside.output)([NOISE, LABELS])
    np.testing.assert_allclose(joined, np.concatenate([NOISE, embeddings[LABELS]], axis=1))
    assert generator([NOISE, LABELS]).shape == (4, 16, 16, 1)


def test_projection_is_a_dot_product_with_the_features(build):
    _, discriminator = build(conditioning="projection")
    embedding = layer(discriminator, keras.layers.Embedding).embeddings.numpy()
    features, _ = layer(discriminator, keras.layers.Dot).input
    features = keras.Model(discriminator.inputs, features)([IMAGES, LABELS]).numpy()
    dense = layer(discriminator, keras.layers.Dense)
    expected = dense(features)[:, 0] + (features * embedding[LABELS]).sum(axis=1)
    logits = discriminator([IMAGES, LABELS])
    np.testing.assert_allclose(logits[:, 0], expected, atol=1e-5)


def test_concat_adds_a_channel_of_the_label(build):
    _, discriminator = build(conditioning="concat")
    joined = layer(discriminator, keras.layers.Concatenate).output
    joined = keras.Model(discriminator.inputs, joined)([IMAGES, LABELS]).numpy()
    np.testing.assert_array_equal(joined[..., :1], IMAGES)
    np.testing.assert_array_equal(joined[1, ..., 1], joined[3, ..., 1])
    assert (joined[0, ..., 1] != joined[1, ..., 1]).any()


def test_acgan_classifies_images_alone(build):
    _, discriminator = build(conditioning="acgan")
    logits, classes = discriminator(IMAGES)
    assert logits.shape == (4, 1) and classes.shape == (4, 3)
    head = discriminator.get_layer("class_logits")
    features = keras.Model(discriminator.input, head.input)(IMAGES)
    np.testing.assert_allclose(classes, head(features), atol=1e-5)


@pytest.mark.parametrize("conditioning", ["projection", "concat", "acgan"])
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_all_train_and_return_float32(build, conditioning, policy):
    terms = [penalties.R1(0.5, interval=2)]
    if conditioning == "acgan":
        terms.append(penalties.AuxiliaryClassifier())
    with precision.scope(policy):
        networks = build(conditioning=conditioning)
    gan = tfgan_kit.GAN(*networks, num_classes=3, seed=0)
    # Without graphs, and without Adam, which takes half the time of so small a step.
    gan.compile("sgd", "sgd", penalties=terms, run_eagerly=True)
    before = [each.numpy() for each in gan.trainable_weights]
    gan.fit(IMAGES, LABELS, batch_size=2, verbose=0)
    weights = gan.trainable_weights
    pairs = zip(weights, before, strict=True)
    # A residual block's last convolution starts at 0, and with it the gradient of the others.
    changed = [bool((np.asarray(each) != old).any()) for each, old in pairs]
    assert np.isfinite(np.concatenate([np.ravel(each) for each in weights])).all()
    assert sum(changed) > 0.6 * len(changed)
    logits = gan.logits(IMAGES, LABELS)
    assert logits.dtype == "float32" and logits.shape == (4, 1)
    assert gan.generate(2, seed=0, labels=[0, 1]).dtype == np.float32


def test_unknown_way_and_number(build):
    with pytest.raises(ValueError, match="`conditioning` must be.*'concatenation'"):
        build(conditioning="concatenation")
    with pytest.raises(ValueError, match="`num_classes` must be"):
        models.dcgan((16, 16, 1), num_classes=0)


@pytest.mark.parametrize(
    "transition", [100, (1,), (0, 1, 2), True, (5, 5), (100, 0), (0.5, 1), "ab"]
)
def test_wrong_transition(build, transition):
    with pytest.raises(ValueError, match="`transition` must be None or two numbers of images"):
        build(transition=transition)


@pytest.mark.parametrize("family", [models.dcgan, models.residual])
def test_transition_without_classes(family):
    with pytest.raises(ValueError, match=r"`transition` .* without `num_classes`.*\(1, 2\)"):
        family((16, 16, 1), transition=(1, 2))


@pytest.mark.parametrize(
    ("family", "conditioning"),
    [
        (family, conditioning)
        for family in ("dcgan", "residual", "progressive", "style")
        for conditioning in ("projection", "concat", "acgan")
        if (family, conditioning) != ("progressive", "concat")
    ],
)
def test_several_attributes_in_all_ways(family, conditioning):
    columns = {"hair": ["black", "red", None], "smile": [True, False, True]}
    attributes, labels = data.Attributes.of(columns)
    arguments = {"style": {"max_width": 4, "mapping_layers": 1}, "dcgan": {"dropout": 0}}
    generator, discriminator = models.get(family)(
        (8, 8, 1) if family in ("style", "progressive") else (16, 16, 1),
        latent_dim=5,
        width=2,
        attributes=attributes,
        conditioning=conditioning,
        **arguments.get(family, {}),
    )
    gan = tfgan_kit.GAN(generator, discriminator, attributes=attributes, seed=0)
    assert (gan.num_classes, gan.num_labels) == (4, 5)
    embeddings = [
        each
        for network in (generator, discriminator)
        for each in all_layers(network)
        if isinstance(each, AttributeEmbedding)
    ]
    assert len(embeddings) == (1 if conditioning == "acgan" else 2)
    assert all(each.table == attributes.table.tolist() for each in embeddings)
    if conditioning == "acgan":
        assert discriminator.outputs[1].shape == (None, 2 + 2)
    images = gan.make(NOISE[:3], labels)
    assert not np.allclose(images[0], gan.make(NOISE[:3], labels[[2, 0, 1]])[0])


def test_attributes_take_the_place_of_classes():
    attributes, _ = data.Attributes.of({"hair": ["black", "red"]})
    with pytest.raises(ValueError, match="`attributes` must be .* Received: .*, num_classes=3"):
        models.dcgan((16, 16, 1), num_classes=3, attributes=attributes)
    with pytest.raises(ValueError, match="`attributes` must be a tfgan_kit.data.Attributes"):
        models.dcgan((16, 16, 1), attributes={"hair": ["black", "red"]})
    with pytest.raises(ValueError, match="`attributes` must be without `num_classes` and"):
        networks = models.dcgan((16, 16, 1), width=2, latent_dim=4, attributes=attributes)
        tfgan_kit.GAN(*networks, num_classes=2, attributes=attributes)


@pytest.mark.parametrize("family", ["progressive", "style"])
def test_a_growing_embedding_does_not_drown_the_noise(family):
    generator, _ = models.get(family)((8, 8, 1), latent_dim=5, width=4, num_classes=3)
    before = generator([NOISE, LABELS]).numpy()
    network = generator.mapping if family == "style" else generator
    table = layer(network, keras.layers.Embedding).embeddings
    table.assign(10 * table)
    np.testing.assert_allclose(generator([NOISE, LABELS]).numpy(), before, atol=1e-5)
