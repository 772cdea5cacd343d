"""The classifier: a function of its seed, saved with its hash, tested on held-out images."""

import itertools
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


def make_squares(num=40, side=8, labels=(0, 1)):
    """Black and white squares with noise, which are easy to classify."""
    images = np.random.default_rng(0).integers(0, 100, (num, side, side, 1), dtype="uint8")
    images[num // 2 :] += 150
    return images, np.repeat(labels, num // 2)


def train_quickly(*arguments, **more):
    return evaluation.train_classifier(*arguments, **{"steps": 2, "width": 4, **more})


@pytest.fixture(scope="module")
def trained():
    """A classifier, and the indices of the images that it was trained on."""
    split, batches = [], classifier.shuffled_batches

    def spy(images, targets, training, *more):
        split.append(np.asarray(training))
        return batches(images, targets, training, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "shuffled_batches", spy)
        found = train_quickly(*make_squares())
    return found, split[0]


def test_its_accuracy_is_that_of_held_out_images(trained):
    found, training = trained
    images, labels = make_squares()
    heldout = np.setdiff1d(np.arange(40), training)
    assert found.accuracy == np.mean(found.predict(images[heldout]) == labels[heldout])
    assert len(training) == 36 and np.bincount(labels[heldout]).tolist() == [2, 2], "in proportion"


@pytest.mark.slow
def test_it_learns():
    source = data.open_source("digits", image_size=16)
    images, labels = source.read(np.arange(len(source))), source.labels
    # 0.90 seen after 60 steps; chance is 0.1.
    assert evaluation.train_classifier(images, labels, seed=0, steps=60).accuracy > 0.8


def test_batches_hold_only_what_was_chosen_and_each_once_a_pass():
    images = np.arange(20, dtype="uint8")[:, None, None, None]
    chosen = np.array([1, 4, 7, 13, 19])
    stream = classifier.shuffled_batches(images, np.arange(20), chosen, batch_size=2, seed=0)
    passes = [[], []]
    for index, (batch, targets) in enumerate(itertools.islice(stream, 6)):
        np.testing.assert_array_equal(batch[:, 0, 0, 0], targets)
        passes[index // 3].extend(targets)
    for each in passes:
        assert sorted(each) == chosen.tolist()
    assert passes[0] != passes[1]


@pytest.mark.slow
def test_other_seeds_give_other_networks(trained):
    assert train_quickly(*make_squares(), seed=2**31 - 1).fingerprint != trained[0].fingerprint


def test_global_state_does_not_matter_and_is_unchanged(trained):
    images, labels = make_squares()

    def draw():
        return random.random(), np.random.uniform(), float(tf.random.uniform(()))

    keras.utils.set_random_seed(5)
    expected = draw()
    keras.utils.set_random_seed(5)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        found = train_quickly(images, labels)
    finally:
        keras.config.set_dtype_policy(before)
    assert draw() == expected
    assert found.fingerprint == trained[0].fingerprint
    np.testing.assert_array_equal(found(images).values, trained[0](images).values)


def test_features_and_logits(trained):
    found, (images, _) = trained[0], make_squares()
    features, whole = found(images, batch_size=7), found(images)
    assert features.values.shape == (40, 4) and features.logits.shape == (40, 2)
    assert features.values.min() < 0, "before the nonlinearity"
    scale = np.abs(whole.values).max()
    np.testing.assert_allclose(features.values, whole.values, rtol=0, atol=1e-5 * scale)
    np.testing.assert_array_equal(found.predict(images), whole.logits.argmax(axis=1))
    assert found.image_shape == (8, 8, 1) and found.name == "classifier"
    assert f"{100 * found.accuracy:.2f} %" in found.note
    with pytest.raises(InvalidArgument, match=r"\(8, 8, 1\).*Received"):
        found(np.zeros((3, 8, 8, 3), "uint8"))


def test_round_trip(trained, tmp_path):
    found, path = trained[0], tmp_path / "deep" / "found.keras"
    found.save(path)
    assert sorted(each.name for each in path.parent.iterdir()) == ["found.json", "found.keras"]
    loaded = evaluation.Classifier.load(str(path))
    for first, second in zip(loaded(make_squares()[0]), found(make_squares()[0]), strict=True):
        np.testing.assert_array_equal(first, second)
    for name in ("accuracy", "seed", "classes", "fingerprint", "image_shape", "note"):
        assert getattr(loaded, name) == getattr(found, name)
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["weights_sha256"] == found.fingerprint and record["seed"] == 0


@pytest.fixture
def files(trained, tmp_path):
    """The files of two classifiers with different weights."""
    found = trained[0]
    found.save(tmp_path / "0.keras")
    weights = found.network.get_weights()
    found.network.set_weights([weight + 1 for weight in weights])
    evaluation.Classifier(found.network, [0, 1], 1, 0).save(tmp_path / "1.keras")
    found.network.set_weights(weights)
    return tmp_path


@pytest.mark.parametrize("suffix", [".json", ".keras"])
def test_wrong_files_are_refused(files, suffix):
    path = files / f"0{suffix}"
    content = path.read_bytes()
    wrong = [content[: int(share * len(content))] for share in (0, 0.1, 0.5, 0.9)]
    for share in (0.3, 0.5, 0.7, 0.95):
        start = int(share * len(content))
        wrong.append(content[:start] + b"\xff" * 64 + content[start + 64 :])
    if suffix == ".json":
        wrong += [b"{}", b"3", json.dumps({**json.loads(content), "classes": ["a", "b"]}).encode()]
    for each in wrong:
        path.write_bytes(each)
        with pytest.raises(InvalidArgument, match="0.keras"):
            evaluation.Classifier.load(files / "0.keras")
    path.write_bytes((files / f"1{suffix}").read_bytes())
    with pytest.raises(InvalidArgument, match="weights.*differ.*SHA-256"):
        evaluation.Classifier.load(files / "0.keras")
    path.unlink()
    with pytest.raises(InvalidArgument, match="Cannot read a classifier"):
        evaluation.Classifier.load(files / "0.keras")


def test_a_network_without_features_is_refused(files):
    keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()]).save(files / "0.keras")
    with pytest.raises(InvalidArgument, match="Cannot read a classifier"):
        evaluation.Classifier.load(files / "0.keras")


def test_labels_need_not_be_contiguous():
    images, labels = make_squares(labels=(3, 7))
    seen = []
    count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(1))
    found = train_quickly(images, labels.astype("uint8"), steps=25, width=8, callbacks=[count])
    assert found.classes == [3, 7] and len(seen) == 25
    predicted = found.predict(images)
    assert predicted.dtype == np.int64 and set(predicted) <= {3, 7}
    assert np.mean(predicted == labels) > 0.9
    assert found(images).logits.shape == (40, 2)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("labels", (np.zeros(39, int), np.zeros(40, int), [0] * 39 + [1], ["a"] * 40)),
        ("images", (np.zeros((40, 8, 8, 1)), np.zeros((40, 8, 8), "uint8"), np.zeros((40, 2)))),
        *((name, (0,)) for name in ("steps", "batch_size", "width")),
        ("holdout", (0.0, 1.0)),
        ("seed", (-1, 2**31)),
    ],
)
def test_wrong_arguments_are_refused(name, values):
    images, labels = make_squares()
    for value in values:
        with pytest.raises(InvalidArgument, match=f"`{name}` must.*Received"):
            train_quickly(**{"images": images, "labels": labels, name: value})


@pytest.mark.slow
def test_mnist_above_99_percent():
    if not MNIST.exists():
        pytest.skip(f"{MNIST} is absent")
    with np.load(MNIST) as file:
        images, labels = file["images"][..., None], file["labels"]
    found = evaluation.train_classifier(images, labels, seed=0)
    assert found.accuracy > 0.99
