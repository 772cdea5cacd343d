"""The page of a panorama: complete in itself, with the viewer as npm has it."""

import pathlib
import re

import numpy as np
import pytest

from tfgan_kit import export
from tfgan_kit.utils.errors import InvalidArgument

FOLDER = pathlib.Path(export.__file__).parent / "static"
FACES = np.arange(6, dtype="uint8").reshape(6, 1, 1, 1) * np.full((1, 8, 8, 1), 40, "uint8")


def test_the_page_has_everything(tmp_path):
    export.write_panorama(tmp_path / "room.html", FACES.repeat(3, axis=3), title="A <room>")
    page = (tmp_path / "room.html").read_text()
    assert "<title>A &lt;room&gt;</title>" in page and page.count("data:image/jpeg;base64,") == 6
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    for name in ("pannellum.js", "pannellum.css"):
        assert (FOLDER / name).read_text() in page


@pytest.mark.slow
def test_it_opens_in_a_browser(browser, tmp_path):
    export.write_panorama(tmp_path / "room.html", FACES)
    page = browser.new_page(viewport={"width": 200, "height": 200})
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url[:5]))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"file://{tmp_path / 'room.html'}")
    page.wait_for_function("window.viewer.isLoaded()")
    page.evaluate("viewer.lookAt(90, 0, 60, false)")
    assert errors == [] and set(requests) <= {"file:", "data:", "blob:"}
    page.close()


@pytest.mark.parametrize("shape", [(5, 8, 8, 3), (6, 8, 4, 3), (6, 8, 8, 2), (6, 8, 8)])
def test_refused(tmp_path, shape):
    with pytest.raises(InvalidArgument, match="`faces` must have shape .* Received: shape"):
        export.write_panorama(tmp_path / "room.html", np.zeros(shape, "uint8"))
    assert list(tmp_path.iterdir()) == []
