import pathlib

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import data
from tfgan_kit.data.readers import tfds
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), "uint8")


@pytest.fixture
def everything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("faces.npz", images=PIXELS, labels=[0, 0, 1, 1, 2])
    np.save("faces.npy", PIXELS)
    for number, picture in enumerate(PIXELS):
        images.write_image(f"faces/{number}.png", picture)
        images.write_image(f"classes/{number // 2}/{number}.png", picture)
    images.write_image("mnist/0.png", PIXELS[0])
    return tmp_path


@pytest.mark.parametrize("name", ["faces", "faces/", "./faces", "faces.npz", "faces.npy"])
def test_every_kind_of_path_gives_the_same_images(everything, monkeypatch, name):
    monkeypatch.setenv("HOME", str(everything))
    for path in (name, everything / name, f"~/{name}"):
        np.testing.assert_array_equal(data.open_source(path).read(range(5)), PIXELS)


@pytest.mark.parametrize("name", ["classes", "faces.npz"])
def test_images_and_labels_reach_the_batches(everything, name):
    assert data.open_source(name).num_classes == 3
    batch, labels = next(iter(data.load(name, batch_size=4, labels=True, shuffle=True, seed=3)))
    chosen = data.batch_indices(5, 4, seed=3, step=0)
    np.testing.assert_array_equal(labels, np.array([0, 0, 1, 1, 2])[chosen])
    np.testing.assert_allclose((batch + 1) * 127.5, PIXELS[chosen], atol=1e-4)


def test_arrays_opened_sources_and_names(everything):
    source = data.open_source(PIXELS)
    np.testing.assert_array_equal(source.read([4]), PIXELS[[4]])
    assert data.open_source(source) is source
    assert data.open_source(source, image_size=16, channels=3) is source
    with pytest.raises(data.DataError, match="already opened with 16×16 pixels"):
        data.open_source(source, image_size=8)
    with pytest.raises(data.DataError, match="already opened with 3 channels"):
        data.open_source(source, channels=1)
    with pytest.raises(data.DataError, match="already opened with the range"):
        data.open_source(source, value_range=(0, 1))
    # A name that exists is a path, except digits.
    assert len(data.open_source("mnist")) == 1
    (everything / "digits").mkdir()
    assert len(data.open_source("digits")) == 1797


@pytest.mark.parametrize(
    ("name", "message"),
    [("faces.npx", r"no such file or folder: faces\.npx\. Did you mean .*faces\.npz")]
    + [("./face", "no such file or folder: face. Did you mean faces")]
    + [("faces/cats", "no such file or folder: faces/cats"), ("a/b/c", "no such file or folder")]
    + [("nowhere/faces.npz", "nowhere/faces.npz. The folder nowhere does not exist either")]
    + [(name, "no such file") for name in ("~mnist", "a\\b", pathlib.Path("tiny_faces"))]
    + [("faces/0.png", "faces/0.png must be at least as large as its crops")],
)
def test_missing_paths_are_not_mistaken_for_names(everything, monkeypatch, name, message):
    monkeypatch.setattr(tfds, "_find_builder", lambda *_: pytest.fail("mistaken for a name"))
    with pytest.raises(data.DataError, match=message):
        data.open_source(name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"source": None}, "`source` must be a name, .*Received: NoneType")]
    + [
        ({"source": [PIXELS]}, "Received: list. numpy.stack makes"),
        ({"source": " "}, "Received: ' '"),
    ]
    + [({"source": tf.constant([0.0])}, "numpy.asarray of a tensor")]
    + [({"source": tf.data.Dataset.range(1)}, "`fit` takes a tf.data.Dataset as it is")]
    + [
        ({"value_range": wrong}, r"`value_range` \(--range\) must be two numbers")
        for wrong in (1, (0, 1, 2), (1, 0), (0, float("inf")), "ab")
    ]
    + [({"image_size": 5000}, "`image_size` must be None or an integer from 1 to 4096")]
    + [({"channels": 2}, "`channels` must be one of None, 1, 3. Received: channels=2")]
    + [({"on_error": "ignore"}, "on_error='ignore'")]
    + [({"split": "test"}, "`split` only works with a TensorFlow data set or a folder")]
    + [({"source": data.Source("x", PIXELS.shape, None, ""), "split": "train"}, "x is already")],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        data.open_source(**{"source": "digits", **arguments})
