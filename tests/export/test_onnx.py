"""ONNX files, by Keras's exporter."""

import importlib.util

import numpy as np
import pytest
from test_export_exportable import conditional_generator

from tfgan_kit import export
from tfgan_kit.export import onnx
from tfgan_kit.training import precision
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
def test_gives_the_images_of_the_model(make_gan, tmp_path):
    gan = make_gan(ema=0.9)
    verification = export.to_onnx(gan, tmp_path / "gan.onnx")
    assert verification.max_error < 1e-4
    assert verification.needs == ["onnxruntime"], "it ran without TensorFlow"
    images = export.load(tmp_path / "gan.onnx").generate(5, seed=1)
    np.testing.assert_allclose(images, gan.generate(5, seed=1), atol=1e-4)


@needs_onnx
def test_labels_and_half_precision(tmp_path):
    with precision.scope("mixed_bfloat16"):
        generator = conditional_generator()
    export.to_onnx(generator, tmp_path / "labelled.onnx")
    noise, labels = np.ones((2, 6), "float32"), np.eye(3, dtype="float32")[:2]
    images = export.load(tmp_path / "labelled.onnx").run(noise, labels)
    np.testing.assert_allclose(images, generator([noise, labels]), atol=0.02)


@needs_onnx
def test_path_must_end_in_onnx(make_gan, tmp_path):
    with pytest.raises(InvalidArgument, match="end in .onnx"):
        export.to_onnx(make_gan(), tmp_path / "gan.bin")
