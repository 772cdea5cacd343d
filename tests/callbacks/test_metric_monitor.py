"""`MetricMonitor`: correct values, in time for other callbacks, and an unchanged training."""

import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import LATENT_DIM, assert_same, state

import tfgan_kit
from tfgan_kit import data, latent, media, metrics
from tfgan_kit.callbacks import MetricMonitor, RunCheckpoint
from tfgan_kit.callbacks.metric_monitor import generate_samples, take_real
from tfgan_kit.utils.errors import InvalidArgument

FRECHET = "frechet_random_distance"
NAMES = {FRECHET, "precision", "recall", "density", "coverage"}


def fit(gan, real, *callbacks, **arguments):
    arguments = {"batch_size": 40, "verbose": 0, **arguments}
    return gan.fit(real, callbacks=callbacks, **arguments).history


def measure(gan, real, **arguments):
    monitor = MetricMonitor(real, **{"num_samples": 20, **arguments})
    monitor.set_model(gan)
    return monitor.measure()


class Count(metrics.Metric):
    """0, 1, 2, ..."""

    num = -1

    def __call__(self, real, fake):
        self.num += 1
        return {"count": metrics.Measurement(float(self.num), "lower")}


# ---- the callback


def test_values_are_those_of_the_functions(make_gan, real_images):
    gan = make_gan()
    history = fit(gan, real_images, MetricMonitor(real_images, num_samples=30, seed=4), epochs=2)
    extractor = metrics.RandomFeatures()
    real = extractor(take_real(real_images, 30, seed=4)[0]).values
    fake = extractor(media.to_uint8(gan.generate(30, seed=4))).values
    assert len(real) == 30
    expected = {
        FRECHET: metrics.frechet_distance(real, fake),
        **metrics.precision_recall(real, fake)._asdict(),
        **metrics.density_coverage(real, fake)._asdict(),
    }
    # Random features are float32, computed in one batch in both cases.
    assert {name: history[name][-1] for name in NAMES} == pytest.approx(expected, rel=1e-6)
    assert all(len(history[name]) == 2 for name in NAMES)
    assert history[FRECHET][0] != history[FRECHET][1]
    # They depend on the weights and the seed alone.
    gan.generate(3)
    keras.utils.set_random_seed(77)
    again = measure(gan, real_images, num_samples=30, seed=4)
    assert again == {name: history[name][-1] for name in NAMES}
    assert all(type(value) is float for value in again.values())
    assert measure(gan, real_images, num_samples=30, seed=1)[FRECHET] != again[FRECHET]


@pytest.mark.parametrize("mode, best", [("min", min), ("max", max)])
def test_checkpoints_keep_the_best(make_gan, real_images, tmp_path, mode, best):
    gan, weights, path = make_gan(), [], tmp_path / "best.weights.h5"
    snapshots = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: weights.append(gan.generator.get_weights())
    )
    arguments = {"mode": mode, "save_best_only": True, "save_weights_only": True}
    ours = RunCheckpoint(tmp_path, monitor=FRECHET, mode=mode)
    kerass = keras.callbacks.ModelCheckpoint(path, monitor=FRECHET, **arguments)
    monitor = MetricMonitor(real_images, num_samples=20)
    values = fit(gan, real_images, monitor, ours, kerass, snapshots, epochs=3)[FRECHET]
    epoch = values.index(best(values))
    record = json.loads((tmp_path / "best.json").read_text())
    steps = {"step": epoch + 1, "epoch": epoch + 1}
    assert record == {"monitor": FRECHET, "value": best(values), **steps}
    for file in (tmp_path / "best.keras", path):
        loaded = make_gan(seed=9)
        loaded.load_weights(file)
        assert_same(loaded.generator.get_weights(), weights[epoch])


@pytest.mark.parametrize(
    "first, every, expected",
    # A resumed run needs values from its first epoch.
    [(0, 2, [0, 1, 1, 2]), (0, 9, [0, 0, 0, 0]), (5, 4, [0, 0, 1])],
)
def test_epochs_without_a_measurement_repeat_the_last(first, every, expected, real_images):
    monitor = MetricMonitor(real_images, metrics=[Count()], num_samples=10, every_epochs=every)
    monitor.set_model(tfgan_kit.GAN(*tfgan_kit.models.mlp((8, 8, 1), 3, width=4), latent_dim=3))
    logs = [{} for _ in expected]
    for epoch, each in enumerate(logs, first):
        monitor.on_epoch_end(epoch, each)
    assert [each["count"] for each in logs] == expected


@pytest.mark.parametrize("graph", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_training_is_unchanged(make_gan, real_images, graph):
    arguments = {"run_eagerly": False, "steps_per_execution": 2} if graph else {}
    plain, watched = make_gan(**arguments), make_gan(**arguments)
    without = fit(plain, real_images, batch_size=20)
    monitor = MetricMonitor(real_images, num_samples=20)
    history = fit(watched, real_images, monitor, batch_size=20)
    assert_same(state(watched), state(plain))
    assert {name: history[name] for name in without} == without


def test_real_images_are_extracted_once_and_samples_are_as_many(make_gan, real_images, counting):
    extractor = counting
    monitor = MetricMonitor(real_images[:17], extractor=extractor)
    gan = make_gan()
    assert extractor.sizes == []
    history = fit(gan, real_images, monitor, epochs=2)
    fit(gan, real_images, monitor)
    assert extractor.sizes == [17] * 4
    assert "frechet_pixels_distance" in history


def test_metrics_that_do_not_apply_are_left_out(make_gan):
    real = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), dtype="uint8")
    names = ["kernel", "collapse", "sliced", "score", "classes", "ms_ssim"]
    found = measure(make_gan(), real, metrics=names, num_samples=60)
    expected = {"kernel_random_distance", "sliced_wasserstein", "sliced_wasserstein_8"}
    assert set(found) == expected | {"diversity", "effective_bins", "repeated_share"}


@pytest.fixture
def points_gan():
    networks = tfgan_kit.models.mlp((2,), latent_dim=3, width=8, depth=1)
    gan = tfgan_kit.GAN(*networks, latent_dim=3, seed=0)
    gan.compile(run_eagerly=True)
    return gan


def test_points_in_the_plane(points_gan):
    grid = data.toy.get("grid")
    points, modes = grid.sample(500, seed=1), metrics.Modes(grid.modes, 3 * grid.std)
    found = measure(points_gan, points, metrics=["frechet", modes], num_samples=400)
    # Points are their own features.
    real, fake = take_real(points, 400, seed=0)[0], points_gan.generate(400, seed=0)
    np.testing.assert_allclose(found[FRECHET], metrics.frechet_distance(real, fake), rtol=1e-6)
    assert 0 <= found["modes"] <= 25 and 0 <= found["good_share"] <= 1


def test_points_that_diverge_do_not_end_the_training(points_gan):
    """As with images: training goes on, and NaN is never the best."""
    generator = points_gan.generator
    points = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    generator.set_weights([np.full_like(w, np.nan) for w in generator.get_weights()])
    history = fit(points_gan, points, MetricMonitor(points, num_samples=20), epochs=2)
    assert all(math.isnan(value) for value in history.get(FRECHET, []))


# ---- generated and real images


def test_samples_of_a_conditional_gan_have_fixed_labels(make_conditional_gan):
    gan, labels = make_conditional_gan(), latent.sample_labels(9, 3, seed=2)
    images = latent.decode(gan.generator, latent.sample(9, LATENT_DIM, seed=2), labels)
    np.testing.assert_array_equal(generate_samples(gan, 9, seed=2), media.to_uint8(images))


def test_metrics_by_class_get_the_labels_of_both_sides(make_conditional_gan, labelled):
    monitor = MetricMonitor(labelled, ["class_diversity"], "pixels", num_samples=48)
    monitor.set_model(make_conditional_gan())
    found = monitor.measure()
    assert {"class_diversity", "class_diversity_0", "class_diversity_2"} <= set(found)
    few = MetricMonitor((labelled[0], labelled[1][:5]))
    few.set_model(monitor.model)
    with pytest.raises(ValueError, match="one label for each image. Received: 48 images"):
        few.measure()


@pytest.fixture
def pixels():
    """Thirty images, image i with value 8 i."""
    return np.repeat(np.arange(0, 240, 8, dtype="uint8"), 64).reshape(30, 8, 8, 1)


def which(taken):
    """The numbers of the images taken, and that their labels, if there are any, are the same."""
    images, labels = taken
    assert images.dtype == np.uint8 and images.shape[1:] == (8, 8, 1)
    numbers = images[:, 0, 0, 0] // 8
    assert labels is None or (labels == numbers).all()
    return sorted(map(int, numbers))


def batched(*tensors):
    return tf.data.Dataset.from_tensor_slices(tensors[0] if len(tensors) == 1 else tensors).batch(7)


def source(pixels, labels):
    return data.Source("pixels", pixels.shape, pixels.__getitem__, "0", labels=labels)


NUMBERS = np.arange(30)
HOLDERS = {
    "pixels": lambda pixels: pixels,
    "floats": media.to_float,
    "list": list,
    "source": data.open_source,
    "dataset": batched,
    "array with labels": lambda pixels: (pixels, NUMBERS),
    "source with labels": lambda pixels: source(pixels, NUMBERS),
    "dataset with labels": lambda pixels: batched(pixels, NUMBERS),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_all_that_holds_real_images(pixels, name):
    real = HOLDERS[name](pixels)
    for num in (30, 1000):
        assert which(take_real(real, num, seed=0)) == list(range(30))
    assert (take_real(real, 5, seed=0)[1] is not None) == ("labels" in name)
    first = which(take_real(real, 12, seed=3))
    if "dataset" in name:
        assert first == list(range(12))
        assert which(take_real(real.repeat(), 40, seed=0)) == sorted([*range(30), *range(10)])
    else:
        assert len(set(first)) == 12 and first != list(range(12))
        assert first == which(take_real(pixels, 12, seed=3))
        assert first != which(take_real(real, 12, seed=4))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_points_stay_points(dtype):
    points = np.random.default_rng(0).normal(size=(20, 2)).astype(dtype) * 50
    for real, num in ((points, 20), (batched(points), 10)):
        taken, _ = take_real(real, num, seed=0)
        np.testing.assert_array_equal(taken, points[:num].astype("float32"))
        assert taken.dtype == np.float32
    assert take_real(data.toy.batches("grid", batch_size=16), 20, seed=0)[0].shape == (20, 2)


@pytest.mark.parametrize("num, expected", [(60, 60), (49, 147)])
def test_copies_are_left_out_if_enough_remain(num, expected):
    """Otherwise no image would lie near another one, and no sample would count as repeated."""
    images = np.random.default_rng(0).integers(0, 256, (num, 8, 8, 1), "uint8")
    thrice, labels = np.concatenate([images] * 3), np.tile(np.arange(num), 3)
    for real in ((thrice, labels), batched(thrice, labels)):
        taken, found = take_real(real, 1000, seed=0)
        assert len(taken) == len(found) == expected
        np.testing.assert_array_equal(taken, images[found])
    same = [take_real((each, labels[:num]), 1000, seed=0)[0] for each in (images, images.copy())]
    np.testing.assert_array_equal(*same)


PIXELS = np.zeros((30, 8, 8, 1), "uint8")
REFUSED = {
    "None": None,
    "name": "mnist",
    "list": [],
    "dict": {"images": 1},
    "empty": PIXELS[:0],
    "empty dataset": batched(PIXELS).take(0),
    "rank 1": np.zeros(30),
    "rank 3": PIXELS[..., 0],
    "strings": np.array(["a", "b"]),
    "integers": PIXELS.astype("int64"),
}
# Clipping would make all of these white, and every metric meaningless.
OUT_OF_RANGE = {
    "0 to 255": PIXELS.astype("float32") + 200,
    "NaN": np.full(PIXELS.shape, np.nan, "float32"),
    "dataset of NaN": batched(np.full(PIXELS.shape, np.nan, "float32")),
}


@pytest.mark.parametrize("name", REFUSED | OUT_OF_RANGE)
def test_others_are_refused(name):
    match = "`real`.*Received" if name in REFUSED else r"in \[-1, 1\].*Received"
    with pytest.raises(InvalidArgument, match=match) as raised:
        take_real({**REFUSED, **OUT_OF_RANGE}[name], 10, seed=0)
    assert "\n" not in str(raised.value)
