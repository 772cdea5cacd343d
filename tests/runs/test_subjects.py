"""Whatever can be evaluated has the same figures for the same images, and is refused alike."""

import types

import numpy as np
import pytest
from PIL import Image

from tfgan_kit import data, export, latent, media, runs
from tfgan_kit.runs import subjects
from tfgan_kit.runs.subjects import open_real, open_subject
from tfgan_kit.utils.errors import InvalidArgument


def write_folder(folder, images):
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(folder / f"{number:04}.png")
    return folder


@pytest.fixture(scope="module")
def squares():
    """120 grey images with a bright square, all different."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 60, (120, 16, 16, 1), dtype="uint8")
    for image in images:
        top, left = rng.integers(0, 10, 2)
        image[top : top + 6, left : left + 5] += 180
    return images


@pytest.mark.slow
def test_saved_images_have_the_figures_of_their_run(
    shapes_run, shapes_file, cache_dir, quiet, tmp_path
):
    """As a run, two folders, an array, an `.npz`, and exported as Keras and as TFLite files."""
    settings = {"features": "random", "num": 100, "cache_dir": cache_dir, "console": quiet}
    expected = runs.evaluate(shapes_run, **settings)
    source = shapes_run.open_source()
    pixels = media.to_uint8(
        latent.decode(shapes_run.load_generator(), latent.sample(100, 4, seed=0), batch_size=256)
    )
    real = write_folder(tmp_path / "real", source.read(np.arange(len(source))))
    folder = write_folder(tmp_path / "generated", pixels)
    np.savez(tmp_path / "generated.npz", images=pixels)
    export.to_tflite(shapes_run.load_generator(), tmp_path / "files" / "generator.tflite")
    exact = [folder, str(tmp_path / "generated.npz"), pixels, data.open_source(pixels)]
    close = [shapes_run.generator_path, tmp_path / "files"]
    for number, each in enumerate([*exact, *close]):
        out = tmp_path / f"out{number}"
        found = runs.evaluate(each, real, **settings, out=out)
        assert found.protocol["num"] == 100 and "run" not in found.protocol
        known = {name: value for name, value in expected.values.items() if "copy" not in name}
        known.pop("copied_share")
        if number < len(exact):
            assert found.values == known
        assert found.values == pytest.approx(known, rel=0.05, abs=0.05)
        assert [each.level for each in found.findings][-1] == "unknown", "copying"
        written = {path.name for path in out.rglob("*") if path.is_file()}
        pictures = {"best.png", "worst.png", "closest.png", "samples.png", "real.png"}
        assert written == {"evaluation.json", "index.html"} | pictures
        page = (out / "index.html").read_text(encoding="utf-8")
        assert all(f"evaluation/{name}" in page for name in pictures) and "Verdict" in page
    again = runs.evaluate(str(shapes_run.path), **settings, out=tmp_path / "elsewhere")
    assert again.values == expected.values and again.protocol == expected.protocol


def test_an_output_folder_is_new_or_that_of_an_earlier_evaluation(
    squares, cache_dir, quiet, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    settings = {"features": "pixels", "cache_dir": cache_dir, "console": quiet}
    for name in ("evaluation", "evaluation-2"):
        runs.evaluate(squares[:60], 255 - squares, **settings)
        before = (tmp_path / name / "evaluation.json").read_bytes()
    runs.evaluate(squares[60:], 255 - squares, **settings, out=name)
    assert (tmp_path / name / "evaluation.json").read_bytes() != before
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("mine")
    for out, message in (("site", "not an empty folder"), ("site/index.html", "not an empty")):
        with pytest.raises(InvalidArgument, match=message):
            runs.evaluate(squares[60:], 255 - squares, **settings, out=out)
    assert (tmp_path / "site" / "index.html").read_text() == "mine"


def test_shared_images_are_named(squares, cache_dir, quiet, tmp_path):
    settings = {"features": "pixels", "cache_dir": cache_dir, "console": quiet}
    for generated, count in ((squares, 60), (np.concatenate([squares[:30], 255 - squares]), 30)):
        with pytest.warns(UserWarning, match=f"{count} of the 60 .* must not share images"):
            np.random.seed(0)
            runs.evaluate(generated[:60], squares, **settings, out=tmp_path / str(count))


@pytest.mark.parametrize(
    "shape, real_shape, compared, message",
    [
        (
            (16, 16, 1),
            (32, 24, 3),
            (16, 16, 1),
            "24×32 RGB, .* 16×16 grey like .*: cropped.*filter$",
        ),
        ((16, 16, 3), (16, 16, 1), (16, 16, 3), "16×16 grey, are compared as 16×16 RGB .* ones$"),
        ((32, 32, 1), (16, 16, 1), (32, 32, 1), "16×16 grey, are compared as 32×32 grey"),
    ],
)
def test_real_images_get_the_shape_of_generated_ones_aloud(shape, real_shape, compared, message):
    subject = open_subject(np.zeros((60, *shape), "uint8"))
    with pytest.warns(UserWarning, match=message):
        opened = open_real(np.zeros((60, *real_shape), "uint8"), subject)
    assert opened.image_shape == compared


def test_both_sets_are_resized_if_asked_for():
    subject = open_subject(np.zeros((60, 20, 30, 3), "uint8"), image_size=16)
    assert subject.image_shape == (16, 16, 3)
    with pytest.warns(UserWarning, match="are compared as 16×16 RGB"):
        assert open_real(np.zeros((60, 24, 24), "uint8"), subject).image_shape == (16, 16, 3)


def test_what_cannot_be_compared_is_refused(shapes_run, squares, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    wide = np.zeros((60, 20, 30, 1), "uint8")
    for given, real, size, message in (
        (squares, None, None, r"\(--data\) must be the real images to compare array with"),
        (squares[:49], squares, None, "array must have at least 50 images. Received: 49"),
        (squares, empty, None, "empty contains no"),
        (empty, squares, None, "empty contains no"),
        (tmp_path / "nothing", squares, None, "There is no run at .*nothing"),
        (wide, squares, None, "one shape. Received: 16×16 grey in array, 30×20 .*--image-size"),
        (shapes_run, None, 8, "only works with sets of images; shapes-dcgan generates .* 16×16"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            open_real(real, open_subject(given, size))
    subject = open_subject(shapes_run.path, 16)
    assert open_real(None, subject).image_shape == (16, 16, 1)


def test_labels_of_other_images_get_the_numbers_of_the_run():
    names = ["hair=black, smile=no", "hair=black, smile=yes", "hair=red, smile=no"]
    config = types.SimpleNamespace(conditional=True, data={"class_names": names})
    subject = types.SimpleNamespace(run=types.SimpleNamespace(config=config))
    columns = {"smile": ["no", "yes", "yes"], "hair": ["red", "black", "red"]}
    attributes, labels = data.Attributes.of(columns)
    pixels = np.zeros((3, 8, 8, 1), "uint8")
    arguments = {"read": pixels.__getitem__, "fingerprint": "0", "attributes": attributes}
    source = data.Source("others", (2, 8, 8, 1), labels=labels[:2], **arguments)
    found = subjects._numbered_as(subject, source)
    assert found.labels.tolist() == [2, 1] and found.class_names == names
    source = data.Source("others", (3, 8, 8, 1), labels=labels, **arguments)
    with pytest.warns(UserWarning, match="others are not used: the run has no class smile=yes, h"):
        assert subjects._numbered_as(subject, source).labels is None
