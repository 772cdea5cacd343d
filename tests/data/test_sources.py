import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data import sources
from tfgan_kit.media import images

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), "uint8")


@pytest.fixture
def everything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("faces.npz", images=PIXELS)
    np.save("faces.npy", PIXELS)
    for number, picture in enumerate(PIXELS):
        images.write_image(f"faces/{number}.png", picture)
    images.write_image("mnist/0.png", PIXELS[0])
    return tmp_path


@pytest.mark.parametrize("name", ["faces", "faces/", "./faces", "faces.npz", "faces.npy"])
def test_every_kind_of_path_gives_the_same_images(everything, name):
    for path in (name, everything / name):
        np.testing.assert_array_equal(data.open_source(path).read(range(5)), PIXELS)


def test_arrays_and_opened_sources():
    source = data.open_source(PIXELS)
    np.testing.assert_array_equal(source.read([4]), PIXELS[[4]])
    assert data.open_source(source) is source
    assert data.open_source(source, image_size=16, channels=3) is source
    with pytest.raises(data.DataError, match="already opened with 16×16 pixels"):
        data.open_source(source, image_size=8)
    with pytest.raises(data.DataError, match="already opened with 3 channels"):
        data.open_source(source, channels=1)


def test_a_name_that_exists_is_a_path(everything):
    assert len(data.open_source("mnist")) == 1
    (everything / "digits").mkdir()
    assert len(data.open_source("digits")) == 1797


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("faces.npx", r"^faces\.npx: no such file or folder\. Did you mean .*faces\.npz"),
        ("./face", "^face: no such file or folder. Did you mean faces"),
        ("faces/cats", "^faces/cats: no such file"),
        ("nowhere/faces.npz", "no folder nowhere either"),
        ("a/b/c", "no such file or folder"),
        ("faces/0.png", "is a single image. Give the folder"),
    ],
)
def test_missing_paths_are_never_taken_for_names(everything, monkeypatch, name, message):
    monkeypatch.setattr(sources, "open_tfds", lambda *_: pytest.fail("taken for a name"))
    with pytest.raises(data.DataError, match=message):
        data.open_source(name)


@pytest.mark.parametrize("source", [None, 3, [PIXELS], "", " ", "a\0b"])
def test_other_types_and_empty_names(source):
    with pytest.raises(data.DataError, match="`source` must be"):
        data.open_source(source)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"image_size": 0}, "image_size=0"),
        ({"image_size": 5000}, r"\[1, 4096\]"),
        ({"image_size": 28.0}, "image_size=28.0"),
        ({"image_size": True}, "image_size=True"),
        ({"image_size": (28, 28)}, "image_size="),
        ({"channels": 2}, "channels=2"),
        ({"channels": True}, "channels=True"),
        ({"on_error": "ignore"}, "on_error='ignore'"),
        ({"split": "test"}, "`split` chooses among"),
    ],
)
def test_arguments_out_of_range(kwargs, message):
    with pytest.raises(data.DataError, match=message):
        data.open_source("digits", **kwargs)
