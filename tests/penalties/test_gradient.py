"""R1, R2, WGAN-GP, DRAGAN: closed forms, NumPy, finite differences, graph, XLA, replicas."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas
from keras import layers, ops

from tfgan_kit import penalties, training
from tfgan_kit.training import precision

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(6, 2)).astype("float32"), 1 + RNG.normal(size=(6, 2)).astype("float32")
IMAGES = tuple(RNG.normal(size=(4, 6, 6, 1)).astype("float32") for _ in range(2))
ALL = [
    penalties.R1,
    penalties.R2,
    penalties.WGANGP,
    functools.partial(penalties.WGANGP, target=0.0),
    functools.partial(penalties.WGANGP, target=0.3, one_sided=True),
    functools.partial(penalties.WGANGP, target=0.0, maximum=True),
    penalties.DRAGAN,
]


@pytest.fixture
def float64():
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy("float32")


def input_of(shape):
    """Keras's own inputs are float32, also where everything else is float64."""
    return keras.Input(shape, dtype=keras.config.dtype_policy().variable_dtype)


def linear(kernel):
    """`D(x) = <kernel, x> + 1`, of any shape."""
    model = keras.Sequential([keras.Input(kernel.shape), layers.Flatten(), layers.Dense(1)])
    model.set_weights([kernel.reshape(-1, 1), np.ones(1)])
    return model


def squared_norm(images):
    return (images**2).sum(axis=tuple(range(1, images.ndim)))


def expected_value(penalty, squared):
    """The value of a penalty where the gradient has this squared norm."""
    if isinstance(penalty, (penalties.R1, penalties.R2)):
        return squared
    excess = np.sqrt(squared) - getattr(penalty, "target", 1)
    if getattr(penalty, "one_sided", False):
        excess = excess.clip(0)
    return np.max(excess**2) if getattr(penalty, "maximum", False) else excess**2


def smooth_points():
    """A discriminator of points with second derivatives everywhere."""
    hidden = layers.Dense(5, activation="tanh", bias_initializer="random_normal")
    return keras.Sequential([input_of((2,)), hidden, layers.Dense(1)])


def images_network(dropout=0.0, normalized=True):
    wrap = layers.SpectralNormalization if normalized else lambda layer: layer
    return keras.Sequential(
        [
            input_of((6, 6, 1)),
            wrap(layers.Conv2D(3, 3, strides=2, padding="same")),
            *([layers.BatchNormalization()] if normalized else []),
            layers.Activation("tanh"),
            layers.Dropout(dropout),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


class Quadratic(keras.Model):
    """`D(x) = ||x||^2 / 2`: the gradient is the image."""

    def call(self, images, training=None):
        return ops.sum(ops.square(images), axis=tuple(range(1, len(images.shape))))[:, None] / 2


def points_of(penalty, real, fake, seed=(0, 0)):
    """The images at which a penalty takes its gradient."""
    if isinstance(penalty, (penalties.R1, penalties.R2)):
        return real if isinstance(penalty, penalties.R1) else fake
    shown = []

    class Watched(Quadratic):
        def call(self, images, training=None):
            shown.append(np.asarray(images))
            return super().call(images)

    penalty(training.Critique(Watched(), real, fake, seed=seed))
    return shown[-1]


@pytest.mark.parametrize("real, fake", [POINTS, IMAGES])
def test_linear_discriminator_has_its_kernel_as_gradient(real, fake):
    kernel = RNG.normal(size=real.shape[1:])
    critique = training.Critique(linear(kernel), real, fake)
    for kind in ALL:
        value, expected = kind()(critique), expected_value(kind(), np.sum(kernel**2))
        assert value.dtype == tf.float32
        np.testing.assert_allclose(value, np.full(len(real), expected), rtol=1e-4)
        factor = 1.5 if kind in (penalties.R1, penalties.R2) else 3
        weighted = kind(3.0).loss(critique, 0)
        assert float(weighted) == pytest.approx(factor * expected, rel=1e-4)


@pytest.mark.parametrize("kind", [penalties.R1, penalties.R2])
def test_gamma_for_each_pixel(kind):
    critique = training.Critique(Quadratic(), *IMAGES)
    plain, by_pixel = kind(2.0), kind(2.0, per_pixel=True)
    np.testing.assert_allclose(by_pixel(critique), 36 * plain(critique), rtol=1e-6)
    assert kind.from_config(by_pixel.get_config()).per_pixel


@pytest.mark.parametrize("real, fake", [POINTS, IMAGES])
def test_quadratic_discriminator_has_the_image_as_gradient(real, fake):
    for penalty in (kind() for kind in ALL):
        # A critique never draws a number twice, so that each penalty gets a new one.
        critique = training.Critique(Quadratic(), real, fake)
        where = points_of(penalty, real, fake)
        expected = expected_value(penalty, squared_norm(where))
        np.testing.assert_allclose(penalty(critique), expected, rtol=1e-4)


def test_numpy_agrees_on_a_network_of_two_layers():
    discriminator = smooth_points()
    first, bias, second, _ = discriminator.get_weights()

    def gradient(x):
        return (second[:, 0] * (1 - np.tanh(x @ first + bias) ** 2)) @ first.T

    for penalty in (kind() for kind in ALL):
        critique = training.Critique(discriminator, *POINTS, seed=(1, 2))
        where = points_of(penalty, *POINTS, (1, 2))
        expected = expected_value(penalty, squared_norm(gradient(where)))
        np.testing.assert_allclose(penalty(critique), expected, rtol=1e-4)


@pytest.mark.parametrize("shape", [(2,), (3, 3, 2)])
def test_wgan_gp_takes_one_point_between_each_pair(shape):
    real = RNG.normal(size=(400, *shape)).astype("float32")
    fake = real + 1 + RNG.uniform(size=real.shape).astype("float32")
    shown = points_of(penalties.WGANGP(), real, fake)
    shares = ((shown - real) / (fake - real)).reshape(400, -1)
    np.testing.assert_allclose(shares, np.repeat(shares[:, :1], shares.shape[1], 1), atol=1e-4)
    shares = np.sort(shares[:, 0])
    # Kolmogorov's distance to the uniform distribution; 0.0815 is passed once in a hundred.
    assert np.abs(shares - (np.arange(400) + 0.5) / 400).max() < 0.0815
    assert np.abs(points_of(penalties.WGANGP(), real, fake, (0, 1)) - shown).max() > 0.1


@pytest.mark.parametrize("shape", [(2,), (3, 3, 2)])
def test_dragan_takes_points_near_real_images_as_the_authors_code_does(shape):
    real = (5 * RNG.normal(size=(400, *shape))).astype("float32")
    shown = points_of(penalties.DRAGAN(scale=0.5), real, np.full_like(real, np.nan))
    moved = ((shown - real) / (0.5 * real.std())).reshape(400, -1)
    assert moved.min() >= -1e-6 and 0.95 < moved.max() <= 1
    # A product of two uniform numbers: mean 1/4, mean square 1/9.
    assert moved.mean() == pytest.approx(1 / 4, abs=0.03)
    assert (moved**2).mean() == pytest.approx(1 / 9, abs=0.02)
    assert np.abs(moved[:, 0] - moved[:, 1]).max() > 0.5
    np.testing.assert_array_equal(points_of(penalties.DRAGAN(scale=0.0), real, real), real)


def test_zero_gradient_is_a_penalty_of_one_and_no_nan():
    discriminator = linear(np.zeros((2,)))
    for kind, expected in zip(ALL, (0, 0, 1, 0, 0, 0, 1), strict=True):
        with tf.GradientTape() as tape:
            critique = training.Critique(discriminator, *POINTS)
            value = kind()(critique)
        np.testing.assert_array_equal(value, np.full(6, expected, "float32"))
        kernel, _ = tape.gradient(value, discriminator.trainable_variables)
        np.testing.assert_array_equal(kernel, np.zeros((2, 1)))


def test_different_batches_are_refused():
    real, fake = POINTS
    discriminator = smooth_points()
    for few in (fake[:1], fake[:5]):
        critique = training.Critique(discriminator, real, few)
        with pytest.raises(ValueError, match=r"must have one shape.*\(6, 2\).*\(., 2\)"):
            penalties.WGANGP()(critique)

    unknown = tf.TensorSpec((None, 2))

    @tf.function(input_signature=[unknown, unknown])
    def run(real, fake):
        return penalties.WGANGP()(training.Critique(discriminator, real, fake))

    assert run(real[:3], fake[:3]).shape == (3,)
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in number"):
        run(real, fake[:1])


def test_dragan_config_keeps_its_scale_and_refuses_a_wrong_one():
    again = penalties.get(keras.saving.serialize_keras_object(penalties.DRAGAN(2.0, scale=0.1)))
    assert (again.weight, again.scale, again.interval) == (2.0, 0.1, 1)
    with pytest.raises(ValueError, match="`scale` must be a non-negative number. Received: .*=-1"):
        penalties.DRAGAN(scale=-1)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("of_images", [False, True])
@pytest.mark.usefixtures("float64")
def test_gradients_by_finite_differences(kind, of_images):
    discriminator = images_network(normalized=False) if of_images else smooth_points()
    real, fake = (tf.constant(x, "float64") for x in (IMAGES if of_images else POINTS))
    variables = discriminator.trainable_variables
    penalty = kind()

    def total():
        return tf.reduce_sum(penalty(training.Critique(discriminator, real, fake, seed=(5, 6))))

    with tf.GradientTape() as tape:
        value = total()
    assert value.dtype == tf.float64
    gradients = tape.gradient(value, variables)
    rng = np.random.default_rng(1)
    for variable, gradient in zip(variables[:-1], gradients, strict=False):
        direction = rng.normal(size=variable.shape)
        weights = variable.numpy()
        variable.assign(weights + 1e-5 * direction)
        ahead = total()
        variable.assign(weights - 1e-5 * direction)
        slope = (ahead - total()) / 2e-5
        variable.assign(weights)
        assert abs(slope) > 1e-5
        assert float(np.sum(gradient * direction)) == pytest.approx(float(slope), rel=1e-6)


def test_wgan_gp_config_keeps_its_arguments_and_refuses_wrong_ones():
    term = penalties.WGANGP(1.0, 2, target=0.5, one_sided=True, maximum=True)
    assert penalties.get(keras.saving.serialize_keras_object(term)).get_config() == {
        "weight": 1.0,
        "interval": 2,
        "target": 0.5,
        "one_sided": True,
        "maximum": True,
    }
    for name, wrong in (("target", -1), ("one_sided", 1.5), ("maximum", None)):
        with pytest.raises(ValueError, match=f"`{name}` must be.* Received: {name}="):
            penalties.WGANGP(**{name: wrong})


def test_penalties_leave_the_generators_images_alone():
    fake = tf.Variable(POINTS[1])
    discriminator = smooth_points()
    with tf.GradientTape() as tape:
        critique = training.Critique(discriminator, POINTS[0], fake)
        loss = penalties.WGANGP().loss(critique, 0) + penalties.DRAGAN().loss(critique, 0)
    assert tape.gradient(loss, fake) is None


def step_of(discriminator, all_penalties, step, real, fake):
    """Every penalty's loss, and the gradients of their sum."""

    def run():
        with tf.GradientTape() as tape:
            critique = training.Critique(discriminator, real, fake, seed=(7, 8))
            losses = tf.stack([each.loss(critique, step) for each in all_penalties])
            total = tf.reduce_sum(losses) + tf.reduce_mean(critique.real_logits)
        return losses, tape.gradient(total, discriminator.trainable_variables)

    return run


@pytest.mark.slow
def test_graph_and_xla_agree_with_eager():
    # XLA draws other uniform numbers: of two equal batches, all interpolates are one.
    both = IMAGES[0], IMAGES[0]
    some = [penalties.R1(2.0), penalties.R2(2.0, interval=3)]
    some += [penalties.WGANGP(10.0, interval=3), penalties.DRAGAN(10.0, scale=0.0)]
    discriminator = images_network()
    weights = discriminator.get_weights()
    step = tf.Variable(0, dtype="int64")
    run = step_of(discriminator, some, step, *both)
    calls = run, tf.function(run), tf.function(run, jit_compile=True)
    for at, resting in ((0, [0, 0, 0, 0]), (1, [0, 1, 1, 0])):
        step.assign(at)
        found = []
        for call in calls:
            discriminator.set_weights(weights)
            losses, gradients = call()
            found.append([losses, *gradients])
        np.testing.assert_array_equal(found[0][0] == 0, np.array(resting, bool))
        for other in found[1:]:
            for a, b in zip(found[0], other, strict=True):
                np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_near_float32(policy):
    some = [kind(interval=1 + (kind is penalties.R2)) for kind in ALL]
    # Keras 3.15 overflows in its own spectral normalisation in float16.
    normalized = policy == "mixed_bfloat16"
    plain = images_network(normalized=normalized)
    with precision.scope(policy):
        half = images_network(normalized=normalized)
    half.set_weights(plain.get_weights())
    expected, gradients = step_of(plain, some, 0, *IMAGES)()
    losses, half_gradients = tf.function(step_of(half, some, 0, *IMAGES))()
    assert losses.dtype == tf.float32
    np.testing.assert_allclose(losses, expected, rtol=0.1)
    for a, b in zip(half_gradients[1:], gradients[1:], strict=True):
        assert np.linalg.norm(a - b) <= 0.15 * np.linalg.norm(b) + 0.02


def replicated(make, some, at):
    """Steps on two replicas, each with half of the batch: the losses, then the gradients."""
    strategy = two_replicas()
    with strategy.scope():
        discriminator = make()
        step = tf.Variable(0, dtype="int64", trainable=False)

    def run():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        halves = [tf.gather(images.reshape(2, 2, 6, 6, 1), replica) for images in IMAGES]
        return step_of(discriminator, some, step, *halves)()

    call = tf.function(lambda: strategy.run(run))
    for index in at:
        step.assign(index)
        losses, gradients = call()
        yield losses.values, [gradient.values for gradient in gradients]


@pytest.mark.filterwarnings("ignore")
def test_replicas_with_dropout_and_all_normalisations():
    some = [penalties.R1(interval=2), penalties.WGANGP(interval=2), penalties.DRAGAN()]
    lazy = np.array([penalty.interval == 2 for penalty in some])
    steps = replicated(lambda: images_network(dropout=0.3), some, at=(0, 1))
    for at, (losses, gradients) in enumerate(steps):
        for replica in (0, 1):
            assert np.all(np.isfinite(losses[replica]))
            np.testing.assert_array_equal(losses[replica] == 0, lazy & (at == 1))
            assert all(np.all(np.isfinite(gradient[replica])) for gradient in gradients)
        assert np.all((losses[0] != losses[1]) | (lazy & (at == 1)))


@pytest.mark.filterwarnings("ignore")
def test_two_replicas_make_one_big_batch():
    some = [penalties.R1(), penalties.R2(interval=2), penalties.Drift(1.0)]

    def make():
        keras.utils.set_random_seed(1)
        return images_network(normalized=False)

    ((losses, gradients),) = replicated(make, some, at=(2,))
    expected, full = step_of(make(), some, 2, *IMAGES)()
    np.testing.assert_allclose((losses[0] + losses[1]) / 2, expected, rtol=1e-4)
    for parts, whole in zip(gradients, full, strict=True):
        np.testing.assert_allclose((parts[0] + parts[1]) / 2, whole, rtol=1e-3, atol=1e-5)
