"""Errors of ONNX files; the tests of the exporter run them."""

import importlib.util
import sys

import pytest

from tfgan_kit.runtime.onnx import OnnxGenerator
from tfgan_kit.utils.errors import InvalidArgument


def test_missing_runtime_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InvalidArgument, match=r"pip install 'tfgan_kit\[onnx\]'"):
        OnnxGenerator(tmp_path / "a.onnx")


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="needs onnxruntime")
def test_damaged_file(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"\x08\x09 and no model")
    with pytest.raises(InvalidArgument, match="as ONNX"):
        OnnxGenerator(tmp_path / "a.onnx")
