"""Attributes of the images of a folder: tables as people write them, and nested folders."""

import json
import warnings

import numpy as np
import pytest
from PIL import Image

from tfgan_kit import data

TABLE = "file,hair,smile\n1.png,black,yes\n2.png,red,no\n3.png,,yes\n"


def paint(root, *names):
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 100 + 10 * number).save(path)


@pytest.fixture
def photos(tmp_path):
    paint(tmp_path / "photos", "1.png", "2.png", "3.png")
    return tmp_path / "photos"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def given(source):
    """The values of each image."""
    attributes = source.attributes
    return [
        {
            name: values[number]
            for name, values, number in zip(attributes.names, attributes.values, row, strict=True)
            if number >= 0
        }
        for row in attributes.table[source.labels]
    ]


EXPECTED = [
    {"hair": "black", "smile": "yes"},
    {"hair": "red", "smile": "no"},
    {"smile": "yes"},
]


@pytest.mark.parametrize(
    "name, text",
    [
        ("attributes.csv", TABLE),
        ("attributes.csv", "\ufeff" + TABLE.replace(",", ";").replace("\n", "\r\n") + "\r\n"),
        ("attributes.csv", TABLE.replace("file", "").replace("png,", "png\t").replace(",", "\t")),
        (
            "attributes.csv",
            ",smile,id,hair\n0,yes,./1.png,black\n1,no,photos\\2.png,red\n2,yes,3.png,\n",
        ),
        (
            "attributes.json",
            json.dumps({f"{n}.png": each for n, each in enumerate(EXPECTED, 1)}),
        ),
        (
            "attributes.json",
            '{"3.png": {"hair": null, "smile": "yes"}, "1.png": {"hair": "black", "smile": "yes"}, '
            '"2.png": {"smile": "no", "hair": "red"}}',
        ),
    ],
)
def test_tables_as_people_write_them(photos, name, text):
    (photos / name).write_text(text.replace("photos\\", ".\\"), encoding="utf-8")
    source = data.open_source(photos)
    assert given(source) == EXPECTED
    assert source.num_classes == 4 == len(source.class_names)
    whole = source.complete()
    assert len(whole) == 2 and whole.fingerprint != source.fingerprint
    np.testing.assert_array_equal(whole.labels, source.labels[:2])
    np.testing.assert_array_equal(whole.read([1]), source.read([1]))
    assert data.open_source(photos, attributes="none").num_classes is None


def test_a_table_elsewhere_some_of_its_attributes_and_their_fingerprints(photos, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(TABLE)
    source = data.open_source(photos, attributes="table.csv:smile")
    assert source.attributes.names == ("smile",) and source.complete() is source
    fingerprints = {source.fingerprint, data.open_source(photos, attributes=table).fingerprint}
    table.write_text(TABLE.replace("red,no", "red,yes").replace(",,yes", ",,no"))
    fingerprints.add(data.open_source(photos, attributes=table).fingerprint)
    fingerprints.add(data.open_source(photos).fingerprint)
    assert len(fingerprints) == 4


def test_rows_and_images_without_each_other_are_counted(photos):
    text = TABLE.replace("2.png", "9.png").replace(",,", ",red,")
    (photos / "attributes.csv").write_text(text + "1.png.png,red,no\n")
    with pytest.warns(UserWarning) as caught:
        source = data.open_source(photos)
    messages = [str(each.message).partition(": ")[2] for each in caught]
    assert messages == [
        "2 rows left out, since there is no such image: 9.png, 1.png.png",
        "1 image without a row, so none of its attributes is given: 2.png",
    ]
    assert given(source) == [{"hair": "black"}, {}, {"hair": "red"}]
    assert source.notes == ["left out attributes with fewer than two values: smile"]


@pytest.mark.parametrize(
    "text, setting, message",
    [
        (TABLE + "1.png,red,no\n", None, "line 5: 1.png has a row already, line 2"),
        (TABLE + "x.png,red\n", None, "line 5 has 2 cells; the first line has 3"),
        (TABLE.replace("hair", "smile"), None, "must have a different name for each column"),
        ("a,b\nx,y\n", None, "a column with file names such as 1.png, and .* Received: a, b"),
        ("", None, "Received: no columns"),
        ("file,hair\n1.png,x\n2.png,x\n3.png,\n", None, "attribute with at least two values"),
        (TABLE, "attributes.csv:hat", "has no attribute 'hat'. It has hair, smile; did you mean"),
        (TABLE, "other.csv", r"\(--attributes\) must be a table .* There is no file other.csv"),
        (TABLE, "folders", "needs all images of .* in folders, at the same depth"),
        (TABLE.partition("\n")[2], None, "a first line with the names .* with the image 1.png"),
        (b"\xff\xfe\x00", None, "cannot be read as a CSV file in UTF-8"),
    ],
)
def test_one_sentence_about_a_wrong_table(photos, text, setting, message):
    (photos / "attributes.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with warnings.catch_warnings(action="ignore"), pytest.raises(data.DataError, match=message):
        data.open_source(photos, attributes=setting)


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "cannot be read as a JSON file"),
        ('{"1.png": {"a": 1}, "1.png": {"a": 2}}', "a JSON file: '1.png' is there twice"),
        ('{"1.png": {"hair": ["a"]}}', 'must be like {"1.png": {"hair": .* Received: .* for 1.png'),
        ('["1.png"]', "must be like"),
        ('{"9.png": {"hair": "a"}}', "must have rows of images .* None of its files is there"),
    ],
)
def test_one_sentence_about_a_wrong_json(photos, text, message):
    (photos / "t.json").write_text(text)
    with warnings.catch_warnings(action="ignore"), pytest.raises(data.DataError, match=message):
        data.open_source(photos, attributes="t.json")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("place", ["", "train"])
def test_a_table_of_a_split_and_one_of_all_splits(photos, place):
    paint(photos, "train/4.png", "train/5.png", "test/6.png")
    for name in ("1.png", "2.png", "3.png"):
        (photos / name).unlink()
    rows = "file,hair\n4.png,black\ntrain/5.png,red\n" + "6.png,red\n" * (place == "")
    (photos / place / "attributes.csv").write_text(rows)
    assert given(data.open_source(photos)) == [{"hair": "black"}, {"hair": "red"}]


def test_values_that_differ_in_capitals_only_are_named(photos):
    (photos / "attributes.csv").write_text(TABLE.replace("red", "Black"))
    notes = data.open_source(photos).notes
    assert notes == ["values of hair that differ in capitals only: Black, black"]


def test_other_mistakes(photos, tmp_path):
    paint(photos, "a/4.png", "b/4.png")
    (photos / "attributes.csv").write_text(TABLE + "4.png,red,no\n")
    with pytest.raises(data.DataError, match="line 5: 4.png may be a/4.png and b/4.png. Give its"):
        data.open_source(photos)
    (photos / "attributes.json").write_text("{}")
    with pytest.raises(data.DataError, match="must have one of attributes.csv and attributes.json"):
        data.open_source(photos)
    with pytest.raises(data.DataError, match="--attributes. only works with a folder of images"):
        data.open_source("digits", attributes="folders")


NESTED = ("black/no/1.png", "black/yes/2.png", "red/no/3.png", "red/yes/4.png")


@pytest.mark.parametrize(
    "names, setting, expected",
    [
        (NESTED, None, {"folder 1": ("black", "red"), "folder 2": ("no", "yes")}),
        ([f"train/{each}" for each in NESTED] + ["test/black/no/5.png"], None, "as above"),
        ([f"all/{each}" for each in NESTED[:3]], None, "as above"),
        # A hierarchy: each deeper folder is in one folder only.
        (("pets/cat/1.png", "pets/dog/2.png", "wild/owl/3.png", "wild/fox/4.png"), None, None),
        (("a/images/1.png", "b/images/2.png"), None, None),
        (("black/1.png", "red/2.png"), None, None),
        ((*NESTED, "black/5.png"), None, None),
        (NESTED, "none", None),
        (("black/1.png", "red/2.png"), "folders", {"folder 1": ("black", "red")}),
    ],
)
def test_nested_folders_are_attributes_if_most_combinations_occur(
    tmp_path, names, setting, expected
):
    paint(tmp_path / "photos", *names)
    source = data.open_source(tmp_path / "photos", attributes=setting)
    if expected is None:
        assert source.attributes is None and source.num_classes == 2
        return
    if expected == "as above":
        expected = {"folder 1": ("black", "red"), "folder 2": ("no", "yes")}
    found = source.attributes
    assert dict(zip(found.names, found.values, strict=True)) == expected
    assert source.labels.tolist() == list(range(len(source)))
