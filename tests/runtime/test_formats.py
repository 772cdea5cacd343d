"""The table of formats: every name in it can be imported."""

import inspect
import pkgutil

import pytest

from tfgan_kit import runtime
from tfgan_kit.runtime.formats import FORMATS, WRITABLE


@pytest.mark.parametrize("name", FORMATS)
def test_reader_and_writer_exist(name):
    found = FORMATS[name]
    if found.reader is not None:
        reader = pkgutil.resolve_name(found.reader)
        assert issubclass(reader, runtime.ExportedGenerator) and reader.format == name
        assert found.matches is not None
    assert (name in WRITABLE) == (name != "keras")
    if found.writer is not None:
        parameters = inspect.signature(pkgutil.resolve_name(found.writer)).parameters
        assert {"gan_or_generator", "path", "frechet", "run"} <= set(parameters)
