"""Points of text files: every way to divide columns, and one sentence for each mistake."""

import numpy as np
import pytest

from tfgan_kit.data.points import read_points, to_unit_square
from tfgan_kit.utils.errors import InvalidArgument

EXPECTED = [[0.5, -2.0], [1000.0, 0.25]]


@pytest.mark.parametrize(
    "text",
    ["0.5,-2\n1e3,.25\n", "0.5, -2\r\n1e3 ,.25", "0.5;-2\n1e3;.25", "0,5;-2\n1e3;0,25"]
    + ["0.5\t-2\n1e3\t.25", " 0.5  -2 \n\n1e3 .25\n\n", '"0.5","-2"\n"1e3","0.25"']
    + [
        "x,y\n0.5,-2\n1e3,.25",
        "# x y\n0.5 -2\n1e3 .25",
        "# about\nx,y,\n0.5,-2,\n1e3,.25,",
        "\ufeffx;y\n0,5;-2\n1e3;,25",
    ],
)
def test_every_way_to_divide_columns(text, tmp_path):
    (tmp_path / "points.txt").write_bytes(text.encode())
    for source in (text, text.encode(), tmp_path / "points.txt", str(tmp_path / "points.txt")):
        assert read_points(source).tolist() == EXPECTED
    assert read_points(text.lstrip("\ufeff").encode("utf-16")).tolist() == EXPECTED


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", r"two numbers on each line\. Received: no numbers"),
        ("x,y\n", r"two numbers on each line\. Received: no numbers"),
        ("a,b\nc,d\n", "line 2: 'c,d'"),
        ("a,b\n\n1,2\n3\n", "line 4: '3'"),
        ("1,2,3\n", "line 1: '1,2,3'"),
        ("x,1\n", "line 1: 'x,1'"),
        ("1,\n", "line 1: '1,'"),
        ("0,5 0,7\n", "line 1: '0,5 0,7'"),
        ("nan,nan\n", "line 1: 'nan,nan'"),
        ("1,2\n1,inf\n", "line 2: '1,inf'"),
        ("1,2\n1,1e308\n", "line 2: '1,1e308'"),
        ("1,2\n" + "9" * 999, "line 2: '9{60}'$"),
        (b"\xff1", "`source` must be text in UTF-8"),
        ("no/such.csv", r"path of a file.*source='no/such.csv' \(No such file or directory\)"),
        (".", r"path of a file.*\(Is a directory\)"),
        ("a\0b", "path of a file.*null"),
        (3, "path of a file.*source=3"),
        (None, "path of a file.*source=None"),
        ("1,2\n" * 100_001, r"at most 100,000 points\. Line 100001 is more"),
    ],
)
def test_one_sentence_for_each_mistake(source, message):
    with pytest.raises(InvalidArgument, match=message) as raised:
        read_points(source)
    assert "\n" not in str(raised.value)


def test_the_most_points():
    assert read_points("1,2\n" * 100_000).shape == (100_000, 2)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([[0, 0], [2, 1]], [[0.05, 0.275], [0.95, 0.725]]),
        ([[-1e90, 5], [1e90, 5]], [[0.05, 0.5], [0.95, 0.5]]),
        ([[1e-320, 0], [0, 0]], [[0.95, 0.5], [0.05, 0.5]]),
        ([[7, 7], [7, 7]], [[0.5, 0.5], [0.5, 0.5]]),
    ],
)
def test_scaled_by_one_factor(points, expected):
    np.testing.assert_allclose(to_unit_square(np.array(points, float)), expected, atol=1e-3)
