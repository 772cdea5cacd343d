"""Attributes: the table of labels, shares, requests and balance, against sums by hand."""

import json

import keras
import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data import Attributes

COLUMNS = {
    "hair": ["black", "red", None, "red", "", "black"],
    "smile": [True, False, True, None, None, True],
}


@pytest.fixture(scope="module")
def made():
    return Attributes.of(COLUMNS)


def test_the_first_labels_are_all_combinations_and_further_ones_are_incomplete(made):
    attributes, labels = made
    assert attributes.names == ("hair", "smile")
    assert attributes.values == (("black", "red"), ("false", "true"))
    whole = ["black, smile=false", "black, smile=true", "red, smile=false", "red, smile=true"]
    assert attributes.class_names == [f"hair={each}" for each in whole]
    expected = [[0, 0], [0, 1], [1, 0], [1, 1], [-1, -1], [-1, 1], [1, -1]]
    assert attributes.table.tolist() == expected and attributes.table.dtype == "int32"
    assert labels.tolist() == [1, 2, 5, 6, 4, 1]
    assert (attributes.num_classes, attributes.num_labels) == (4, 7)
    assert attributes.counts(labels) == {
        "hair": {"black": 2, "red": 2},
        "smile": {"false": 1, "true": 3},
    }


def test_incomplete_images_count_for_what_they_may_be(made):
    # (2, 1): black and smile=true, red and not. The third may only be the former, the fourth only
    # the latter, and nothing is given of the fifth.
    black, red = 2 + 1 + 2 / 3, 1 + 1 + 1 / 3
    np.testing.assert_allclose(made[0].shares, [0, black / 6, red / 6, 0])
    attributes, _ = Attributes.of({"a": ["x", "y", None, None], "b": [None, None, "p", "q"]})
    np.testing.assert_allclose(attributes.shares, [0.25] * 4)


def test_round_trip_through_json_and_keras(made):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(made[0])))
    loaded = keras.saving.deserialize_keras_object(config)
    assert loaded.get_config() == made[0].get_config()
    np.testing.assert_array_equal(loaded.table, made[0].table)
    assert loaded.digest(made[1]) == made[0].digest(made[1]) != made[0].digest(made[1][::-1])


def test_what_is_not_asked_for_is_drawn_by_its_share():
    columns = {"hair": ["black"] * 8 + ["red"] * 2, "smile": ["yes"] * 6 + ["no"] * 3 + ["yes"]}
    attributes, _ = Attributes.of(columns)
    drawn = attributes.labels(4000, {"hair": "black"}, seed=0)
    assert np.bincount(drawn, minlength=4) / 4000 == pytest.approx([0.25, 0.75, 0, 0], abs=0.03)
    assert attributes.labels(3, {"hair": "red", "smile": "yes"}).tolist() == [3, 3, 3]
    np.testing.assert_array_equal(drawn, attributes.labels(4000, {"hair": "black"}, seed=0))


def test_rare_values_are_drawn_more_often():
    rng = np.random.default_rng(0)
    columns = {
        "rare": np.where(np.arange(5000) % 100, "no", "yes"),
        "kind": rng.choice(["a", "b", "c"], 5000, p=[0.6, 0.3, 0.1]),
    }
    attributes, labels = Attributes.of({name: column.tolist() for name, column in columns.items()})
    weights = attributes.balance(labels)
    steps = range(40)
    chosen = [data.batch_indices(5000, 128, 0, step, weights=weights) for step in steps]
    counts = attributes.counts(labels[np.concatenate(chosen)])
    # min(10, n / (count + 1)) is 10 for 1 %, of a mean of 1.09; an image has at most 10 again.
    of_rare = np.minimum(10, 10 / 1.09 * np.array([1 / 0.6, 1 / 0.3, 1 / 0.1]) / 3)
    expected = 0.01 * of_rare @ [0.6, 0.3, 0.1]
    assert counts["rare"]["yes"] / 5120 == pytest.approx(expected / (expected + 0.91), abs=0.004)
    assert np.array(list(counts["kind"].values())) / 5120 == pytest.approx([1 / 3] * 3, abs=0.03)
    # An attribute that is not given does not matter.
    attributes, labels = Attributes.of({"a": ["x", "x", "x", "y", None], "b": list("ppqqq")})
    of_a, of_b = np.array([1.0, 1, 1, 2]), np.array([5 / 3, 5 / 3, 5 / 4, 5 / 4, 5 / 4])
    expected = np.append(of_a / of_a.mean(), 1) * of_b / of_b.mean()
    np.testing.assert_allclose(attributes.balance(labels), expected)


def test_names_and_values_as_people_write_them():
    columns = {"a=b": [1.5, 10, "2.0", "NaN"], " c ": ["x,  y", "z", " ", np.bool_(True)]}
    attributes, labels = Attributes.of(columns)
    assert attributes.names == ("a:b", "c")
    assert attributes.values == (("1.5", "2", "10"), ("true", "x,y", "z"))
    assert attributes.class_names[1] == "a:b=1.5, c=x,y"
    assert attributes.labels(1, {"a:b": "1.5", "c": "x,y"}).tolist() == [1] == labels[:1].tolist()


@pytest.mark.parametrize(
    "columns, message",
    [
        ({}, "`columns` must have a value for each image. Received: lengths {}"),
        ({"a": ["x"], "b": ["x", "y"]}, "Received: lengths {'a': 1, 'b': 2}"),
        ({"a b": [1, 2], "a  b": [3, 4]}, "must have different names, .* 'a b', 'a  b'"),
        ({"a": ["x", "x", None]}, "attribute a must have at least two values.* Received: .'x',."),
        (
            {"a": range(40), "b": range(40)},
            r"have 1,600 combinations, and at most 1,000 .*TABLE:a,b. .* a \(40\), b \(40\)",
        ),
    ],
)
def test_attributes_that_cannot_be_used(columns, message):
    with pytest.raises(data.DataError, match=message):
        Attributes.of(columns)


def test_other_wrong_arguments(made):
    with pytest.raises(data.DataError, match="at least two values, all of them different"):
        Attributes(("a",), (("x", "x"),))
    with pytest.raises(ValueError, match="`labels` must be class numbers from 0 to"):
        made[0].balance([99])
