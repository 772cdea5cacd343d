"""Planted wrong labels are counted, overall and per class."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import ClassAgreement, FeatureExtractor, Samples

CLASSES = (3, 5, 9)


class Brightness(FeatureExtractor):
    """A classifier of constant images, which are as bright as their label."""

    classes = CLASSES

    def call(self, images):
        values = images.reshape(len(images), -1).astype(float)
        return values, -np.abs(values[:, :1] - np.array(CLASSES))


def samples(shown, labels):
    images = np.ones((len(shown), 4, 4, 1), "uint8") * np.array(shown, "uint8")[:, None, None, None]
    return Samples.of(images, Brightness("brightness", "1"), labels)


def test_planted_wrong_labels():
    shown = np.repeat(CLASSES, [10, 20, 40])
    labels = shown.copy()
    labels[:2], labels[10:15] = 5, 9  # Images of 3 that were requested as 5, of 5 as 9.
    found = ClassAgreement()(None, samples(shown, labels))
    assert {name: measured.value for name, measured in found.items()} == {
        "class_agreement": 63 / 70,
        "class_agreement_3": 1.0,
        "class_agreement_5": 15 / 17,
        "class_agreement_9": 40 / 45,
    }
    assert found["class_agreement"].note == "worst class: 5, 0.882"
    wider = (63 + 2) / 74
    assert found["class_agreement"].error == pytest.approx(math.sqrt(wider * (1 - wider) / 74))


def test_a_class_that_the_classifier_does_not_have_never_agrees():
    found = ClassAgreement()(None, samples([3, 3, 5], [3, 3, 7]))
    assert found["class_agreement_7"].value == 0
    assert found["class_agreement"].note.startswith("worst class: 7,")


def test_without_labels_or_a_classifier_of_the_classes_there_is_no_agreement(make_samples):
    assert ClassAgreement()(None, samples([3, 5], None)) == {}
    # Inception's logits, for example, are not classes of the data.
    assert ClassAgreement()(None, make_samples(np.eye(2), np.eye(2), labels=np.arange(2))) == {}


def test_attributes_are_predicted_by_the_sum_of_their_combinations():
    names = [f"hair={hair}, smile={smile}" for hair in ("black", "red") for smile in "ny"]
    # The most likely combination is black and no; yes is more likely than no.
    shares = np.array([[0.4, 0.35, 0.0, 0.25], [0.0, 0.0, 0.1, 0.9]])
    features = metrics.Features(np.zeros((2, 2)), np.log(shares + 1e-9))
    arguments = {"labels": [0, 2], "classes": range(4), "class_names": names}
    fake = Samples(np.zeros((2, 2)), features, "c", **arguments)
    found = ClassAgreement()(fake, fake)
    assert found["class_agreement"].value == 0.5
    assert found["attribute_agreement_hair"].value == 1
    assert found["attribute_agreement_smile"].value == 0
    assert found["attribute_agreement_hair"].note == "worst value: black, 1"
