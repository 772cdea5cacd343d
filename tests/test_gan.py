"""`GAN`: the step against a hand-written one, saving, replicas, precision, mistakes."""

import json
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, LATENT_DIM, assert_same, state, two_replicas

import tfgan_kit
from tfgan_kit import losses, recipes

METRICS = ["generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy"]


def tutorial_loop(generator, discriminator, batches, noises):
    """The tutorial's two-tape step, written from its description without the kit."""
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    for images, noise in zip(batches, noises, strict=True):
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fakes = generator(noise, training=True)
            real = discriminator(images, training=True)
            fake = discriminator(fakes, training=True)
            gen_loss = entropy(tf.ones_like(fake), fake)
            disc_loss = entropy(tf.ones_like(real), real) + entropy(tf.zeros_like(fake), fake)
        for optimizer, tape, loss, network in (
            (optimizers[0], gen_tape, gen_loss, generator),
            (optimizers[1], disc_tape, disc_loss, discriminator),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))


def test_step_is_the_tutorials(make_gan, make_networks, real_images):
    gan, twin = make_gan(dropout=0.0), make_gan(dropout=0.0)
    batches = [real_images[start : start + 8] for start in range(0, 40, 8)]
    noises = [twin.noise(8, twin.next_seed()) for _ in batches]
    gan.fit(tf.data.Dataset.from_tensor_slices(real_images).batch(8), verbose=0)
    tutorial_loop(twin.generator, twin.discriminator, batches, noises)
    for trained, expected in zip(gan.weights[2:], twin.weights[2:], strict=True):
        np.testing.assert_allclose(trained, expected, atol=1e-6, err_msg=trained.path)
    assert int(gan.step) == 5


def test_training_moves_every_trainable_weight_and_batch_statistics(make_gan, real_images):
    gan = make_gan()
    before = [weight.numpy() for weight in gan.weights]
    gan.fit(real_images, batch_size=8, epochs=1, verbose=0)
    for old, weight in zip(before, gan.weights, strict=True):
        assert np.abs(old - weight.numpy()).max() > 0, weight.path


def test_reports_the_four_metrics(make_gan, real_images):
    history = make_gan().fit(
        real_images, batch_size=16, epochs=2, validation_data=real_images, verbose=0
    )
    assert sorted(history.history) == sorted(METRICS + [f"val_{name}" for name in METRICS])
    assert all(np.isfinite(values).all() for values in history.history.values())


def test_accuracies_count_signs_and_weigh_batches_by_size(make_gan):
    gan = make_gan()
    gan._report((1.0, 2.0, 0.0, tf.constant([[1.0], [-1.0], [3.0]]), tf.constant([[-1.0]] * 3)))
    values = gan._report((5.0, 2.0, 0.0, tf.constant([[-1.0]]), tf.constant([[1.0]])))
    assert [float(values[name]) for name in METRICS] == pytest.approx([2.0, 2.0, 0.5, 0.75])


@pytest.mark.parametrize("pack", ["x", "xy", "xyw", "dataset"])
def test_takes_what_fit_takes(make_gan, real_images, pack):
    labels, weights = np.arange(40), np.ones(40, "float32")
    arguments = {
        "x": (real_images,),
        "xy": (real_images, labels),
        "xyw": (real_images, labels),
        "dataset": (tf.data.Dataset.from_tensor_slices((real_images, labels, weights)).batch(16),),
    }[pack]
    extra = {} if pack == "dataset" else {"batch_size": 16, "shuffle": False}
    if pack == "xyw":
        extra["sample_weight"] = weights
    gan, plain = make_gan(), make_gan()
    gan.fit(*arguments, verbose=0, **extra)
    plain.fit(real_images, batch_size=16, shuffle=False, verbose=0)
    assert_same(state(gan), state(plain))


def test_last_partial_batch_counts(make_gan, real_images):
    gan = make_gan()
    gan.fit(real_images[:17], batch_size=16, verbose=0)
    assert int(gan.step) == 2


def test_graph_eager_and_xla_agree(make_gan, real_images, monkeypatch):
    def plain_noise(shape, seed):
        # XLA orders the numbers of a Philox stream otherwise; sines are sines everywhere.
        index = tf.range(shape[0] * shape[1], dtype="float32")
        return tf.reshape(tf.sin(index * 12.9898 + tf.cast(seed[1], "float32")), shape)

    monkeypatch.setattr(tfgan_kit.latent, "normal", plain_noise)
    trained = {}
    for mode, arguments in {
        "graph": {},
        "eager": {"run_eagerly": True},
        "xla": {"jit_compile": True},
    }.items():
        gan = make_gan(dropout=0.0, **arguments)
        gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
        trained[mode] = [weight.numpy() for weight in gan.weights]
    for mode in ("eager", "xla"):
        for a, b in zip(trained["graph"], trained[mode], strict=True):
            # Adam divides by the root of the second moment: rounding grows a little.
            np.testing.assert_allclose(a, b, atol=2e-5, err_msg=mode)


def test_steps_per_execution_changes_nothing(make_gan, real_images):
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(8)
    one, three = make_gan(), make_gan(steps_per_execution=3)
    one.fit(data, epochs=2, verbose=0)
    three.fit(data, epochs=2, verbose=0)
    assert_same(state(one), state(three))


def test_same_seed_same_training_other_seed_other(make_gan, real_images):
    runs = []
    for seed in (0, 0, 1):
        gan = make_gan(seed=seed, dropout=0.0)
        gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
        runs.append(gan.generator.get_weights())
    assert_same(runs[0], runs[1])
    assert any((a != b).any() for a, b in zip(runs[0], runs[2], strict=True))


def test_looking_does_not_change_training(make_gan, real_images):
    watched, alone = make_gan(), make_gan()

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.generate(3)
            self.model.evaluate(real_images, verbose=0)
            self.model.predict(np.zeros((2, LATENT_DIM), "float32"), verbose=0)

    watched.fit(real_images, batch_size=8, epochs=3, callbacks=[Look()], verbose=0)
    keras.utils.set_random_seed(1)
    alone.fit(real_images, batch_size=8, epochs=3, verbose=0)
    # `fit` shuffles arrays from the global seed, so both see the same batches only if reset.
    assert int(watched.step) == int(alone.step) == 15
    np.testing.assert_array_equal(watched.train_noise.state, alone.train_noise.state)


# Saving ---------------------------------------------------------------------------------------


def test_keras_file_brings_everything_back_without_a_warning(make_gan, real_images, tmp_path):
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(3e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.RMSprop(2e-4),
        loss="minimax",
        steps_per_execution=2,
    )
    gan.fit(real_images, batch_size=8, verbose=0)
    gan.evaluate(real_images, verbose=0)
    gan.save(tmp_path / "gan.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert_same(state(gan), state(loaded))
    assert json.dumps(loaded.get_config()) == json.dumps(gan.get_config())
    assert loaded.get_compile_config() == gan.get_compile_config()
    assert isinstance(loaded.adversarial_loss, losses.Minimax)


def test_training_goes_on_bit_for_bit_after_reload(make_gan, real_images, tmp_path):
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(8)
    gan = make_gan()
    gan.fit(data, epochs=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    gan.fit(data, epochs=1, verbose=0)
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    loaded.fit(data, epochs=1, verbose=0)
    assert_same(state(gan), state(loaded))


def test_weights_file_restores_random_states(make_gan, real_images, tmp_path):
    gan = make_gan()
    gan.fit(real_images, batch_size=8, verbose=0)
    gan.save_weights(tmp_path / "gan.weights.h5")
    fresh = make_gan(seed=5)
    fresh.load_weights(tmp_path / "gan.weights.h5")
    assert_same(state(gan), state(fresh))


def test_uncompiled_model_saves_and_stays_uncompiled(make_networks, tmp_path):
    gan = tfgan_kit.GAN(*make_networks(), latent_dim=LATENT_DIM)
    gan.save(tmp_path / "gan.keras")
    assert not keras.models.load_model(tmp_path / "gan.keras").compiled


def test_weights_of_another_model_are_refused(make_gan, make_networks, tmp_path):
    make_gan().save_weights(tmp_path / "gan.weights.h5")
    generator, discriminator = make_networks()
    bigger = keras.Sequential([keras.Input(IMAGE_SHAPE), keras.layers.Dropout(0.1), discriminator])
    other = tfgan_kit.GAN(generator, bigger, latent_dim=LATENT_DIM)
    other.compile()
    with pytest.raises(ValueError, match="It lacks nothing|It lacks seed"):
        other.load_weights(tmp_path / "gan.weights.h5")


# Drawing --------------------------------------------------------------------------------------


def test_generate_depends_on_the_seed_alone(make_gan):
    gan = make_gan()
    many, few = gan.generate(130, seed=3), gan.generate(5, seed=3)
    assert many.shape == (130, *IMAGE_SHAPE) and many.dtype == np.float32
    assert np.abs(many).max() <= 1
    # Another batch size may round differently, by a few float32 units.
    np.testing.assert_allclose(many[:5], few, atol=1e-6)
    assert np.abs(gan.generate(5, seed=4) - few).max() > 1e-3
    assert np.abs(gan.generate(5) - gan.generate(5)).max() > 1e-3
    assert gan.generate(0).shape == (0, *IMAGE_SHAPE)


def test_call_and_predict_agree(make_gan):
    gan = make_gan()
    noise = np.random.default_rng(0).standard_normal((5, LATENT_DIM)).astype("float32")
    np.testing.assert_allclose(gan(noise), gan.predict(noise, verbose=0), atol=1e-6)


@pytest.mark.parametrize("num", [-1, 2.5, "3", True, None])
def test_generate_refuses_what_is_no_number(make_gan, num):
    with pytest.raises(ValueError, match="`num` must be a non-negative integer"):
        make_gan().generate(num)


# Replicas and precision -----------------------------------------------------------------------


@pytest.fixture
def strategy():
    return two_replicas()


@pytest.mark.filterwarnings("ignore")
def test_noise_differs_on_every_replica_and_step(make_gan, strategy):
    with strategy.scope():
        gan = make_gan()
    drawn = [
        noise.numpy()
        for _ in range(3)
        for noise in strategy.run(lambda: gan.noise(4, gan.next_seed())).values
    ]
    for index, noise in enumerate(drawn):
        for other in drawn[:index]:
            assert np.abs(noise - other).min() > 1e-6


@pytest.mark.filterwarnings("ignore")
def test_two_replicas_train_as_one_big_batch(make_gan, strategy, real_images):
    with strategy.scope():
        gan = make_gan(dropout=0.0, batch_normalization=False)
    twin = make_gan(dropout=0.0, batch_normalization=False)
    batches = [real_images[:16], real_images[16:32]]
    data = tf.data.Dataset.from_tensor_slices(real_images[:32]).batch(16)
    noises = []
    for step in range(2):
        halves = [
            tfgan_kit.latent.normal((8, LATENT_DIM), (0, 2 * step + replica)) for replica in (0, 1)
        ]
        noises.append(tf.concat(halves, axis=0))
    gan.fit(data, verbose=0)
    tutorial_loop(twin.generator, twin.discriminator, batches, noises)
    for trained, expected in zip(gan.weights[2:], twin.weights[2:], strict=True):
        np.testing.assert_allclose(trained.numpy(), expected, atol=1e-6, err_msg=trained.path)
    assert int(gan.step.numpy()) == 2


@pytest.fixture
def bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.usefixtures("bfloat16")
def test_bfloat16_trains_and_reports_float32(make_gan, real_images, tmp_path):
    gan = make_gan()
    history = gan.fit(real_images, batch_size=8, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(weight.dtype == "float32" for weight in gan.weights[2:])
    assert gan.generate(2, seed=0).dtype == np.float32
    gan.save(tmp_path / "gan.keras")
    assert_same(state(gan), state(keras.models.load_model(tmp_path / "gan.keras")))


# Keras's own callbacks ------------------------------------------------------------------------


def test_model_checkpoint_csv_logger_and_tensorboard(make_gan, real_images, tmp_path):
    gan = make_gan()
    gan.fit(
        real_images,
        batch_size=8,
        epochs=2,
        verbose=0,
        callbacks=[
            keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.TensorBoard(tmp_path / "board", write_steps_per_second=True),
        ],
    )
    assert_same(state(gan), state(keras.models.load_model(tmp_path / "2.keras")))
    header, *lines = (tmp_path / "log.csv").read_text().splitlines()
    assert header.split(",")[:5] == ["epoch", *sorted(METRICS)] and len(lines) == 2
    assert list((tmp_path / "board" / "train").glob("events*"))


def test_early_stopping_on_a_gan_metric(make_gan, real_images):
    stop = keras.callbacks.EarlyStopping(
        "discriminator_loss", mode="max", min_delta=100, patience=2
    )
    gan = make_gan()
    history = gan.fit(real_images, batch_size=8, epochs=9, verbose=0, callbacks=[stop])
    assert len(history.epoch) == 3


def test_learning_rate_callbacks_treat_both_networks(make_gan, real_images):
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(1e-3),
        discriminator_optimizer=keras.optimizers.Adam(4e-3),
    )
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    gan.fit(real_images, batch_size=20, epochs=2, verbose=0, callbacks=[halve])
    rates = [float(optimizer.learning_rate) for optimizer in gan.optimizer.optimizers]
    assert rates == pytest.approx([2.5e-4, 1e-3])
    reduce = keras.callbacks.ReduceLROnPlateau(
        "generator_loss", mode="max", min_delta=100, patience=1, factor=0.1
    )
    gan.fit(real_images, batch_size=20, epochs=2, verbose=0, callbacks=[reduce])
    rates = [float(optimizer.learning_rate) for optimizer in gan.optimizer.optimizers]
    assert rates == pytest.approx([2.5e-5, 1e-4])


# Mistakes -------------------------------------------------------------------------------------


def test_integer_images_are_refused(make_gan, real_images):
    with pytest.raises(ValueError, match=r"floats in \[-1, 1\].*Received: dtype uint8"):
        make_gan().fit((real_images * 127).astype("uint8"), verbose=0)


@pytest.mark.parametrize("value", [255.0, -2.0, np.nan, np.inf])
def test_arrays_out_of_range_are_refused(make_gan, real_images, value):
    real_images[3, 2, 1, 0] = value
    with pytest.raises(ValueError, match=r"in \[-1, 1\].*Received: values from"):
        make_gan().fit(real_images, verbose=0)


@pytest.mark.parametrize("shape", [(4, 8, 8, 3), (4, 16, 16, 1), (4, 8, 8)])
def test_images_of_another_shape_are_refused(make_gan, shape):
    with pytest.raises(ValueError, match=r"shape \(batch, 8, 8, 1\).*Received"):
        make_gan().fit(np.zeros(shape, "float32"), verbose=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent_dim": 7}, "`generator` must take inputs of shape"),
        ({"latent_dim": 6.0}, "`latent_dim` must be a positive integer"),
        ({"seed": -1}, "`seed` must be"),
        ({"seed": 2**31}, "`seed` must be"),
        ({"generator": "dcgan"}, "`generator` must be a keras.Model"),
    ],
)
def test_wrong_constructor_arguments(make_networks, change, message):
    generator, discriminator = make_networks()
    arguments = {"generator": generator, "discriminator": discriminator, "latent_dim": LATENT_DIM}
    with pytest.raises(ValueError, match=message):
        tfgan_kit.GAN(**{**arguments, **change})


def test_discriminator_that_does_not_fit(make_networks):
    other = keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="`discriminator` must take inputs of shape"):
        tfgan_kit.GAN(make_networks()[0], other, latent_dim=LATENT_DIM)


def test_grey_generator_and_rgb_discriminator_are_refused():
    generator, _ = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=4)
    _, discriminator = tfgan_kit.models.dcgan((16, 16, 3), latent_dim=4)
    with pytest.raises(ValueError, match="`discriminator` must take inputs of shape"):
        tfgan_kit.GAN(generator, discriminator, latent_dim=4)


def test_one_optimizer_for_both_is_refused(make_gan):
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="must be two objects"):
        make_gan(generator_optimizer=adam, discriminator_optimizer=adam)


def test_unbuilt_and_subclassed_networks_work(make_networks, real_images):
    @keras.saving.register_keras_serializable(package="test")
    class Generator(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(64, activation="tanh")
            self.reshape = keras.layers.Reshape(IMAGE_SHAPE)

        def call(self, noise):
            return self.reshape(self.dense(noise))

    unbuilt = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = tfgan_kit.GAN(Generator(), unbuilt, latent_dim=LATENT_DIM, seed=0)
    gan.compile()
    gan.fit(real_images, verbose=0)
    assert gan.generate(3).shape == (3, *IMAGE_SHAPE)


def test_points_instead_of_images():
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, seed=0)
    gan.compile()
    gan.fit(np.zeros((10, 2), "float32"), verbose=0)
    assert gan.generate(4).shape == (4, 2)


def test_a_new_process_that_knows_the_gan_loads_all_of_it(tmp_path):
    """Keras finds only classes that were imported: layers and optimizers of recipes, too."""
    for name in ("dcgan", "r3gan"):
        recipes.get(name).build((16, 16, 1), seed=0).save(tmp_path / f"{name}.keras")
    code = (
        "import keras, sys; from tfgan_kit import GAN\n"
        "print(*(type(keras.models.load_model(path)).__name__ for path in sys.argv[1:]))"
    )
    paths = [str(tmp_path / f"{name}.keras") for name in ("dcgan", "r3gan")]
    done = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["GAN", "GAN"], done.stderr
