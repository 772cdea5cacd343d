"""A class-conditional GAN: labels from `fit` to both networks, state, and drawn images."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, LATENT_DIM, NUM_CLASSES, assert_resumes, two_replicas, two_tapes

import tfgan_kit
from tfgan_kit import penalties
from tfgan_kit.training import Batch, Critique, ReplayBuffer, precision


@pytest.mark.slow
def test_it_learns_to_obey_its_labels(make_conditional_gan, labelled):
    adam = [keras.optimizers.Adam(3e-3, beta_1=0.5) for _ in range(2)]
    gan = make_conditional_gan(
        generator_optimizer=adam[0], discriminator_optimizer=adam[1], loss="hinge"
    )
    gan.fit(*labelled, batch_size=16, epochs=80, verbose=0)
    levels = [gan.generate(20, seed=0, labels=label).mean() for label in range(NUM_CLASSES)]
    # Real ones are at -0.8, 0 and 0.8.
    np.testing.assert_allclose(levels, [-0.8, 0, 0.8], atol=0.3)


def test_step_passes_each_label_with_its_image(make_conditional_gan, labelled):
    gan, twin = make_conditional_gan(), make_conditional_gan()
    images, labels = (each[:8] for each in labelled)
    gan.fit(images, labels, batch_size=8, shuffle=False, verbose=0)
    noise = twin.noise(8, twin.next_seed())
    labels = tf.constant(labels, "int32")
    two_tapes(twin.generator, twin.discriminator, [tf.constant(images)], [noise], labels)
    weights = [each.generator.weights + each.discriminator.weights for each in (gan, twin)]
    for trained, expected in zip(*weights, strict=True):
        np.testing.assert_allclose(trained, expected, atol=1e-6, err_msg=trained.path)


def test_save_and_reload_resume_exactly(make_conditional_gan, labelled, tmp_path):
    data = tf.data.Dataset.from_tensor_slices(labelled).batch(16)
    gan = make_conditional_gan(
        penalties=[penalties.R1(0.1, interval=2), penalties.WGANGP(0.1)],
        augment="translation",
        replay=16,
        ema=0.9,
        updates="alternating",
        run_eagerly=True,
    )
    loaded = assert_resumes(gan, data, tmp_path / "gan.keras")
    assert loaded.num_classes == NUM_CLASSES
    np.testing.assert_array_equal(gan.generate(4, seed=0), loaded.generate(4, seed=0))


def test_generate_draws_classes_or_takes_them(make_conditional_gan):
    gan = make_conditional_gan()
    drawn = tfgan_kit.latent.sample_labels(9, NUM_CLASSES, seed=5)
    images = gan.generate(9, seed=5)
    np.testing.assert_array_equal(images, gan.generate(9, seed=5, labels=drawn))
    noise = tfgan_kit.latent.sample(9, LATENT_DIM, seed=5)
    np.testing.assert_allclose(images, gan.make(noise, drawn), atol=1e-6)
    np.testing.assert_allclose(images, gan.predict([noise, drawn], verbose=0), atol=1e-6)
    ones = gan.generate(9, seed=5, labels=1)
    np.testing.assert_array_equal(ones, gan.generate(9, seed=5, labels=[1] * 9))
    assert (ones != gan.generate(9, seed=5, labels=2)).any()


def test_generate_refuses_other_labels(make_conditional_gan, make_gan):
    gan = make_conditional_gan()
    for labels in (3, -1, 0.5, [0, 1], "cat", [[0, 1, 2]]):
        with pytest.raises(ValueError, match="`labels` must be"):
            gan.generate(3, labels=labels)
    with pytest.raises(ValueError, match="`labels` must be None: the generator takes no labels"):
        make_gan().generate(3, labels=0)


def test_fit_needs_labels_in_range(make_conditional_gan, labelled):
    images, labels = labelled
    with pytest.raises(ValueError, match=r"GAN of 3 labels trains on \(images, labels\)"):
        make_conditional_gan().fit(images, verbose=0)
    with pytest.raises(ValueError, match="class numbers from 0 to 2. Received: values from 1 to 3"):
        make_conditional_gan().fit(images, labels + 1, verbose=0)


def test_networks_and_num_classes_must_fit(make_conditional_networks, make_networks):
    with pytest.raises(ValueError, match="`generator` must have 1 input with num_classes=None"):
        tfgan_kit.GAN(*make_conditional_networks(), latent_dim=LATENT_DIM)
    with pytest.raises(ValueError, match="`generator` must have 2 inputs with num_classes=3"):
        tfgan_kit.GAN(*make_networks(), latent_dim=LATENT_DIM, num_classes=3)
    mixed = make_conditional_networks()[0], make_networks()[1]
    with pytest.raises(ValueError, match="`discriminator` must have 2 inputs"):
        tfgan_kit.GAN(*mixed, latent_dim=LATENT_DIM, num_classes=3)


def test_a_replayed_fake_keeps_its_label():
    buffer = ReplayBuffer(capacity=8, share=0.5)
    buffer.build((1,), with_labels=True)
    for step in range(6):
        labels = tf.range(10 * step, 10 * step + 6)
        fakes = tf.cast(labels, "float32")[:, None]
        shown, shown_labels = buffer(fakes, (0, step), labels)
        np.testing.assert_array_equal(shown[:, 0], shown_labels)
    assert (shown_labels.numpy() < 50).any()
    np.testing.assert_array_equal(buffer.pool[:, 0], buffer.labels)


def test_terms_see_the_labels(make_conditional_gan, labelled):
    gan = make_conditional_gan()
    images, labels = labelled[0][:4], tf.constant([0, 1, 2, 0])
    critique = Critique(
        gan.discriminator, images, images, real_labels=labels, fake_labels=labels[::-1]
    )
    np.testing.assert_allclose(critique.logits(images, labels), critique.real_logits, rtol=1e-5)
    assert not np.allclose(critique.real_logits, critique.fake_logits)
    np.testing.assert_allclose(critique.gradients(images, labels), critique.real_gradients)
    assert critique.features(images, labels).shape[0] == 4


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_replicas_train_as_one_big_batch(make_conditional_gan, labelled, monkeypatch):
    """Each replica passes its own labels: with the same noise both trainings agree."""
    monkeypatch.setattr(tfgan_kit.GAN, "noise", lambda self, size, seed: tf.zeros((size, 6)))
    with two_replicas().scope():
        gan = make_conditional_gan()
    twin = make_conditional_gan(run_eagerly=True)
    data = tf.data.Dataset.from_tensor_slices(labelled).batch(16)
    for each in (gan, twin):
        each.fit(data, verbose=0)
    weights = [each.generator.weights + each.discriminator.weights for each in (gan, twin)]
    for trained, expected in zip(*weights, strict=True):
        np.testing.assert_allclose(trained.numpy(), expected.numpy(), atol=2e-6)
    assert int(gan.images_seen.numpy()) == int(twin.images_seen) == 48
    np.testing.assert_array_equal(gan.label_counts.numpy(), [16, 16, 16])
    np.testing.assert_array_equal(twin.label_counts.numpy(), [16, 16, 16])


def test_bfloat16_trains(make_conditional_gan, labelled):
    with precision.scope("mixed_bfloat16"):
        gan = make_conditional_gan(penalties=["r1"], ema=0.9)
    history = gan.fit(*labelled, batch_size=16, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    assert gan.generate(2, seed=0).dtype == np.float32


def test_steps_of_ones_own_take_a_batch_with_labels(make_conditional_gan, labelled):
    gan = make_conditional_gan()
    for batch in (Batch.of(labelled, IMAGE_SHAPE, NUM_CLASSES), Batch(*labelled), labelled):
        assert float(gan.discriminator_step(batch).loss) > 0
        assert float(gan.generator_step(batch).loss) > 0
    with pytest.raises(ValueError, match=r"trains on \(images, labels\)"):
        gan.generator_step(labelled[0])


def test_labels_are_counted_and_drawn_by_share(make_conditional_gan, labelled):
    images, labels = labelled[0], np.array([0] * 30 + [2] * 18)
    gan = make_conditional_gan()
    assert gan.class_shares is None
    gan.fit(images, labels, batch_size=10, epochs=2, verbose=0)  # The last batch has 8.
    np.testing.assert_allclose(gan.class_shares, [30 / 48, 0, 18 / 48])
    drawn = tfgan_kit.latent.sample_labels(9, NUM_CLASSES, 5, gan.class_shares)
    np.testing.assert_array_equal(gan.generate(9, 5), gan.generate(9, 5, labels=drawn))


@pytest.mark.parametrize("classes", [None, (0, 1, 1)])
def test_clusters_are_drawn_by_the_last_number_of_the_noise(
    make_conditional_networks, labelled, tmp_path, classes
):
    clusters = tfgan_kit.data.Clusters(labelled[1].astype("int32"), classes)
    keras.utils.set_random_seed(1)
    gan = tfgan_kit.GAN(*make_conditional_networks(), LATENT_DIM, seed=0, clusters=clusters)
    terms = {"replay": 16, "penalties": ["r1"], "updates": "alternating"}
    gan.compile(ema=0.9, run_eagerly=True, **terms)
    assert gan.latent_dim == LATENT_DIM + 1 and gan.num_labels == NUM_CLASSES
    data = tf.data.Dataset.from_tensor_slices(labelled).batch(16)
    loaded = assert_resumes(gan, data, tmp_path / "gan.keras")

    noise = tfgan_kit.latent.sample(9, LATENT_DIM + 1, seed=5)
    labels = None if classes is None else np.array([0, 1, 1] * 3)
    given = noise if classes is None else [noise, labels]
    kept, drawn = gan.clusters(given)
    expected = gan.make(kept, drawn)
    for each in (gan, loaded):
        np.testing.assert_allclose(each.sampling_generator(given), expected, atol=1e-6)
        np.testing.assert_allclose(each.generate(9, 5, labels), expected, atol=1e-6)
        np.testing.assert_allclose(each.predict(given, verbose=0), expected, atol=1e-6)
    if classes is None:
        assert gan.num_classes is None and gan.class_shares is None
        with pytest.raises(ValueError, match="the generator takes no labels"):
            gan.generate(3, labels=0)
    else:
        np.testing.assert_allclose(gan.class_shares, [1 / 3, 2 / 3], atol=1e-6)
        with pytest.raises(ValueError, match="`labels` must be class numbers from 0 to 1"):
            gan.generate(3, labels=2)


def test_clusters_and_num_classes_agree(make_conditional_networks):
    clusters = tfgan_kit.layers.DrawCluster([1, 1, 1], classes=[0, 0, 1])
    with pytest.raises(ValueError, match="`num_classes` must be 2.*Received: num_classes=3"):
        tfgan_kit.GAN(*make_conditional_networks(), num_classes=3, clusters=clusters)
    with pytest.raises(ValueError, match="`clusters` must be what .*find_clusters returns"):
        tfgan_kit.GAN(*make_conditional_networks(), clusters="auto")


def test_networks_of_fewer_classes_are_refused(make_conditional_networks):
    with pytest.raises(ValueError, match="`generator` must have embeddings of 4 labels.* of 3"):
        tfgan_kit.GAN(*make_conditional_networks(), num_classes=4)
