"""`interpolate` and `directions` as a user types them: the pictures hold what they should."""

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from tfgan_kit import latent


@pytest.fixture
def tfgan_kit(tfgan_kit, generators, open_once):
    open_once(generators / "styles").truncation = 1.0
    return tfgan_kit


def tiles(path, size, columns):
    """The grey images of a grid, by row and column."""
    with Image.open(path) as file:
        pixels = np.asarray(file.convert("L"))
    factor = pixels.shape[1] // (2 + columns * (size + 2))
    cells = pixels[2 * factor :: factor, 2 * factor :: factor]
    return cells.reshape(-1, size + 2, columns, size + 2).swapaxes(1, 2)[:, :, :size, :size]


def test_a_picture_has_a_row_between_points(tfgan_kit, generators, open_once, tmp_path):
    path, own = generators / "styles", open_once(generators / "styles")
    labels = ["--label", "2", "--label", "hair=black, smile=no", "--label", "2"]
    out = tfgan_kit("interpolate", path, "--seeds", "5,6,7", *labels, "--steps", 3).out
    assert out == "Wrote 7 images through 3 points to walk.png\n"
    points = np.concatenate([own.sample(1, seed) for seed in (5, 6, 7)])
    expected = own.walk(points, np.array([2, 0, 2]), 3, "spherical", False)[..., 0]
    rows = [[0, 1, 2, 3], [3, 4, 5, 6]]
    np.testing.assert_array_equal(tiles(tmp_path / "walk.png", 16, 4), expected[rows])


def test_class_numbers_alone_have_no_way_between_them(
    tfgan_kit, generators, open_once, monkeypatch
):
    """As those of an exported file."""
    own = open_once(generators / "styles")
    monkeypatch.setattr(own, "walk", lambda *arguments: np.zeros((3, 16, 16, 1), "uint8"))
    monkeypatch.setattr(own, "model", None)
    call = ["interpolate", generators / "styles", "--seeds", "1,2", "--steps", 2, "--label", 1]
    assert "jump" not in tfgan_kit(*call).out
    assert tfgan_kit(*call, "--label", 2).out.startswith("Images jump from class to class: ")


def test_a_closed_walk_in_w_ends_where_it_began(tfgan_kit, generators, open_once, tmp_path):
    options = ["--method", "w", "--closed", "--steps", 2, "--truncation", 0.5, "--label", "1"]
    tfgan_kit("interpolate", generators / "styles", "--seeds", "3,4", *options)
    found, own = tiles(tmp_path / "walk.png", 16, 3), open_once(generators / "styles")
    np.testing.assert_array_equal(found[1, 2], found[0, 0])
    np.testing.assert_array_equal(found[1], found[0, ::-1])
    assert own.truncation == 0.5
    ends = own.images(np.concatenate([own.sample(1, 3), own.sample(1, 4)]), np.ones(2, int))
    np.testing.assert_array_equal(found[0, [0, 2]], ends[..., 0])


@pytest.mark.parametrize("closed", [False, True])
def test_an_animation_of_an_export(tfgan_kit, generators, tmp_path, closed):
    options = ["-o", "a.gif", "--steps", 4, *["--closed"][:closed]]
    tfgan_kit("interpolate", generators / "export", "--seeds", "0,1", *options)
    with Image.open(tmp_path / "a.gif") as file:
        # The first image follows the last one anyway.
        assert file.n_frames == (8 if closed else 5) and file.size == (256, 256)


def test_one_seed_from_label_to_label(tfgan_kit, generators, open_once, tmp_path):
    labels = ["--label", "0", "--label", "2", "--steps", 2]
    tfgan_kit("interpolate", generators / "styles", "--seeds", "3", *labels)
    own = open_once(generators / "styles")
    ends = own.images(own.sample(1, 3).repeat(2, axis=0), np.array([0, 2]))[..., 0]
    found = tiles(tmp_path / "walk.png", 16, 3)[0]
    assert np.abs(found[[0, 2]].astype(int) - ends).max() <= 1
    assert not (found[1] == found[0]).all() and not (found[1] == found[2]).all()


def rows(path, columns, size=16, caption=24):
    """The grey images of a picture of directions, without their captions."""
    with Image.open(path) as file:
        pixels = np.asarray(file.convert("L"))
    width = 2 + columns * (size + 2)
    factor = pixels.shape[1] // width
    strips = pixels.reshape(-1, factor * (size + 4) + caption, pixels.shape[1])[:, :-caption]
    cells = strips[:, 2 * factor :: factor, 2 * factor :: factor]
    return cells.reshape(len(cells), -1, columns, size + 2)[:, :size, :, :size].swapaxes(1, 2)


def read(path):
    with np.load(path) as file:
        return file["vector"], str(file["space"]), str(file["name"])


@pytest.mark.parametrize("method", ["sefa", "pca"])
def test_directions_are_drawn_and_written(tfgan_kit, generators, open_once, tmp_path, method):
    options = ["--method", method, "-n", 2, "--amount", 2, "--steps", 5, "-o", "a.png"]
    out = tfgan_kit("directions", generators / "plain", "--seed", 3, *options).out
    assert out == "Wrote 2 directions to a.png, and each to a-NUMBER.npz beside it\n"
    own = open_once(generators / "plain")
    expected = own.directions({"sefa": "SeFa", "pca": "PCA"}[method], 2)
    with Image.open(tmp_path / "a.png") as file:
        assert file.size[0] >= 480
    for number in (1, 2):
        vector, space, name = read(tmp_path / f"a-{number}.npz")
        np.testing.assert_array_equal(vector, expected[number - 1])
        assert space == "z" and name == f"{method} {number}"


def test_directions_towards_the_classes_of_styles(tfgan_kit, generators, open_once, tmp_path):
    options = ["--method", "labels", "--label", "2", "--seed", 3, "--steps", 3, "--amount", 2]
    tfgan_kit("directions", generators / "styles", *options)
    own, found = open_once(generators / "styles"), rows(tmp_path / "directions.png", 3)
    labels = own.labels(2000)
    mapping = latent.style_networks(own.model)[0]
    styles = latent.decode(mapping, latent.sample(2000, 4, seed=0), labels)[:, 0]
    for number, expected in enumerate(latent.supervised(styles, labels)):
        vector, space, name = read(tmp_path / f"directions-{number + 1}.npz")
        np.testing.assert_allclose(vector, expected * (styles @ expected).std(), atol=1e-4)
        assert (space, name) == ("w", own.class_names[number])
        moved = np.pad(np.array([-2, 0, 2])[:, None] * vector, ((0, 0), (4, 0)))
        images = own.images((own.sample(1, 3) + moved).astype("float32"), np.full(3, 2))
        assert np.abs(found[number].astype(int) - images[..., 0]).max() <= 1


def test_directions_of_a_classifier(tfgan_kit, generators, open_once, tmp_path):
    """Of the brighter half: by regression of noise on what the classifier says."""
    own = open_once(generators / "export")
    inputs = keras.Input(own.image_shape)
    mean = layers.GlobalAveragePooling2D()(inputs)
    level = float(own.images(own.sample(2000, 0), None).mean())
    both = layers.Concatenate()(
        [layers.Rescaling(1, -level)(mean), layers.Rescaling(-1, level)(mean)]
    )
    keras.Model(inputs, both).save(tmp_path / "c.keras")
    options = ["--method", "labels", "--classifier", "c.keras"]
    tfgan_kit("directions", generators / "export", *options)
    (brighter, space, name), (darker, _, _) = (
        read(tmp_path / f"directions-{number}.npz") for number in (1, 2)
    )
    assert (space, name) == ("z", "class 0")
    np.testing.assert_allclose(darker, -brighter, atol=1e-6)
    points = own.sample(50, 1)
    means = [own.images(points + step * brighter, None).mean() for step in (-2, 0, 2)]
    assert means[0] < means[1] - 0.5 and means[1] < means[2] - 0.5


DIRECTIONS = [
    (["plain", "--method", "labels"], "--method labels needs --classifier"),
    (["plain", "--method", "svm"], "`method` must be one of 'sefa', 'pca', 'labels', 'ex"),
    (["plain", "--method", "examples"], "--method examples needs --examples: a folder of pictur"),
    (["plain", "--examples", "x"], "--examples does not work with --method sefa"),
    (["export", "--method", "examples", "--examples", "x"], "needs a Keras model"),
    (["plain", "-n", "7"], "`num` must be an integer from 1 to 6"),
    (["styles", "--method", "labels", "-n", "2"], "-n does not work with --method labels"),
    (["plain", "--classifier", "c.keras"], "--classifier does not work with --method sefa"),
    (
        ["plain", "--method", "labels", "--classifier", "c.keras"],
        "Cannot read --classifier c.keras",
    ),
    (["export"], "Directions come from the weights of a Keras model, and this file is tflite"),
    (["styles", "--label", "0", "--label", "1"], "`label` must be given once"),
    (["plain", "-o", "a.txt"], "--output must end in an image format"),
]


@pytest.mark.parametrize("arguments, message", DIRECTIONS)
def test_what_directions_refuses(tfgan_kit, generators, tmp_path, arguments, message):
    error = tfgan_kit("directions", generators / arguments[0], *arguments[1:], code=2).err
    assert message in error and error.count("\n") == 1 and error.startswith("tfgan-kit: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["plain", "--method", "w"], "--method w: Truncation, mixed styles and walks in w need a "),
        (["plain", "--method", "cubic"], "`method` must be one of 'spherical', 'linear', 'w'"),
        (["plain", "--truncation", "0.7"], "--truncation 0.7: Truncation, mixed styles and walks"),
        (["plain", "--label", "3"], "`label` only works with generators that take labels"),
        (["plain", "--seeds", "1"], "at least two points: give several --seeds or several --label"),
        (["plain", "--seeds", "1,x"], "`seeds` must be non-negative integers with commas"),
        (["plain", "--seeds", "1,-2"], "`seeds` must be non-negative integers with commas"),
        (["styles", "--label", "0", "--label", "1"], "Received: 2 labels and 3 seeds"),
        (["styles", "--label", "3"], '`label` must be one of "hair=black'),
        (["plain", "-o", "walk.txt"], "--output must end in an image format"),
        (["plain", "-o", "walk.gif", "--fps", "0"], "`fps` must be"),
        (["nowhere"], "nowhere"),
    ],
)
def test_refusals_are_one_line_without_a_file(tfgan_kit, generators, tmp_path, arguments, message):
    error = tfgan_kit("interpolate", generators / arguments[0], *arguments[1:], code=2).err
    assert message in error and error.count("\n") == 1 and error.startswith("tfgan-kit: ")
    assert not list(tmp_path.iterdir())
