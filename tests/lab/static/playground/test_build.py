"""The bundle of the playground is made of the sources beside it, with the licences of d3."""

import importlib.util
import pathlib
import re

# The sources are not installed.
ROOT = pathlib.Path(__file__).parents[4]
SPEC = importlib.util.spec_from_file_location(
    "build", ROOT / "tfgan_kit" / "lab" / "static" / "playground" / "build.py"
)
build = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(build)


def test_the_bundle_is_of_these_sources():
    text = build.BUNDLE.read_text(encoding="utf-8")
    found = re.match(r"/\* sources (\w+)", text).group(1)
    assert found == build.fingerprint(), "run `python build.py` in static/playground"


def test_licences_are_there_and_no_address_is_asked():
    text = build.BUNDLE.read_text(encoding="utf-8")
    for name in ("d3-scale", "d3-selection", "d3-shape", "internmap"):
        assert f"\n{name}\nCopyright" in text
    code = text.partition("*/")[2]
    assert set(re.findall(r"https?://[\w./]+", code)) <= {
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/XML/1998/namespace",
        "http://www.w3.org/2000/xmlns/",
    }
