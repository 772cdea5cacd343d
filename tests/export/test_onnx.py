"""ONNX files, written by Keras."""

import importlib.util
import json

import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import export
from tfgan_kit.export import onnx as exporter
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.utils.errors import InvalidArgument

needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("onnx", "onnxruntime", "tf2onnx")),
    reason="needs the extra onnx",
)


def test_missing_packages_are_named(make_gan, monkeypatch, tmp_path):
    monkeypatch.setattr(exporter, "_NEEDED", ("numpy", "a_missing_package"))
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


@needs_onnx
def test_names_and_metadata_inside_the_file(unproven, conditional_gan, tmp_path):
    import onnx
    import onnxruntime

    names = ["cat", "dog", "föx"]
    exportable = Exportable(conditional_gan, 3)
    exportable.class_names = names
    run = {"title": "Pets", "license": "MIT"}
    export.to_onnx(exportable, tmp_path / "a.onnx", run=run)
    model = onnx.load(tmp_path / "a.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert (model.producer_name, model.producer_version) == ("tfgan_kit", tfgan_kit.__version__)
    session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"))
    shapes = {each.name: each.shape for each in (*session.get_inputs(), *session.get_outputs())}
    assert shapes == {"noise": ["batch", 6], "labels": ["batch"], "images": ["batch", 8, 8, 1]}
    told = session.get_modelmeta().custom_metadata_map
    assert (told["title"], told["license"], told["noise"]) == ("Pets", "MIT", "standard normal")
    lists = "latent_dim", "image_shape", "image_range", "num_classes", "class_names"
    assert [json.loads(told[name]) for name in lists] == [6, [8, 8, 1], [-1, 1], 3, names]
    assert json.loads(told["versions"])["tfgan_kit"] == tfgan_kit.__version__
