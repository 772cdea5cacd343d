import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.utils.errors import InvalidArgument

PIXELS = np.arange(5 * 4, dtype="uint8").reshape(5, 2, 2, 1)


def NONE():
    return None


def make_source(**kwargs):
    return data.Source("five", PIXELS.shape, PIXELS.__getitem__, **{"fingerprint": "0", **kwargs})


def test_a_source_has_a_description_and_any_order():
    source = make_source(labels=[0, 1, 2, 3, 4], class_names=list("abcde"))
    assert (len(source), source.image_shape, source.name) == (5, (2, 2, 1), "five")
    assert source.labels.dtype == np.int64
    assert (source.num_skipped, source.skipped, source.error) == (0, [], None)
    assert "5 images of shape (2, 2, 1), range 0 to 255>" in repr(source)
    np.testing.assert_array_equal(source.read([4, 0, 4]), PIXELS[[4, 0, 4]])
    assert source.read([]).shape == (0, 2, 2, 1)


@pytest.mark.parametrize("indices", [[5], [-1], [[0]], [0.5], 3])
def test_wrong_indices_are_refused(indices):
    with pytest.raises(InvalidArgument, match="`indices` must"):
        make_source().read(indices)


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [({}, None), ({"labels": NONE}, None), ({"class_names": ["a", "b"]}, None)]
    + [({"labels": [0, 3, 2, 1, 0]}, 4), ({"labels": lambda: [0, 1, 2, 0, 0]}, 3)]
    + [({"labels": [0, 1, 0, 0, 0], "class_names": ["a", "b", "c"]}, 3)]
    # One class is no classes.
    + [({"labels": labels}, None) for labels in ([0] * 5, [3] * 5, lambda: [3] * 5)]
    + [({"labels": [1] * 5, "class_names": ["a", "b"]}, None)]
    + [({"labels": lambda: pytest.fail("read"), "class_names": ["a"]}, None)],
)
def test_number_of_classes(kwargs, expected):
    source = make_source(**kwargs)
    assert source.num_classes == expected
    if expected is None:
        assert (source.labels, source.class_names) == (None, None)
    has_one = expected is None and kwargs.get("labels") and kwargs != {"labels": NONE}
    assert source.notes == ["one class only: not used as labels"] * bool(has_one)


@pytest.mark.parametrize("labels", [[0, 1, -1, 0, 0], [0, 10**9, 0, 0, 0]])
def test_numbers_that_are_no_classes_are_refused(labels):
    with pytest.raises(data.DataError, match="must be class numbers from 0.*for 5 images; np.uniq"):
        make_source(labels=labels).num_classes  # noqa: B018


def test_gaps_between_class_numbers_are_named_unless_they_have_names():
    labels = [5, 7, 5, 7, 5]
    with pytest.warns(UserWarning, match="2 classes only, but .* up to 7, which makes 8 classes"):
        assert make_source(labels=labels).num_classes == 8
    assert make_source(labels=labels, class_names=list("abcdefgh")).num_classes == 8


def test_labels_and_fingerprint_are_computed_once_and_only_when_needed():
    calls = []
    source = make_source(
        labels=lambda: calls.append("labels") or np.arange(5) % 2,
        fingerprint=lambda: calls.append("fingerprint") or "ff",
        class_names=["a", "b"],
    )
    assert source.num_classes == 2 and source.class_names == ["a", "b"] and calls == []
    assert (source.fingerprint, source.fingerprint, source.labels.sum()) == ("ff", "ff", 2)
    assert source.labels is source.labels
    assert calls == ["fingerprint", "labels"]


@pytest.mark.parametrize("shape", [(0, 2, 2, 1), (5, 2, 2), (5, 2, 0, 1)])
def test_other_shapes_of_images_and_labels_are_refused(shape):
    with pytest.raises(data.DataError, match="`shape` of none must be"):
        data.Source("none", shape, PIXELS.__getitem__, "0")
    with pytest.raises(data.DataError, match=r"`labels` of five must have shape \(5,\)"):
        make_source(labels=[0, 1]).labels  # noqa: B018
