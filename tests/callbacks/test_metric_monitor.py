"""`MetricMonitor`: true numbers, in time for whoever reads them, and a training left alone."""

import functools
import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same, state

import tfgan_kit
from tfgan_kit import data, metrics
from tfgan_kit.callbacks import MetricMonitor, RunCheckpoint
from tfgan_kit.callbacks.real_samples import take_real
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument

FRECHET = "frechet_random_distance"
NAMES = {FRECHET, "precision", "recall", "density", "coverage"}


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


def fit(gan, real, *callbacks, **arguments):
    arguments = {"batch_size": 40, "verbose": 0, **arguments}
    return gan.fit(real, callbacks=callbacks, **arguments).history


class Counting(metrics.Pixels):
    def __init__(self):
        super().__init__()
        self.sizes = []

    def call(self, images):
        self.sizes.append(len(images))
        return super().call(images)


class Snapshots(keras.callbacks.Callback):
    """What stood in the logs when its turn came, and the generator's weights."""

    def __init__(self):
        super().__init__()
        self.logs = []
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))
        self.weights.append([weight.copy() for weight in self.model.generator.get_weights()])


def test_numbers_are_those_of_the_functions(make_gan, real_images):
    gan = make_gan()
    history = fit(gan, real_images, MetricMonitor(real_images, num_samples=30, seed=4), epochs=2)
    extractor = metrics.RandomFeatures()
    real = extractor(take_real(real_images, 30, seed=4)).values
    fake = extractor(images.to_uint8(gan.generate(30, seed=4))).values
    assert len(real) == 30
    expected = {
        FRECHET: metrics.frechet_distance(real, fake),
        **metrics.precision_recall(real, fake)._asdict(),
        **metrics.density_coverage(real, fake)._asdict(),
    }
    # Random features are float32, computed here in one batch as there.
    assert {name: history[name][-1] for name in NAMES} == pytest.approx(expected, rel=1e-6)
    assert all(len(history[name]) == 2 for name in NAMES)
    assert history[FRECHET][0] != history[FRECHET][1]


def test_the_same_weights_and_seed_give_the_same_numbers(make_gan, real_images):
    gan = make_gan()

    def measure(**arguments):
        monitor = MetricMonitor(real_images, **{"num_samples": 20, **arguments})
        monitor.set_model(gan)
        first = monitor.measure()
        gan.generate(3)
        keras.utils.set_random_seed(77)
        assert monitor.measure() == first
        return first

    first = measure()
    assert measure() == first
    assert measure(seed=1)[FRECHET] != first[FRECHET]
    assert set(first) == NAMES
    assert all(type(value) is float for value in first.values())


@pytest.mark.parametrize("mode, best", [("min", min), ("max", max)])
def test_run_checkpoint_keeps_the_best(make_gan, real_images, tmp_path, mode, best):
    gan, snapshots = make_gan(), Snapshots()
    monitor = MetricMonitor(real_images, num_samples=20)
    checkpoint = RunCheckpoint(tmp_path, monitor=FRECHET, mode=mode)
    values = fit(gan, real_images, monitor, checkpoint, snapshots, epochs=3)[FRECHET]
    record = json.loads((tmp_path / "best.json").read_text())
    assert record["monitor"] == FRECHET and record["value"] == best(values)
    epoch = values.index(best(values))
    assert record["step"] == epoch + 1
    loaded = make_gan(seed=9)
    loaded.load_weights(tmp_path / "best.keras")
    assert_same(loaded.generator.get_weights(), snapshots.weights[epoch])


@pytest.mark.parametrize("mode, best", [("min", np.argmin), ("max", np.argmax)])
def test_keras_model_checkpoint_keeps_the_best(make_gan, real_images, tmp_path, mode, best):
    path = tmp_path / "best.weights.h5"
    keeper = keras.callbacks.ModelCheckpoint(
        path, monitor=FRECHET, mode=mode, save_best_only=True, save_weights_only=True
    )
    snapshots = Snapshots()
    monitor = MetricMonitor(real_images, num_samples=20)
    values = fit(make_gan(), real_images, monitor, keeper, snapshots, epochs=3)[FRECHET]
    loaded = make_gan(seed=9)
    loaded.load_weights(path)
    assert_same(loaded.generator.get_weights(), snapshots.weights[best(values)])


def test_keras_early_stopping_reads_the_numbers(make_gan, real_images):
    class Worse(metrics.Metric):
        """One larger at each look."""

        num = 0

        def __call__(self, real, fake):
            self.num += 1
            return {"worse": metrics.Measurement(float(self.num), "lower")}

    monitor = MetricMonitor(real_images, metrics=[Worse()], num_samples=10)
    stopping = keras.callbacks.EarlyStopping("worse", mode="min", patience=2)
    history = fit(make_gan(), real_images, monitor, stopping, epochs=9)
    assert history["worse"] == [1, 2, 3]


@pytest.mark.parametrize(
    "every, expected", [(1, [1, 2, 3, 4]), (2, [1, 2, 2, 3]), (9, [1, 1, 1, 1])]
)
def test_looks_every_few_epochs_and_repeats_between(make_gan, real_images, every, expected):
    looks = []

    def count(real, fake):
        looks.append(len(fake))
        return {"looks": metrics.Measurement(float(len(looks)), "lower")}

    monitor = MetricMonitor(real_images, metrics=[count], num_samples=10, every_epochs=every)
    assert fit(make_gan(), real_images, monitor, epochs=4)["looks"] == expected


def test_a_resumed_run_has_numbers_from_its_first_epoch(make_gan, real_images):
    monitor = MetricMonitor(real_images, num_samples=20, every_epochs=4)
    history = fit(make_gan(), real_images, monitor, initial_epoch=5, epochs=8)
    assert len(history[FRECHET]) == 3
    assert history[FRECHET][0] == history[FRECHET][1] != history[FRECHET][2]


def test_training_is_not_disturbed(make_gan, real_images):
    plain, watched = make_gan(), make_gan()
    without = fit(plain, real_images, epochs=2)
    history = fit(watched, real_images, MetricMonitor(real_images, num_samples=20), epochs=2)
    assert_same(state(watched), state(plain))
    assert {name: history[name] for name in without} == without


def test_in_a_graph_and_with_several_steps_an_execution(real_images, request):
    make_gan = request.getfixturevalue("make_gan").func
    plain, watched = (make_gan(steps_per_execution=2) for _ in range(2))
    fit(plain, real_images, batch_size=20)
    fit(watched, real_images, MetricMonitor(real_images, num_samples=20), batch_size=20)
    assert_same(state(watched), state(plain))


def test_real_images_are_extracted_once(make_gan, real_images):
    extractor = Counting()
    monitor = MetricMonitor(real_images, extractor=extractor, num_samples=25)
    gan = make_gan()
    assert extractor.sizes == []
    history = fit(gan, real_images, monitor, epochs=2)
    assert extractor.sizes == [25] * 3, "real ones once, samples at each look"
    fit(gan, real_images, monitor)
    assert extractor.sizes == [25] * 4
    assert "frechet_pixels_distance" in history


def test_as_many_samples_as_there_are_real_images(make_gan, real_images):
    extractor = Counting()
    fit(make_gan(), real_images, MetricMonitor(real_images[:17], extractor=extractor))
    assert extractor.sizes == [17, 17]


def test_whatever_holds_the_images(make_gan, real_images):
    gan = make_gan()
    pixels = images.to_uint8(real_images)
    dataset = tf.data.Dataset.from_tensor_slices((real_images, np.zeros(40))).batch(16)
    found = []
    for real in (real_images, pixels, data.open_source(pixels), dataset, dataset.repeat()):
        monitor = MetricMonitor(real, num_samples=40)
        monitor.set_model(gan)
        found.append(monitor.measure())
    # The same forty images in another order: sums differ by rounding.
    for other in found[1:]:
        assert other == pytest.approx(found[0], rel=1e-5)


def test_all_metrics_and_what_cannot_be_measured_is_left_out(make_gan):
    real = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), dtype="uint8")
    monitor = MetricMonitor(
        real, metrics=["kernel", "collapse", "sliced", "score", "classes", "ms_ssim"]
    )
    monitor.set_model(make_gan())
    assert set(monitor.measure()) == {
        "kernel_random_distance",
        "diversity",
        "effective_bins",
        "repeated_share",
        "sliced_wasserstein",
        "sliced_wasserstein_8",
    }


@pytest.fixture
def make_points_gan():
    def make():
        keras.utils.set_random_seed(1)
        networks = tfgan_kit.models.mlp((2,), latent_dim=3, width=8, depth=1)
        gan = tfgan_kit.GAN(*networks, latent_dim=3, seed=0)
        gan.compile(run_eagerly=True)
        return gan

    return make


def test_points_in_the_plane(make_points_gan):
    grid = data.toy.get("grid")
    monitor = MetricMonitor(
        grid.sample(500, seed=1),
        metrics=["frechet", metrics.Modes(grid.modes, 3 * grid.std)],
        num_samples=400,
    )
    gan = make_points_gan()
    batches = data.toy.batches(grid, batch_size=16)
    history = gan.fit(batches, steps_per_epoch=2, epochs=2, verbose=0, callbacks=[monitor]).history
    # Nothing is extracted from points: they are their own features.
    expected = metrics.frechet_distance(
        take_real(grid.sample(500, seed=1), 400), gan.generate(400, seed=0)
    )
    np.testing.assert_allclose(history[FRECHET][-1], expected, rtol=1e-6)
    assert 0 <= history["modes"][-1] <= 25 and 0 <= history["good_share"][-1] <= 1


def test_points_that_blew_up_end_no_training(make_points_gan):
    """As with images: training goes on, and no checkpoint takes NaN for the best."""
    gan = make_points_gan()
    points = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    gan.generator.set_weights([np.full_like(w, np.nan) for w in gan.generator.get_weights()])
    history = fit(gan, points, MetricMonitor(points, num_samples=20), epochs=2)
    assert all(math.isnan(value) for value in history.get(FRECHET, []))


@pytest.mark.parametrize(
    "arguments, name",
    [
        ({"num_samples": 9}, "num_samples"),
        ({"num_samples": 20.0}, "num_samples"),
        ({"every_epochs": 0}, "every_epochs"),
        ({"every_epochs": True}, "every_epochs"),
        ({"metrics": ["frechett"]}, "metric"),
        ({"extractor": "randon"}, "extractor"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_out_of_range_are_refused(real_images, arguments, name):
    with pytest.raises(InvalidArgument, match=f"`{name}`.*Received"):
        MetricMonitor(real_images, **arguments)
