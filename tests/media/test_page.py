"""Pages: valid, escaped, one column on a phone, and nothing for what is missing."""

import html.parser

import numpy as np
import pytest

from tfgan_kit import media
from tfgan_kit.media import page


class Reader(html.parser.HTMLParser):
    """The elements of a page in order, with their attributes, and its words."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attributes for each, attributes in self.elements if each == tag]


def test_empty_sections_are_left_out_and_texts_are_escaped():
    sections = [page.section("A & b", "<p>x</p>"), page.section("Empty", ""), ""]
    text = page.fill_page("<run>", "a < b", [*sections, page.section("None", page.pictures([""]))])
    assert text.count("<section") == 1 and "Empty" not in text and "None" not in text
    assert "<h1>&lt;run&gt;</h1>" in text and "a &lt; b" in text and "A &amp; b" in text
    reader = Reader(text)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in (
        reader.all("meta")
    )
    assert not reader.all("script")


@pytest.mark.parametrize("seconds", [None, 20])
def test_a_page_reloads_only_if_told_to(seconds):
    found = Reader(page.fill_page("a", "b", [], seconds)).all("meta")
    assert ({"http-equiv": "refresh", "content": "20"} in found) == (seconds == 20)


@pytest.mark.parametrize(("num", "least"), [(1, "28rem"), (3, "20rem"), (4, "28rem")])
def test_pictures_fill_their_rows_and_open_at_full_size(tmp_path, num, least):
    path = tmp_path / "sub" / 'a"b.png'
    media.write_image(path, np.zeros((4, 4, 1), "uint8"))
    figure = page.picture(tmp_path, path, "<title>")
    assert page.picture(tmp_path, tmp_path / "missing.png", "title") == ""
    reader = Reader(page.pictures([figure, "", *[figure] * (num - 1)]))
    assert reader.all("div") == [{"class": "columns", "style": f"--least: {least}"}]
    assert len(reader.all("img")) == num and reader.words == "<title>" * num
    source = reader.all("img")[0]["src"]
    assert source.partition("?")[0] == "sub/a%22b.png"
    assert reader.all("a")[0]["href"] == source


def test_commands_are_one_block_each():
    assert page.commands({}) == ""
    reader = Reader(page.commands({"Draw:": "sample 'a b' > c", "In Python:": "x = 1"}))
    assert len(reader.all("pre")) == 2
    assert reader.words == "Draw:sample 'a b' > cIn Python:x = 1"
