import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.utils.errors import InvalidArgument

PIXELS = np.arange(5 * 4, dtype="uint8").reshape(5, 2, 2, 1)


def make_source(**kwargs):
    return data.Source("five", PIXELS.shape, PIXELS.__getitem__, **{"fingerprint": "0", **kwargs})


def test_source_describes_itself():
    source = make_source(labels=[0, 1, 2, 3, 4], class_names=list("abcde"))
    assert (len(source), source.image_shape, source.name) == (5, (2, 2, 1), "five")
    assert source.labels.dtype == np.int64
    assert (source.num_skipped, source.skipped, source.error) == (0, [], None)
    assert "5 images of shape (2, 2, 1)" in repr(source)


def test_read_takes_any_order_and_repeats():
    np.testing.assert_array_equal(make_source().read([4, 0, 4]), PIXELS[[4, 0, 4]])
    assert make_source().read([]).shape == (0, 2, 2, 1)


@pytest.mark.parametrize("indices", [[5], [-1], [[0]], [0.5], 3])
def test_read_refuses_what_is_no_list_of_its_numbers(indices):
    with pytest.raises(InvalidArgument, match="`indices` must"):
        make_source().read(indices)


def test_labels_and_fingerprint_are_computed_once_and_only_when_asked_for():
    calls = []
    source = make_source(
        labels=lambda: calls.append("labels") or np.zeros(5),
        fingerprint=lambda: calls.append("fingerprint") or "ff",
    )
    assert calls == []
    assert (source.fingerprint, source.fingerprint, source.labels.sum()) == ("ff", "ff", 0)
    assert source.labels is source.labels
    assert calls == ["fingerprint", "labels"]


def test_labels_of_another_length_are_refused():
    with pytest.raises(data.DataError, match=r"five: expected `labels` of shape \(5,\)"):
        make_source(labels=[0, 1]).labels  # noqa: B018


@pytest.mark.parametrize("shape", [(0, 2, 2, 1), (5, 2, 2), (5, 2, 0, 1)])
def test_a_source_without_images_is_refused(shape):
    with pytest.raises(data.DataError, match="expected `shape`"):
        data.Source("none", shape, PIXELS.__getitem__, "0")


def test_data_error_is_an_invalid_argument_and_a_value_error():
    assert issubclass(data.DataError, InvalidArgument)
    assert issubclass(data.DataError, ValueError)
