"""The judge: one seed is one network, a file is what it says, nothing is tested on itself."""

import functools
import json
import pathlib
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import data, evaluation
from tfgan_kit.evaluation import classifier
from tfgan_kit.utils.errors import InvalidArgument

MNIST = pathlib.Path(__file__).parents[3] / "shared" / "data" / "mnist_train.npz"
STEPS = 60


@functools.cache
def read_digits():
    source = data.open_source("digits", image_size=16)
    return source.read(np.arange(len(source))), source.labels


SPLIT = {}


@functools.cache
def make_judge():
    """Trained once for all tests of this file; what it was trained on is noted."""
    batches = classifier._batches

    def spy(images, targets, training, *more):
        SPLIT["training"] = np.asarray(training)
        return batches(images, targets, training, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "_batches", spy)
        return evaluation.train_classifier(*read_digits(), seed=0, steps=STEPS)


def make_squares(num=40, side=8, labels=(0, 1)):
    """Black and white squares with noise: learned in a step or two."""
    images = np.random.default_rng(0).integers(0, 100, (num, side, side, 1), dtype="uint8")
    images[num // 2 :] += 150
    return images, np.repeat(labels, num // 2)


def train_quickly(*arguments, **more):
    return evaluation.train_classifier(*arguments, **{"steps": 2, "width": 4, **more})


@pytest.fixture
def policy():
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def test_it_learns_and_its_accuracy_is_that_of_images_it_never_saw():
    judge = make_judge()
    # 0.90 seen after 60 steps; chance is 0.1.
    assert judge.accuracy > 0.8
    images, labels = read_digits()
    training = SPLIT["training"]
    heldout = np.setdiff1d(np.arange(len(images)), training)
    assert len(heldout) == 180 and len(np.unique(training)) == len(images) - 180
    right = np.mean(judge.predict(images[heldout]) == labels[heldout])
    np.testing.assert_allclose(judge.accuracy, right)
    # Every class is held out in proportion, to within one image.
    shares = np.bincount(labels[heldout], minlength=10) - 0.1 * np.bincount(labels)
    assert np.abs(shares).max() <= 1.01


def test_batches_hold_only_what_was_chosen_and_each_once_a_pass():
    images = np.arange(20, dtype="uint8")[:, None, None, None]
    chosen = np.array([1, 4, 7, 13, 19])
    stream = classifier._batches(images, np.arange(20), chosen, batch_size=2, seed=0)
    passes = [[], []]
    for index, (batch, targets) in enumerate(stream.take(6).as_numpy_iterator()):
        np.testing.assert_array_equal(batch[:, 0, 0, 0], targets)
        passes[index // 3].extend(targets)
    for each in passes:
        assert sorted(each) == chosen.tolist()
    assert passes[0] != passes[1]


@pytest.mark.slow
def test_another_seed_is_another_network():
    images, labels = make_squares()
    prints = {train_quickly(images, labels, seed=seed).fingerprint for seed in (0, 2**31 - 1)}
    assert len(prints) == 2


def test_global_random_state_neither_counts_nor_moves():
    images, labels = make_squares()

    def draw():
        return random.random(), np.random.uniform(), float(tf.random.uniform(()))

    keras.utils.set_random_seed(5)
    expected = draw()
    keras.utils.set_random_seed(5)
    first = train_quickly(images, labels)
    assert draw() == expected
    keras.utils.set_random_seed(6)
    assert train_quickly(images, labels).fingerprint == first.fingerprint


def test_the_global_policy_does_not_count(policy):
    images, labels = make_squares()
    first = train_quickly(images, labels)
    policy("mixed_bfloat16")
    second = train_quickly(images, labels)
    assert {layer.compute_dtype for layer in second.network.layers[1:]} == {"float32"}
    assert second.fingerprint == first.fingerprint
    np.testing.assert_array_equal(second(images).values, first(images).values)


def test_features_and_logits():
    judge = make_judge()
    images, _ = read_digits()
    features = judge(images[:50], batch_size=7)
    assert features.values.shape == (50, 64) and features.logits.shape == (50, 10)
    assert features.values.min() < 0, "before the nonlinearity"
    whole = judge(images[:50])
    scale = np.abs(whole.values).max()
    np.testing.assert_allclose(features.values, whole.values, rtol=0, atol=1e-5 * scale)
    np.testing.assert_array_equal(judge.predict(images[:50]), whole.logits.argmax(axis=1))
    assert judge.image_shape == (16, 16, 1) and judge.name == "classifier"
    assert f"{100 * judge.accuracy:.2f} %" in judge.note


@pytest.mark.parametrize("shape", [(3, 8, 8, 1), (3, 16, 16, 3), (3, 16, 8, 1)])
def test_other_images_are_refused(shape):
    with pytest.raises(InvalidArgument, match=r"\(16, 16, 1\).*Received"):
        make_judge()(np.zeros(shape, "uint8"))


def test_points_are_refused():
    with pytest.raises(InvalidArgument):
        make_judge()(np.zeros((3, 2)))


# ---- files


def test_round_trip(tmp_path):
    judge, path = make_judge(), tmp_path / "deep" / "judge.keras"
    judge.save(path)
    assert sorted(each.name for each in path.parent.iterdir()) == ["judge.json", "judge.keras"]
    loaded = evaluation.Classifier.load(str(path))
    images = read_digits()[0][:20]
    np.testing.assert_array_equal(loaded(images).values, judge(images).values)
    np.testing.assert_array_equal(loaded(images).logits, judge(images).logits)
    for name in ("accuracy", "seed", "classes", "fingerprint", "image_shape", "note"):
        assert getattr(loaded, name) == getattr(judge, name)
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["weights_sha256"] == judge.fingerprint and record["seed"] == 0


@pytest.fixture(scope="module")
def two_saved(tmp_path_factory):
    """Bytes of two small judges' files."""
    folder = tmp_path_factory.mktemp("judges")
    images, labels = make_squares()
    for seed in (0, 1):
        train_quickly(images, labels, seed=seed).save(folder / f"{seed}.keras")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def files(two_saved, tmp_path):
    for name, content in two_saved.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("suffix", [".json", ".keras"])
def test_swapped_files_are_refused(files, suffix):
    (files / f"1{suffix}").replace(files / f"0{suffix}")
    with pytest.raises(InvalidArgument, match="weights.*SHA-256") as raised:
        evaluation.Classifier.load(files / "0.keras")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("suffix", [".json", ".keras"])
def test_missing_files_are_refused(files, suffix):
    (files / f"0{suffix}").unlink()
    with pytest.raises(InvalidArgument, match="0.keras") as raised:
        evaluation.Classifier.load(files / "0.keras")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("suffix", [".json", ".keras"])
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_truncated_files_are_refused(files, suffix, share):
    path = files / f"0{suffix}"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InvalidArgument, match="Cannot read a classifier"):
        evaluation.Classifier.load(files / "0.keras")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.95])
def test_broken_bytes_are_refused(files, share):
    path = files / "0.keras"
    content = bytearray(path.read_bytes())
    start = int(share * len(content))
    content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(InvalidArgument):
        evaluation.Classifier.load(path)


@pytest.mark.parametrize("record", ["{}", "[]", "3", '{"accuracy": 1, "classes": [0], "seed": 0}'])
def test_a_json_file_of_something_else_is_refused(files, record):
    (files / "0.json").write_text(record)
    with pytest.raises(InvalidArgument, match="0.keras"):
        evaluation.Classifier.load(files / "0.keras")


@pytest.mark.parametrize(
    "change", [{"accuracy": None}, {"classes": ["a", "b"]}, {"weights_sha256": None}]
)
def test_a_json_file_of_other_values_is_refused(files, change):
    record = json.loads((files / "0.json").read_text())
    (files / "0.json").write_text(json.dumps({**record, **change}))
    with pytest.raises(InvalidArgument):
        evaluation.Classifier.load(files / "0.keras")


def test_a_network_that_is_no_classifier_is_refused(files):
    network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    network.save(files / "0.keras")
    with pytest.raises(InvalidArgument, match="Cannot read a classifier"):
        evaluation.Classifier.load(files / "0.keras")


# ---- data


@pytest.mark.parametrize("dtype", ["int64", "uint8"])
def test_labels_need_not_be_contiguous(dtype):
    images, labels = make_squares(labels=(3, 7))
    judge = evaluation.train_classifier(images, labels.astype(dtype), steps=25, width=8)
    assert judge.classes == [3, 7]
    predicted = judge.predict(images)
    assert predicted.dtype == np.int64 and set(predicted) <= {3, 7}
    assert np.mean(predicted == labels) > 0.9
    assert judge(images).logits.shape == (40, 2)


@pytest.mark.parametrize(
    "labels",
    [
        np.zeros(40, "float32"),
        np.zeros(39, "int64"),
        np.zeros((40, 1), "int64"),
        np.zeros(40, bool),
        np.zeros(40, "int64"),
        np.array([0] * 39 + [1]),
        np.array(["a", "b"] * 20),
        None,
    ],
    ids=["float", "number", "rank", "bool", "one class", "one image", "strings", "none"],
)
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(InvalidArgument, match="`labels` must.*Received"):
        train_quickly(make_squares()[0], labels)


@pytest.mark.parametrize(
    "images",
    [np.zeros((4, 8, 8, 1), "float32"), np.zeros((4, 8, 8), "uint8"), np.zeros((4, 2))],
)
def test_images_that_are_none_are_refused(images):
    with pytest.raises(InvalidArgument, match="`images` must.*Received"):
        train_quickly(images, [0, 0, 1, 1])


def test_no_images_are_refused():
    with pytest.raises(InvalidArgument):
        train_quickly(np.zeros((0, 8, 8, 1), "uint8"), np.zeros(0, "int64"))


@pytest.mark.parametrize(
    "argument, value",
    [
        ("steps", 0),
        ("batch_size", 0),
        ("holdout", 0.0),
        ("holdout", 1.0),
        ("holdout", -0.1),
        ("holdout", float("nan")),
        ("width", 0),
        ("seed", -1),
        ("seed", 2**31),
    ],
)
def test_numbers_out_of_range_are_refused(argument, value):
    with pytest.raises(InvalidArgument, match=f"`{argument}`"):
        train_quickly(*make_squares(), **{argument: value})


def test_the_smallest_data_there_is():
    images, labels = make_squares(num=4, side=2)
    judge = train_quickly(images, labels)
    assert judge.accuracy in (0, 0.5, 1)
    assert judge(images).values.shape == (4, 4)


def test_callbacks_are_called():
    class Count(keras.callbacks.Callback):
        batches = 0

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1

    count = Count()
    train_quickly(*make_squares(), steps=3, callbacks=[count])
    assert count.batches == 3


@pytest.mark.slow
def test_mnist_above_99_percent():
    if not MNIST.exists():
        pytest.skip(f"{MNIST} is absent")
    with np.load(MNIST) as file:
        images, labels = file["images"][..., None], file["labels"]
    judge = evaluation.train_classifier(images, labels, seed=0)
    assert judge.accuracy > 0.99
