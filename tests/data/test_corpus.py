"""Each input of the corpus gives what its case says: pixels, labels and a warning, or an error."""

import re
import warnings

import numpy as np
import pytest
from data.corpus import CASES, DAMAGED, FORMATS, MODES

from tfgan_kit.data import DataError, open_source, spool


def test_the_corpus_is_large_and_every_case_is_checked():
    assert len({case.name for case in CASES}) == len(CASES) >= 60
    for case in CASES:
        assert (case.error is None) == any(
            each is not None for each in (case.pixels, case.shape, case.classes)
        ), case.name


# Skipped images are left out if all are decoded at once, and replaced if they are decoded as read.
AS_READ = [case for case in [*MODES, *FORMATS, *DAMAGED] if "on_error" not in case.options]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_outcome(case, tmp_path):
    check(case, case.make(tmp_path / "data"))


@pytest.mark.parametrize("case", AS_READ, ids=lambda case: case.name)
def test_the_outcome_of_what_is_too_large_for_memory(case, tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 1)
    check(case, case.make(tmp_path / "data"))


def check(case, source):
    if case.error is not None:
        with pytest.raises(DataError) as caught:
            source = open_source(source, **case.options)
            source.read(range(len(source)))
        message = str(caught.value)
        assert re.search(case.error, message), message
        assert "\n" not in message
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = open_source(source, **case.options)
    messages = [str(each.message) for each in caught]
    assert len(messages) == (case.warning is not None), messages
    assert case.warning is None or re.search(case.warning, messages[0]), messages
    images = source.read(range(len(source)))
    assert images.dtype == np.uint8
    if case.shape is not None:
        assert images.shape == case.shape
    if case.pixels is not None:
        expected = case.pixels if case.pixels.ndim == 3 else case.pixels[..., np.newaxis]
        np.testing.assert_allclose(
            images.astype(int), np.broadcast_to(expected, images.shape), rtol=0, atol=case.tolerance
        )
    if case.classes is not None:
        assert " ".join(source.class_names or []) == case.classes
        assert (source.labels is None) == (case.classes == "")
    if case.notes is not None:
        assert "; ".join(source.notes) == case.notes
    if case.labels is not None:
        assert source.labels.tolist() == case.labels
