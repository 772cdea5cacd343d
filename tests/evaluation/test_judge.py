"""The judge: one protocol for unconditional and conditional generators."""

import io
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from rich.console import Console

from tfgan_kit import data, evaluation, latent
from tfgan_kit.evaluation import pictures
from tfgan_kit.metrics import FeatureExtractor, extractors
from tfgan_kit.utils.errors import InvalidArgument


class LeftOrRight(FeatureExtractor):
    """A classifier of the shapes: 0 is brighter on the left, 1 on the right."""

    classes = [0, 1]

    def call(self, images):
        means = images.reshape(len(images), 16, 2, 8).mean(axis=(1, 3))
        return images.reshape(len(images), -1) / 255, means


@pytest.fixture
def make_judge(shapes_file, cache_dir, monkeypatch):
    def make(features):
        monkeypatch.setitem(extractors.EXTRACTORS.table, "sides", lambda: LeftOrRight("sides", "1"))
        source, console = data.open_source(shapes_file), Console(file=io.StringIO())
        return evaluation.Judge(source, features, 60, 0, cache_dir, console)

    return make


@pytest.fixture
def judge(make_judge):
    return make_judge("pixels")


def make_generator(wrong=()):
    """Draws bright squares on the side of their label, on the other side for wrong labels."""
    noise, label = keras.Input((3,)), keras.Input((), dtype="int32")
    sides = np.full((2, 16, 16, 1), -1.0, "float32")
    for each in (0, 1):
        shown = 1 - each if each in wrong else each
        sides[each, 4:12, 8 * shown : 8 * shown + 8] = 0.8
    table = keras.layers.Embedding(2, 256, weights=[sides.reshape(2, 256)])
    small = keras.initializers.RandomNormal(0.01, seed=1)
    shift = keras.layers.Dense(256, kernel_initializer=small)
    outputs = keras.layers.Add()([table(label), shift(noise)])
    return keras.Model([noise, label], keras.layers.Reshape((16, 16, 1))(outputs))


def test_a_conditional_generator_is_evaluated_with_its_labels(make_judge, tmp_path):
    judge = make_judge("sides")
    good = judge.judge(make_generator(), judge.source, num_classes=2)
    labels = latent.sample_labels(60, 2, 0, [0.5, 0.5])
    np.testing.assert_array_equal(judge.last_samples.labels, labels)
    rows = {row.name: row for row in good.rows}
    assert rows["class_agreement"].value == rows["class_agreement_1"].value == 1
    assert rows["class_agreement"].floor > 0.9
    # Squares that hardly move, and as real ones.
    assert rows["class_diversity"].value < 0.3 and 0.8 < rows["class_diversity"].floor < 1.2
    assert rows["class_frechet"].value > 2 * rows["class_frechet"].floor
    assert 0 <= rows["classification_accuracy"].value <= 1
    assert good.findings[3].topic == "within classes" and good.findings[3].level == "poor"
    found = judge.judge(make_generator(wrong=[1]), judge.source, num_classes=2)
    assert found.values["class_agreement"] == np.mean(labels == 0)
    assert found.values["class_agreement_1"] == 0 and found.values["class_agreement_0"] == 1
    row = next(row for row in found.rows if row.name == "class_agreement")
    assert row.note == "worst class: 1, 0"
    (finding,) = [each for each in found.findings if each.topic == "classes"]
    assert finding.level == "fair" and "classes" in found.to_dict()["thresholds"]
    pictures.write_pictures(tmp_path, judge, judge.source, found)
    assert (tmp_path / "classes.png").stat().st_size > 1000


@pytest.mark.parametrize(
    "known, num_classes, shares",
    [
        ([0, 0, 0, 2], 3, [0.75, 0, 0.25]),
        ([0, 1, 2, 2], 2, [0.5, 0.5]),
        ([2, 2, 3, 3], 2, None),
        (None, 3, None),
    ],
)
def test_labels_are_drawn_by_their_shares_among_real_images(judge, known, num_classes, shares):
    judge.source = SimpleNamespace(labels=known and np.array(known))
    expected = latent.sample_labels(60, num_classes, 0, shares)
    np.testing.assert_array_equal(judge.draw_labels(num_classes), expected)


def test_an_unconditional_generator_has_no_rows_of_classes(judge):
    inputs = keras.Input((256,))
    report = judge.judge(keras.Model(inputs, keras.layers.Reshape((16, 16, 1))(inputs)))
    assert not any(name.startswith(("class_", "classification")) for name in report.values)
    assert not {"classes", "within classes"} & {each.topic for each in report.findings}
    assert "class_names" not in report.protocol
    assert judge.last_samples.labels is None


def test_other_shapes_and_missing_or_needless_labels_are_refused(judge):
    inputs = keras.Input((256,))
    good, wrong = (
        keras.Model(inputs, keras.layers.Reshape(shape)(inputs))
        for shape in ((16, 16, 1), (8, 8, 4))
    )
    for generator, num_classes, message in (
        (wrong, None, r"have images of shape \(16, 16, 1\)"),
        (make_generator(), None, "`num_classes` must be given"),
        (good, 2, "`num_classes` must be given"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            judge.judge(generator, num_classes=num_classes)


def test_copies_among_real_images_change_no_verdict(judge, cache_dir):
    """Three copies of each picture used to push the precision of perfect samples to 0."""
    images, console = judge.source.read(np.arange(240)), Console(file=io.StringIO())
    source = data.open_source(np.concatenate([images[:180]] * 3))
    with pytest.warns(UserWarning, match="360 of the 540 images .* Each image is counted once"):
        judge = evaluation.Judge(source, "pixels", 60, 0, cache_dir, console)
    perfect = judge.judge_images(images[180:], training=source)
    rows = {row.name: row for row in perfect.rows}
    assert rows["precision"].value > 0.8 * rows["precision"].floor > 0.5
    assert rows["copied_share"].value < 0.1 and len(judge.training_indices) == 180
    copied = judge.judge_images(images[:60], training=source)
    assert copied.values["copied_share"] == 1 and copied.findings[-1].level == "poor"
    with pytest.raises(InvalidArgument, match=r"shape \(16, 16, 1\).*Received: .*\(8, 8, 1\)"):
        judge.judge_images(images[:60, :8, :8])


def test_training_images_are_not_held_out(judge, shapes_file):
    assert not judge.is_heldout(judge.source)
    with np.load(shapes_file) as file:
        copied, others = file["images"].copy(), 255 - file["images"]
    copied[0] ^= 1
    with pytest.warns(UserWarning, match="images of .* are training images, so that"):
        assert not judge.is_heldout(data.open_source(copied))
    assert judge.is_heldout(data.open_source(others))
