"""`GAN`: against a hand-written step; saving, replicas, precision, mistakes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, LATENT_DIM, assert_same, state, two_replicas, two_tapes

import tfgan_kit
from tfgan_kit import training

METRICS = ["generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy"]


def test_step_is_the_tutorials(make_gan, make_networks, real_images):
    gan, twin = make_gan(dropout=0.0), make_gan(dropout=0.0)
    batches = [real_images[start : start + 8] for start in range(0, 40, 8)]
    noises = [twin.noise(8, twin.next_seed()) for _ in batches]
    gan.fit(tf.data.Dataset.from_tensor_slices(real_images).batch(8), verbose=0)
    two_tapes(twin.generator, twin.discriminator, batches, noises)
    for trained, expected in zip(gan.weights[2:], twin.weights[2:], strict=True):
        np.testing.assert_allclose(trained, expected, atol=1e-6, err_msg=trained.path)
    assert int(gan.step) == 5


def test_reports_the_four_metrics(make_gan, real_images):
    history = make_gan().fit(real_images, validation_data=real_images, verbose=0).history
    assert sorted(history) == sorted(METRICS + [f"val_{name}" for name in METRICS])
    assert np.isfinite(list(history.values())).all()


def test_accuracies_count_signs_and_weigh_batches_by_size(make_gan):
    gan = make_gan()
    gan._report((1.0, 2.0, 0.0, tf.constant([[1.0], [-1.0], [3.0]]), tf.constant([[-1.0]] * 3)))
    values = gan._report((5.0, 2.0, 0.0, tf.constant([[-1.0]]), tf.constant([[1.0]])))
    assert [float(values[name]) for name in METRICS] == pytest.approx([2.0, 2.0, 0.5, 0.75])


def test_takes_what_fit_takes(make_gan, real_images):
    gans, labels = [make_gan() for _ in range(3)], np.arange(40)
    data = tf.data.Dataset.from_tensor_slices((real_images, labels))
    gans[0].fit(real_images, batch_size=16, shuffle=False, verbose=0)
    gans[1].fit(real_images, labels, batch_size=16, shuffle=False, verbose=0)
    gans[2].fit(data.batch(16), verbose=0)
    for gan in gans[1:]:
        assert_same(state(gan), state(gans[0]))
        assert int(gan.step) == 3  # the last batch has 8 images


@pytest.mark.slow
def test_graph_eager_and_xla_agree(make_gan, real_images, monkeypatch):
    def plain_noise(shape, seed):
        # XLA orders the numbers of a Philox stream otherwise; sines are sines everywhere.
        index = tf.range(shape[0] * shape[1], dtype="float32")
        return tf.reshape(tf.sin(index * 12.9898 + tf.cast(seed[1], "float32")), shape)

    monkeypatch.setattr(tfgan_kit.latent, "normal", plain_noise)
    trained = []
    for arguments in ({}, {"run_eagerly": True}, {"jit_compile": True}):
        gan = make_gan(dropout=0.0, **arguments)
        gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
        trained.append(gan.get_weights())
    for graph, *others in zip(*trained, strict=True):
        for other in others:
            # Adam divides by the root of the second moment: rounding grows a little.
            np.testing.assert_allclose(graph, other, atol=2e-5)


def test_steps_per_execution_changes_nothing(make_gan, real_images):
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(8)
    one, three = make_gan(), make_gan(steps_per_execution=3)
    one.fit(data, epochs=2, verbose=0)
    three.fit(data, epochs=2, verbose=0)
    assert_same(state(one), state(three))


def test_another_seed_trains_to_other_weights(make_gan, real_images):
    gan, other = (make_gan(seed=seed, dropout=0.0, run_eagerly=True) for seed in (0, 1))
    for each in (gan, other):
        each.fit(real_images, batch_size=20, shuffle=False, verbose=0)
    assert (gan.get_weights()[2] != other.get_weights()[2]).any()


def test_generate_evaluate_and_predict_do_not_change_training(make_gan, real_images):
    class Draw(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.generate(3)
            self.model.evaluate(real_images, verbose=0)
            self.model.predict(np.zeros((2, LATENT_DIM), "float32"), verbose=0)

    watched, alone = make_gan(), make_gan()
    for gan, callbacks in ((watched, [Draw()]), (alone, [])):
        gan.fit(real_images, batch_size=8, epochs=3, shuffle=False, callbacks=callbacks, verbose=0)
    assert_same(watched.get_weights(), alone.get_weights())
    assert_same([watched.train_noise.state.numpy()], [alone.train_noise.state.numpy()])


def test_weights_of_classes_are_refused(make_gan, real_images):
    with pytest.raises(ValueError, match="`class_weight` is not .*Pass `sample_weight`"):
        make_gan().fit(real_images, class_weight={0: 2.0}, verbose=0)


WEIGHTS = np.random.default_rng(1).uniform(0, 2, 40)


@pytest.mark.parametrize("updates", ["simultaneous", training.Alternating(2)])
def test_weights_multiply_each_real_images_term(make_gan, real_images, updates):
    """With Wasserstein's loss and no step that changes anything, from arrays and data sets."""
    gan = make_gan(
        generator_optimizer=keras.optimizers.SGD(0.0),
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        loss="wasserstein",
        updates=updates,
        run_eagerly=True,
        dropout=0.0,
        batch_normalization=False,
    )
    logits = gan.logits(real_images).numpy()[:, 0]
    labels = np.arange(40) % 2
    data = tf.data.Dataset.from_tensor_slices((real_images, labels, WEIGHTS)).batch(20)
    found = []
    for x, options in (
        (real_images, {"batch_size": 20}),
        (real_images, {"batch_size": 20, "sample_weight": list(WEIGHTS)}),
        (data, {}),
    ):
        gan.train_noise.state.assign([0, 0])
        gan.test_noise.state.assign([0, 0])
        history = gan.fit(x, shuffle=False, verbose=0, **options).history
        validation = gan.evaluate(x, verbose=0, return_dict=True, **options)
        found.append([history["discriminator_loss"][0], validation["discriminator_loss"]])
    plain, *weighted = np.array(found)
    for each in weighted:
        np.testing.assert_allclose(each - plain, np.mean((1 - WEIGHTS) * logits), rtol=1e-4)


def test_terminate_on_nan_is_refused(make_gan, real_images):
    callback = keras.callbacks.TerminateOnNaN()
    for callbacks in (callback, [callback], keras.callbacks.CallbackList([callback])):
        with pytest.raises(ValueError, match="would never stop a GAN.*DivergenceGuard"):
            make_gan().fit(real_images, verbose=0, callbacks=callbacks)


def test_uncompiled_model_saves_and_stays_uncompiled(make_networks, tmp_path):
    gan = tfgan_kit.GAN(*make_networks(), latent_dim=LATENT_DIM)
    gan.save(tmp_path / "gan.keras")
    assert not keras.models.load_model(tmp_path / "gan.keras").compiled


def test_generate_depends_on_the_seed_alone(make_gan):
    gan = make_gan()
    many, few = gan.generate(130, seed=3), gan.generate(5, seed=3)
    assert many.shape == (130, *IMAGE_SHAPE) and many.dtype == np.float32
    # Another batch size may round differently, by a few float32 units.
    np.testing.assert_allclose(many[:5], few, atol=1e-6)
    assert np.abs(gan.generate(5) - gan.generate(5)).max() > 1e-3
    assert gan.generate(0).shape == (0, *IMAGE_SHAPE)


@pytest.mark.filterwarnings("ignore")
def test_two_replicas_train_as_one_big_batch(make_gan, real_images):
    with two_replicas().scope():
        gan = make_gan(dropout=0.0, batch_normalization=False)
    twin = make_gan(dropout=0.0, batch_normalization=False)
    data = tf.data.Dataset.from_tensor_slices(real_images[:32]).batch(16)
    noises = [
        tf.concat(
            [tfgan_kit.latent.normal((8, LATENT_DIM), (0, 2 * step + each)) for each in (0, 1)], 0
        )
        for step in range(2)
    ]
    gan.fit(data, verbose=0)
    two_tapes(twin.generator, twin.discriminator, data, noises)
    for trained, expected in zip(gan.weights[2:], twin.weights[2:], strict=True):
        np.testing.assert_allclose(trained.numpy(), expected, atol=1e-6, err_msg=trained.path)
    assert int(gan.step.numpy()) == 2


def test_bfloat16_trains_and_reports_float32(make_gan, real_images, tmp_path):
    with training.precision.scope("mixed_bfloat16"):
        gan = make_gan()
    history = gan.fit(real_images, batch_size=8, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    assert all(weight.dtype == "float32" for weight in gan.weights[2:])
    assert gan.generate(2, seed=0).dtype == np.float32
    gan.save(tmp_path / "gan.keras")
    assert_same(state(gan), state(keras.models.load_model(tmp_path / "gan.keras")))


def test_checkpoint_log_board_and_early_stopping(make_gan, real_images, tmp_path):
    gan = make_gan()
    callbacks = [
        keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.TensorBoard(tmp_path / "board", write_steps_per_second=True),
        keras.callbacks.EarlyStopping("discriminator_loss", 100, patience=2, mode="max"),
    ]
    gan.fit(real_images, batch_size=8, epochs=9, verbose=0, callbacks=callbacks)
    assert_same(state(gan), state(keras.models.load_model(tmp_path / "3.keras")))
    header, *lines = (tmp_path / "log.csv").read_text().splitlines()
    assert header.split(",")[:5] == ["epoch", *sorted(METRICS)] and len(lines) == 3
    assert list((tmp_path / "board" / "train").glob("events*"))


def test_learning_rate_callbacks_treat_both_networks(make_gan, real_images):
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(1e-3),
        discriminator_optimizer=keras.optimizers.Adam(4e-3),
    )
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    reduce = keras.callbacks.ReduceLROnPlateau("generator_loss", 0.1, 1, mode="max", min_delta=100)
    for callback, expected in ((halve, [2.5e-4, 1e-3]), (reduce, [2.5e-5, 1e-4])):
        gan.fit(real_images, batch_size=20, epochs=2, verbose=0, callbacks=[callback])
        rates = [float(optimizer.learning_rate) for optimizer in gan.optimizer.optimizers]
        assert rates == pytest.approx(expected)


class Batches(keras.utils.PyDataset):
    num_batches = 2

    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def __getitem__(self, index):
        return self.batch


def test_data_of_other_values_and_shapes_is_one_sentence_even_after_a_good_fit(
    make_gan, real_images
):
    def batched(data):
        return tf.data.Dataset.from_tensor_slices(data).batch(8)

    gan, x, last_is_nan = make_gan(), real_images, real_images.copy()
    last_is_nan[-1, -1, -1] = np.nan
    outside, finite = r"in \[-1, 1\].*Received: values from", r"in \[-1, 1\].*Received: NaN"
    arrays = [
        ((x + 1).astype("uint8"), r"floats in \[-1, 1\].*Received: dtype uint8"),
        ((x + 1) * 127.5, outside),
        (x[:, :7], r"shape \(batch, 8, 8, 1\).*Received: shape \(\d+, 7, 8, 1\)$"),
        (x[..., 0], r"Received: shape .*`images\[..., None\]` adds the axis of channels"),
        (np.concatenate([x] * 3, -1), r"shape \(batch, 8, 8, 1\).*Received"),
    ]
    others = [(batched(images), message) for images, message in arrays]
    others += [(Batches(images[:8]), message) for images, message in arrays]
    others += [
        (np.concatenate([x] * 9 + [x * 300]), outside),
        (tf.constant(x * 2), outside),
        (last_is_nan, finite),
        (batched(last_is_nan[::-1]), finite),
        (tf.data.Dataset.from_tensor_slices(x), r"\(8, 8, 1\). `dataset.batch\(64\)` puts images"),
        (batched({"image": x, "label": x}), r"dict of image, label. dataset.map\(lambda row"),
        (Batches({"image": x}), "a dict of image"),
        ({"image": x}, "a dict of image"),
        (list(x), r"a list of 40. numpy.stack\(images\) makes an array"),
        ((x, x), "a tuple of 2"),
    ]
    gan.fit(batched(x), validation_data=batched(x), verbose=0)
    for data, message in arrays + others:
        for call in (gan.fit, gan.evaluate):
            with pytest.raises(ValueError, match=message) as caught:
                call(data, verbose=0)
            assert "\n" not in str(caught.value)
    before = state(gan)
    for data, message in ((x * 2, outside), ((x * 2, None), outside)):
        with pytest.raises(ValueError, match=message):
            gan.fit(x, validation_data=data, verbose=0)
    assert_same(before, state(gan))
    with pytest.raises(ValueError, match=outside):
        gan.fit(x, validation_data=batched(x * 2), verbose=0)


def test_images_without_dark_values_are_named_and_a_small_overshoot_is_not(make_gan, real_images):
    gan = make_gan()
    with pytest.warns(
        UserWarning, match="Received: values from .*none is dark. .*`2 \\* images - 1`"
    ) as caught:
        gan.fit(np.abs(real_images), verbose=0)
    assert len(caught) == 1
    gan.fit(np.clip(real_images * 1.05, -1.05, 1.05), verbose=0)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_generators_strings_and_unknown_ranks_train(make_gan, real_images):
    gan, names = make_gan(), np.array(["a", "b"] * 20)
    unknown = tf.data.Dataset.from_generator(lambda: [real_images] * 2, output_types="float32")
    for data in (
        (real_images for _ in range(2)),
        unknown,
        tf.data.Dataset.from_tensors((real_images, names)),
    ):
        assert np.isfinite(gan.fit(data, verbose=0).history["discriminator_loss"]).all()
    # The end of data of unknown length is not a step.
    assert [int(gan.step.numpy()), *gan.train_noise.state.numpy()[1:]] == [5, 5]
    gan.fit(real_images, names, validation_data=(real_images, names), batch_size=40, verbose=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent_dim": 7}, "`latent_dim` must be 6"),
        ({"latent_dim": 6.0}, "`latent_dim` must be a positive integer"),
        ({"seed": -1}, "`seed` must be"),
        ({"generator": "dcgan"}, "`generator` must be a keras.Model"),
    ],
)
def test_wrong_constructor_arguments(make_networks, change, message):
    generator, discriminator = make_networks()
    arguments = {"generator": generator, "discriminator": discriminator, "latent_dim": LATENT_DIM}
    with pytest.raises(ValueError, match=message):
        tfgan_kit.GAN(**{**arguments, **change})


@pytest.mark.parametrize("shape", [(9, 9, 1), (8, 8, 3)])
def test_a_discriminator_of_another_image_shape_is_refused(make_networks, shape):
    layers = [keras.layers.Conv2D(1, 3), keras.layers.Flatten(), keras.layers.Dense(1)]
    other = keras.Sequential([keras.Input(shape), *layers])
    with pytest.raises(ValueError, match="`discriminator` must take inputs of shape"):
        tfgan_kit.GAN(make_networks()[0], other, latent_dim=LATENT_DIM)


def test_unbuilt_and_subclassed_networks_work(real_images):
    class Generator(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(64, activation="tanh")

        def call(self, noise):
            return keras.ops.reshape(self.dense(noise), (-1, *IMAGE_SHAPE))

    unbuilt = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = tfgan_kit.GAN(Generator(), unbuilt, latent_dim=LATENT_DIM, seed=0)
    gan.compile()
    gan.fit(real_images, verbose=0)
    assert gan.generate(3).shape == (3, *IMAGE_SHAPE)
