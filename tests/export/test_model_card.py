"""The model card: what is known, and what is not."""

import pytest

from tfgan_kit.export.model_card import write_model_card
from tfgan_kit.runtime import Manifest, ManifestEntry


def entry(**given):
    settings = {
        "name": "a.tflite",
        "format": "tflite",
        "files": {"a.tflite": {"bytes": 12345, "sha256": "0" * 64}},
        "latent_dim": 100,
        "image_shape": [28, 28, 1],
    }
    return ManifestEntry(**{**settings, **given})


def test_everything_known_is_told(tmp_path):
    report = {
        "protocol": {"num": 2000, "data": "digits", "extractor": "classifier"},
        "metrics": [{"name": "precision", "value": 0.8, "floor": 0.9}],
    }
    told = entry(
        verification={
            "max_error": 0.00213,
            "mean_error": 0.0001,
            "psnr": 61.2,
            "latency": {1: 0.002},
        },
        versions={"tensorflow": "2.21.0"},
        source={
            "title": "digits, dcgan",
            "data": "1,797 digits",
            "license": "CC0",
            "report": report,
        },
    )
    text = write_model_card(Manifest(tmp_path, [told])).read_text()
    quality = "| precision | 0.8 | 0.9 |"
    numbers = ("100 numbers", "28x28x1", "1,797 digits", "12,345", "| 0.0021 |", "61.2", quality)
    for fact in ("# digits, dcgan", "CC0", "tensorflow 2.21.0", *numbers):
        assert fact in text, fact


def test_what_is_not_known_is_said(tmp_path):
    text = write_model_card(Manifest(tmp_path, [entry()])).read_text()
    assert text.count("not told") >= 4
    assert "## Quality" not in text


def test_every_file_of_the_folder_has_a_line(tmp_path):
    entries = [
        entry(),
        entry(name="b.tflite", files={"b.tflite": {"bytes": 1, "sha256": "0" * 64}}),
    ]
    text = write_model_card(Manifest(tmp_path, entries)).read_text()
    assert "`a.tflite`" in text and "`b.tflite`" in text


@pytest.mark.parametrize(
    "text, told",
    [("MIT | <b>x</b>\n# Head", "MIT | &lt;b>x&lt;/b> # Head"), ("", "The weights: not told.")],
)
def test_a_users_words_stay_words(tmp_path, text, told):
    card = write_model_card(Manifest(tmp_path, [entry(source={"license": text})])).read_text()
    assert f"## Licence\n\n{told}" in card
    assert "\n# Head" not in card and "<b>" not in card
