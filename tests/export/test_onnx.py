"""ONNX files, written by Keras."""

import importlib.util

import numpy as np
import pytest

from tfgan_kit import export
from tfgan_kit.export import onnx
from tfgan_kit.utils.errors import InvalidArgument

needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("onnx", "onnxruntime", "tf2onnx")),
    reason="needs the extra onnx",
)


def test_missing_packages_are_named(make_gan, monkeypatch, tmp_path):
    monkeypatch.setattr(onnx, "_NEEDED", ("numpy", "a_missing_package"))
    with pytest.raises(InvalidArgument, match="needs a_missing_package: pip install"):
        export.to_onnx(make_gan(), tmp_path / "gan.onnx")
    assert list(tmp_path.iterdir()) == []


@needs_onnx
def test_images_of_the_model(make_gan, tmp_path):
    gan = make_gan(ema=0.9)
    verification = export.to_onnx(gan, tmp_path / "gan.onnx")
    assert verification.max_error < 1e-4
    assert verification.needs == ["onnxruntime"], "it ran without TensorFlow"
    images = export.load(tmp_path / "gan.onnx").generate(5, seed=1)
    np.testing.assert_allclose(images, gan.generate(5, seed=1), atol=1e-4)


@needs_onnx
def test_class_numbers(unproven, conditional_gan, check_labels, tmp_path):
    export.to_onnx(conditional_gan, tmp_path / "conditional.onnx")
    check_labels(export.load(tmp_path / "conditional.onnx"), atol=1e-5)
