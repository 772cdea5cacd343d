"""Labels that a user gives, as class numbers."""

import math

import numpy as np
import pytest

from tfgan_kit.utils.labels import (
    attributes_of,
    check_labels,
    in_equal_parts,
    of_images,
    parse_labels,
)

PETS, DIGITS = ["2", "cat", "dog", "owl"], ["0", "3", "7"]


def test_labels_of_an_array_become_int32():
    found = check_labels(np.array([[2], [0]], "int64"), 3)
    assert found.tolist() == [2, 0] and found.dtype == "int32"
    for wrong in (np.zeros(2), np.zeros((2, 2), int), np.array([3]), np.array([-1])):
        with pytest.raises(ValueError, match="`labels` must be"):
            check_labels(wrong, 3)


@pytest.mark.parametrize(
    "labels, num_classes, names, expected",
    [
        (1, 3, None, [1, 1, 1, 1]),
        (np.int64(1), 3, None, [1, 1, 1, 1]),
        ([2], 3, None, [2, 2, 2, 2]),
        ([0, 2, 1, 1], 3, None, [0, 2, 1, 1]),
        (np.array([[0], [2], [1], [1]], "uint8"), 3, None, [0, 2, 1, 1]),
        ("2", 3, None, [2, 2, 2, 2]),
        ("dog", 4, PETS, [2, 2, 2, 2]),
        (["dog", "2", "3", "cat"], 4, PETS, [2, 0, 3, 1]),
        (10**6, math.inf, None, [10**6] * 4),
    ],
)
def test_one_for_all_images_or_one_for_each(labels, num_classes, names, expected):
    found = of_images(4, labels, num_classes, names)
    assert found.tolist() == expected and found.dtype == "int32"


@pytest.mark.parametrize(
    "labels, num_classes, message",
    [
        (0, None, "must be None: the generator takes no labels"),
        ([0, 1], 3, "must be one class or 4 of them. Received: 2"),
        ([], 3, "must be integer class numbers"),
        (3, 3, "must be class numbers from 0 to 2. Received: values from 3 to 3"),
        (-1, math.inf, "must be class numbers of 0 or more, since the names"),
        (1.0, 3, "must be integer class numbers .* dtype float64"),
        (True, 3, "must be integer class numbers .* dtype bool"),
        ([[0, 1, 2, 0]], 3, r"must be integer class numbers .* shape \(1, 4\)"),
        ("cat", 3, "must be a class number from 0 to 2. Received: labels='cat'"),
    ],
)
def test_other_labels_are_refused(labels, num_classes, message):
    with pytest.raises(ValueError, match=f"`labels` {message}"):
        of_images(4, labels, num_classes)


@pytest.mark.parametrize(
    "label, names, expected",
    [
        (3, PETS, 3),
        (2, PETS, 2),
        ("3", PETS, 3),
        ("cat", PETS, 1),
        ("2", PETS, 0),  # A text that is a name and a number is the name.
        ("3", DIGITS, 1),
        (2, DIGITS, 2),
        ("scho\u0308n", ["gut", "sch\u00f6n"], 1),
    ],
)
def test_class_by_number_or_name(label, names, expected):
    assert in_equal_parts(label, 2, len(names), names).tolist() == [expected] * 2


@pytest.mark.parametrize(
    "label, num_classes, names, message",
    [
        (3, None, None, "only works with generators that take labels.*Received: label=3"),
        ("10", 10, None, "class number from 0 to 9. Received: label='10'"),
        (-1, 10, None, "class number from 0 to 9. Received: label=-1"),
        (1.0, 10, None, "must be an integer. Received: label=1.0"),
        ("2", 3, DIGITS, "`label` must be one of 0, 3, 7. Received: label='2'"),
        (3, 3, DIGITS, "class number from 0 to 2. Received: label=3$"),
        ("horse", 2, ["house", "a, b"], "one of house, \"a, b\". .*did you mean 'house'"),
        ("n21", 21, [f"n{k}" for k in range(21)], "to 20 or a class name. .*did you mean 'n2"),
        ("1", 21, [str(k) for k in range(7, 28)], "the 21 classes, which go from 7 to 27. Rec"),
        ("cat", math.inf, None, "of 0 or more, since the names of the classes are not known"),
    ],
)
def test_wrong_labels(label, num_classes, names, message):
    with pytest.raises(ValueError, match=message):
        in_equal_parts(label, 2, num_classes, names)


FACES = [f"hair={hair}, smile={smile}" for hair in ("black", "red") for smile in ("no", "yes")]


@pytest.mark.parametrize(
    "labels, expected",
    [
        (["hair=black", "smile=yes"], [["hair=black", "smile=yes"]]),
        ({"smile": "yes"}, [["smile=yes"]]),
        (["hair=black", "hair=red", "smile=no"], [["hair=black", "smile=no"],
                                                  ["hair=red", "smile=no"]]),
        (["hair=black, smile=yes", "2"], ["hair=black, smile=yes", "2"]),
        (3, [3]),
    ],
)  # fmt: skip
def test_values_of_different_attributes_are_asked_for_together(labels, expected):
    assert parse_labels(labels, FACES) == expected


def test_requests_are_drawn_by_share():
    assert attributes_of(FACES) == {
        "hair": ["black", "black", "red", "red"],
        "smile": ["no", "yes"] * 2,
    }
    assert attributes_of(PETS) == attributes_of(["a=b", "c"]) == attributes_of(None) == {}
    drawn = in_equal_parts(["hair=black", "hair=red"], 2000, 4, FACES, 0, [0.3, 0.1, 0, 0.6])
    assert drawn.dtype == "int32" and set(drawn[1000:]) == {3}
    assert np.bincount(drawn[:1000], minlength=4) / 1000 == pytest.approx(
        [0.75, 0.25, 0, 0], abs=0.05
    )
    assert set(in_equal_parts("smile=no", 50, 4, FACES, 0)) == {0, 2}
    with pytest.warns(UserWarning, match="No training image has hair=red, so these images may"):
        drawn = in_equal_parts({"hair": "red"}, 50, 4, FACES, 0, [0.5, 0.5, 0, 0])
    assert set(drawn) == {2, 3}
    for wrong, message in {
        "hat=red": "or NAME=VALUE of the attributes hair, smile. Received: label='hat=red'",
        "hair=rad": "must be one of hair=black, hair=red. Received: .*; did you mean 'hair=red'",
        "red": "or NAME=VALUE of .*; did you mean 'hair=red'",
        ("hair=red", "2"): "must be either classes or NAME=VALUE of attributes, not both",
    }.items():
        with pytest.raises(ValueError, match=message):
            in_equal_parts(wrong, 2, 4, FACES)
    for wanted in ({"hair": "red"}, "hair=red"):
        drawn = of_images(50, wanted, 4, FACES, seed=0, shares=[0.1, 0.1, 0.8, 0])
        assert set(drawn) == {2}
