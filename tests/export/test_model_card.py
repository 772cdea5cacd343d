"""The model card: known facts, and which are unknown."""

from tfgan_kit.export.model_card import model_card
from tfgan_kit.runtime.manifest import ManifestEntry


def entry(name="a.tflite", **given):
    files = {name: {"bytes": 12345, "sha256": "0" * 64}}
    return ManifestEntry(name, "tflite", files, 100, [28, 28, 1], **given)


def test_known_facts():
    report = {
        "protocol": {"num": 2000, "data": "digits", "extractor": "classifier"},
        "metrics": [{"name": "precision", "value": 0.8, "floor": 0.9}],
    }
    figures = {"max_error": 0.00213, "psnr": 61.2, "latency": {"1": 0.002}}
    source = {"title": "digits, dcgan", "data": "1,797 digits", "license": "CC0", "report": report}
    text = model_card(
        [entry(verification=figures, versions={"tensorflow": "2.21.0"}, source=source)]
    )
    quality, latency = "| precision | 0.8 | 0.9 |", "| 2 |"
    numbers = "100 numbers", "28x28x1", "1,797 digits", "12,345", "| 0.0021 |", "61.2", latency
    for fact in ("# digits, dcgan", "CC0", "tensorflow 2.21.0", quality, *numbers):
        assert fact in text, fact


def test_unknown_facts():
    text = model_card([entry("b.tflite"), entry()])
    assert "# A generator\n\n| fact | value |\n" in text
    assert "| `a.tflite` |" in text and "| `b.tflite` |" in text
    assert text.count("| unknown |") == 4
    assert "License of the weights: unknown." in text
    assert "## Quality" not in text


def test_each_generator_is_described_the_newest_first():
    cats, dogs = ({"title": title, "license": f"{title} only"} for title in ("cats", "dogs"))
    names = {"a.tflite": cats, "b.onnx": dogs, "c.tflite": cats}
    text = model_card([entry(name, source=source) for name, source in names.items()])
    first, second = text.split("# dogs\n")
    assert first.startswith("# cats\n") and "cats only" in first and "dogs" not in first
    assert first.index("`a.tflite`") < first.index("`c.tflite`")
    assert "`b.onnx`" in second and "tflite" not in second and "dogs only" in second
    assert text.count("## Limits") == 1


def test_labels():
    labels = {"shape": [], "dtype": "int32"}
    assert "a label, an integer in [0, 10)" in model_card([entry(labels=labels, num_classes=10)])
    assert "labels [] int32" in model_card([entry(labels=labels)])
    assert "| classes |" not in model_card([entry(labels=labels)])
    named = model_card([entry(labels=labels, num_classes=2, class_names=["cat", "<b>|dog"])])
    assert "| classes | 0 cat, 1 &lt;b>&#124;dog |" in named
    shares = {"labels": {**labels, "shares": [3, 1]}, "num_classes": 2}
    assert "| classes | 0 (75.0%), 1 (25.0%) |" in model_card([entry(**shares)])
    both = model_card([entry(**shares, class_names=["cat", "dog"])])
    assert "| classes | 0 cat (75.0%), 1 dog (25.0%) |" in both
    long = model_card([entry(**shares, class_names=["a" * 99, "b\nc, d"])])
    assert f'| classes | 0 {39 * "a"}… (75.0%), 1 "b c, d" (25.0%) |' in long
    digits = model_card([entry(**shares, class_names=["0", "1"])])
    assert "| classes | 0 (75.0%), 1 (25.0%) |" in digits
    for text in ("labels=1)", "by their shares", "intArrayOf(1)", "Int32(1)", "(noise, 1)"):
        assert text in both, text
    assert "draws the classes evenly" in named
    assert "## Labels" not in model_card([entry(labels=labels), entry()])


def test_a_users_words_are_not_markup():
    card = model_card([entry(source={"license": "MIT | <b>x</b>\n# Head"})])
    assert "## License\n\nMIT | &lt;b>x&lt;/b> # Head" in card
