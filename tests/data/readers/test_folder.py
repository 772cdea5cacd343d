import pathlib
import warnings

import numpy as np
import pytest
from PIL import Image

from tfgan_kit import data
from tfgan_kit.data import spool
from tfgan_kit.data.readers import folder


def paint(path, value, size=(32, 32), mode="RGB", **options):
    """Paint one level below white, since almost black images are refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    level = 65535 - value if mode == "I;16" else 255 - value
    colour = level if mode in ("L", "I;16") else (level,) * 3
    Image.new(mode, size, colour).save(path, **options)
    return path


def values(source):
    return (255 - source.read(range(len(source)))[:, 0, 0, 0]).tolist()


def test_a_folder_without_classes_is_sorted_and_other_files_are_ignored(tmp_path):
    for number, name in enumerate(["c.BMP", "a.png", "b.WebP", "d.GIF"]):
        paint(tmp_path / name, number, **({"lossless": True} if "Web" in name else {}))
    (tmp_path / ".hidden.png").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    paint(tmp_path / ".git" / "a.png", 9)
    (tmp_path / "readme.txt").write_text("x")
    paint(tmp_path / "e" / "a.png", 4)
    with pytest.warns(UserWarning, match=r"Pillow does not read as images \(1\): readme.txt$"):
        source = data.open_source(tmp_path)
    assert values(source) == [1, 2, 0, 3, 4]
    assert (source.labels, source.class_names, source.num_classes) == (None, None, None)
    assert source.image_shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [([(side, side)] * 3, side) for side in (28, 512)]
    + [([(178, 218)] * 3, 64), ([(32, 32), (33, 33)], 32), ([(40, 50), (63, 63)], 32)]
    + [([(5, 9)], 16), ([(256, 256)] * 10 + [(20, 20)], 64), ([(300, 200)] * 3 + [(20, 90)], 64)]
    # A quarter of odd images changes nothing, more do.
    + [([(28, 28)] * 3 + [(60, 70)], 28), ([(28, 28)] * 2 + [(60, 70)], 16)]
    + [([(20, 20)] * 3 + [(90, 90)] * 9, 64), ([(20, 20)] * 4 + [(90, 90)] * 9, 16)]
    + [([(96, 96)] * 99 + [(97, 97)], 64)],
)
def test_sizes(sizes, wanted):
    assert folder.choose_size(sizes) == wanted


@pytest.mark.filterwarnings("ignore:.*mixed images of more than 8 bits")
def test_mixed_sizes_and_modes(tmp_path):
    paint(tmp_path / "a.png", 10, mode="L")
    paint(tmp_path / "b.png", 257 * 20, mode="I;16")
    grey = data.open_source(tmp_path)
    assert grey.image_shape == (32, 32, 1) and values(grey) == [10, 20]
    assert data.open_source(tmp_path, channels=3).image_shape == (32, 32, 3)
    paint(tmp_path / "b.png", 20, (33, 35))
    paint(tmp_path / "c.jpg", 30, (100, 80))
    source = data.open_source(tmp_path)
    assert source.image_shape == (32, 32, 3)
    assert np.abs(np.array(values(source)) - [10, 20, 30]).max() <= 1
    assert data.open_source(tmp_path, image_size=20, channels=1).image_shape == (20, 20, 1)


@pytest.mark.parametrize(
    ("name", "on_error", "message"),
    [("a.txt", "raise", "contains no PNG, JPEG"), ("a.png", "skip", "contains no readable image")],
)
def test_a_folder_without_images_is_an_error(tmp_path, name, on_error, message):
    (tmp_path / name).write_text("x")
    with pytest.raises(data.DataError, match=message):
        data.open_source(tmp_path, on_error=on_error)


def test_unreadable_images_are_named_or_skipped_with_one_warning(tmp_path):
    for number in range(6):
        paint(tmp_path / ("a" if number < 3 else "b") / f"{number}.png", number)
    (tmp_path / "a" / "1.png").write_bytes((tmp_path / "a" / "1.png").read_bytes()[:60])
    (tmp_path / "b" / "3.png").write_text("only text")
    (tmp_path / "b" / "4.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="left out 3 of 6 images") as caught:
        source = data.open_source(tmp_path, on_error="skip")
    assert len(caught) == 1
    assert values(source) == [0, 2, 5]
    assert source.labels.tolist() == [0, 0, 1]
    assert source.num_skipped == 3
    names = sorted(pathlib.Path(path).name for path, _ in source.skipped)
    assert names == ["1.png", "3.png", "4.png"]
    with pytest.raises(data.DataError, match=r"b/3\.png is not a PNG"):
        data.open_source(tmp_path)
    for name in ("3.png", "4.png"):
        (tmp_path / "b" / name).unlink()
    with pytest.raises(data.DataError, match=r"a/1\.png is unreadable or truncated"):
        data.open_source(tmp_path)


def test_decoding_on_each_read_agrees_with_decoding_ahead(tmp_path, monkeypatch):
    for number in range(50):
        paint(tmp_path / "ab"[number % 2] / f"{number:02}.png", number * 5, (20 + number, 30))
    ahead = data.open_source(tmp_path)
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 100)
    lazy = data.open_source(tmp_path)
    order = np.random.default_rng(0).permutation(50)
    np.testing.assert_array_equal(lazy.read(order), ahead.read(order))
    np.testing.assert_array_equal(lazy.labels, ahead.labels)
    assert (lazy.fingerprint, lazy.class_names) == (ahead.fingerprint, ["a", "b"])
    assert lazy.read([]).shape == (0, 16, 16, 3)
    skipping = data.open_source(lazy.name, on_error="skip")
    for name in ("a/48.png", "b/01.png"):
        (tmp_path / name).write_text("broken later")
    np.testing.assert_array_equal(skipping.read([24]), ahead.read([26]))
    assert skipping.labels[23:26].tolist() == [0, 1, 1] and skipping.num_skipped == 2


def test_the_fingerprint_follows_names_sizes_and_shape(tmp_path):
    paint(tmp_path / "a.png", 1)
    paint(tmp_path / "b.png", 2)
    prints = [data.open_source(tmp_path, image_size=size).fingerprint for size in (None, 16)]
    (tmp_path / "b.png").rename(tmp_path / "c.png")
    prints.append(data.open_source(tmp_path).fingerprint)
    (tmp_path / "c.png").write_bytes((tmp_path / "c.png").read_bytes() + b"longer")
    prints.append(data.open_source(tmp_path).fingerprint)
    assert len(set(prints)) == 4
    moved = tmp_path.with_name("moved")
    tmp_path.rename(moved)
    assert data.open_source(moved).fingerprint == prints[-1]


def test_one_folder_per_class_however_deep_or_linked_in_a_loop(tmp_path):
    folder = tmp_path / "images"
    paint(tmp_path / "elsewhere" / "1.png", 1)
    paint(folder / "cats" / "deep" / "er" / "2.png", 2)
    paint(folder / "cats" / "1.png", 3)
    (folder / "empty").mkdir()
    (folder / "dogs").symlink_to(tmp_path / "elsewhere")
    (folder / "cats" / "up").symlink_to(folder)
    links = pytest.warns(UserWarning, match=r"links to images .* already \(1\): cats/up$")
    with links, pytest.warns(UserWarning, match=r"left out empty folders \(1\): empty$"):
        source = data.open_source(folder)
    assert source.class_names == ["cats", "dogs"] and source.num_classes == 2
    assert source.labels.tolist() == [0, 0, 1]
    assert values(source) == [3, 2, 1]


@pytest.mark.parametrize(
    ("names", "note"),
    [
        (["cat/a.png", "cat/b.png"], 'one class only, "cat": not used as labels'),
        (["a.png", "cat/b.png"], "some images are in no folder of a class: no labels"),
        (["a.png", "b.png"], None),
        (["cat/a.png", "dog/b.png"], None),
    ],
)
def test_why_there_are_no_labels_is_noted(tmp_path, names, note):
    for name in names:
        paint(tmp_path / name, 1)
    source = data.open_source(tmp_path)
    assert source.notes == ([note] if note else [])
    assert (source.labels is None) == (note is not None or names == ["a.png", "b.png"])


def test_pillow_bomb_warnings_become_errors_and_nothing_is_printed(tmp_path, monkeypatch):
    paint(tmp_path / "a.png", 1)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(data.DataError, match=r"a\.png is refused as a decompression bomb"):
            data.open_source(tmp_path)
    assert caught == []
