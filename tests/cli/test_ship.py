"""`sample`, `export` and `serve` as a user types them."""

import functools
import importlib.util
import re

import keras
import numpy as np
import pytest
from PIL import Image

from tfgan_kit import export, runs
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.media import images
from tfgan_kit.runtime import loading

HAS_KSERVE = importlib.util.find_spec("kserve") is not None


@pytest.fixture
def tfgan_kit(command_line, tmp_path):
    return functools.partial(command_line, cwd=tmp_path)


def pixels_of(path):
    with Image.open(path) as file:
        return np.asarray(file)


def test_export_prints_figures_and_sample_reads_the_file(tfgan_kit, shapes_run, tmp_path):
    out = tfgan_kit("export", shapes_run.path, "--quantize", "float16", "--batch-size", 1).out
    path = shapes_run.path / "export" / "generator.float16.tflite"
    for figure in ("largest error", "PSNR", "size", "batch of 1", "CONV_2D", str(path)):
        assert figure in out
    card = (path.parent / "MODEL_CARD.md").read_text()
    assert "shapes" in card and "dcgan" in card
    for place, name in ((path, "a.png"), (path.parent, "b.png"), (shapes_run.path, "c.png")):
        tfgan_kit("sample", place, "-n", 4, "--seed", 3, "-o", name, "--scale", 1)
    tfgan_kit("sample", shapes_run.path, "-n", 4, "--seed", 3, "-o", "large.png")
    enlarged = images.scale_up(pixels_of("c.png")[..., None], 480)[..., 0]
    np.testing.assert_array_equal(pixels_of("large.png"), enlarged)
    pixels = [pixels_of(name).astype(int) for name in ("a.png", "b.png", "c.png")]
    assert (pixels[0] == pixels[1]).all()
    assert np.abs(pixels[0] - pixels[2]).max() <= 1
    drawn = images.to_uint8(export.load(path).generate(4, seed=3))
    assert (pixels[0] == images.tile(drawn)[..., 0]).all()


def test_info_describes_an_exported_file(tfgan_kit, tflite_file, tmp_path):
    rows = dict(re.findall(r"^(\w+) +(.*)$", tfgan_kit("info", tflite_file).out, re.MULTILINE))
    assert re.fullmatch(r".*generator\.tflite, tflite, 0\.\d\d MB", rows["file"])
    assert rows["input"] == "6 standard normal numbers an image, float32, any batch size"
    assert rows["output"] == "8x8x1, float32, -1 black to 1 white"
    assert rows["verified"].startswith("largest error ") and "keras" in rows["versions"]
    assert tfgan_kit("info", tflite_file.parent).out == tfgan_kit("info", tflite_file).out
    (tmp_path / "export.json").unlink()
    assert "unknown: no export.json beside it" in tfgan_kit("info", tflite_file).out


def test_info_describes_a_conditional_keras_file(tfgan_kit, conditional_file, monkeypatch):
    monkeypatch.setattr(loading, "probe", lambda path: None)  # Not in another process.
    out = tfgan_kit("info", conditional_file).out
    assert re.search(r"labels +3 classes", out) and ".keras, keras, " in out


@pytest.fixture
def conditional_file(make_conditional_gan, tmp_path):
    make_conditional_gan().save(tmp_path / "gan.keras")
    return tmp_path / "gan.keras"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["export", "RUN", "--format", "tflit"], "did you mean 'tflite'"),
        (["export", "RUN", "--quantize", "int4"], "did you mean 'int8'"),
        (
            ["export", "RUN", "--format", "saved_model", "--quantize", "int8"],
            "`quantize` does not work with",
        ),
        (["export", "RUN", "-o", "generator.bin"], "end in .tflite"),
        (["export", "nowhere"], "no run at nowhere"),
        (["sample", "nowhere.tflite"], "no run at nowhere.tflite"),
        (["sample", "empty"], "empty holds no exported generator"),
        (["sample", "text.tflite"], "none of the formats"),
        (["sample", "text.tflite", "--last"], "--last only works on runs"),
        (["sample", "text.tflite", "--truncation", "1"], "--truncation only works on runs"),
        (["sample", "text.tflite", "--randomize-noise"], "--randomize-noise only works on runs"),
        (["sample", "RUN", "--truncation", "0.7"], "only works with generators that have styles"),
        (["export", "RUN", "--truncation", "0.7"], "only works with generators that have styles"),
        (["serve", "nowhere"], "nowhere" if HAS_KSERVE else "tfgan_kit[serve]"),
    ],
)
def test_errors_are_one_line_and_leave_no_files(
    tfgan_kit, shapes_run, tmp_path, arguments, message
):
    (tmp_path / "text.tflite").write_text("some text")
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    error = tfgan_kit(
        *(shapes_run.path if each == "RUN" else each for each in arguments), code=2
    ).err
    assert message in error
    assert error.count("\n") == 1 and error.startswith("tfgan-kit: ")
    assert sorted(tmp_path.rglob("*")) == before


def test_sample_passes_the_label_on(tfgan_kit, shapes_run, monkeypatch):
    asked = []

    def generate(self, *arguments):
        asked.append(arguments)
        return np.zeros((2, 4, 4, 1), "float32")

    monkeypatch.setattr(runs.Run, "generate", generate)
    tfgan_kit("sample", shapes_run.path, "-n", 2, "--seed", 3, "--label", "cat", "--last")
    assert asked == [(2, 3, ["cat"], True, None, False)]


def test_sample_of_a_file_takes_the_name_of_a_class(tfgan_kit, tmp_path, unproven):
    noise, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    values = keras.layers.Embedding(2, 16)(labels) + keras.layers.Dense(16)(noise)
    outputs = keras.layers.Reshape((4, 4, 1))(keras.ops.tanh(values))
    exportable = Exportable(keras.Model([noise, labels], outputs), 2, ["cat", "dog"])
    export.to_tflite(exportable, tmp_path / "a.tflite")
    for name, label in (("named", "dog"), ("numbered", "1")):
        arguments = ["-n", 4, "--label", label, "-o", tmp_path / f"{name}.png"]
        tfgan_kit("sample", tmp_path / "a.tflite", *arguments)
    assert (tmp_path / "named.png").read_bytes() == (tmp_path / "numbered.png").read_bytes()
    # Several have a row each, of 8 images if no number is given.
    several = ["--label", "dog", "--label", "0", "-o", tmp_path / "rows.png", "--scale", 1]
    out = tfgan_kit("sample", tmp_path / "a.tflite", *several).out
    assert out.startswith("Wrote 16 images of dog, cat to ")
    drawn = export.load(tmp_path / "a.tflite").generate(16, 0, [1] * 8 + [0] * 8)
    expected = images.tile(images.to_uint8(drawn), columns=8)
    np.testing.assert_array_equal(pixels_of(tmp_path / "rows.png"), expected[..., 0])
    error = tfgan_kit("sample", tmp_path / "a.tflite", *several, "-n", 3, code=2).err
    assert "(-n) must be a multiple of the number of labels, 2. Received: num=3" in error
    error = tfgan_kit("sample", tmp_path / "a.tflite", "--label", "dig", code=2).err
    assert "must be one of cat, dog. Received: label='dig'; did you mean 'dog'?" in error


@pytest.mark.slow
def test_a_style_based_run_is_trained_sampled_and_exported(tfgan_kit, shapes_file, tmp_path):
    options = ["--recipe", "stylegan", "--epochs", 1, "--clusters", 2]
    tfgan_kit("train", shapes_file, *options, "--out", "run")
    tfgan_kit("sample", "run", "-n", 2, "--truncation", 0.7, "--randomize-noise")
    mean = runs.Run(tmp_path / "run").generate(3, seed=0, truncation=0.0)
    np.testing.assert_allclose(mean, np.broadcast_to(mean[:1], mean.shape), atol=0.02)
    for options in (
        ["--quantize", "none"],
        ["--quantize", "float16"],
        ["--quantize", "int8", "--no-judge"],
        ["--format", "saved_model"],
        *([["--format", "onnx"]] if importlib.util.find_spec("tf2onnx") else []),
    ):
        assert "PSNR" in tfgan_kit("export", "run", *options, "--truncation", 0.5).out
    assert "styles truncated to 0.5" in (tmp_path / "run/export/MODEL_CARD.md").read_text()
