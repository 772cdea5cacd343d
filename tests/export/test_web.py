"""The exported page, in a real browser, opened from disk."""

import io
import json
import re
import shutil
import urllib.error

import numpy as np
import pytest
from conftest import LATENT_DIM
from PIL import Image

from tfgan_kit import export, latent
from tfgan_kit.export import web
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture(scope="module")
def page_folder(first_export, npm, tmp_path_factory):
    generator, _ = first_export
    path = tmp_path_factory.mktemp("web") / "page"
    run = {"title": "Blobs <dcgan> & co"}
    verification = export.to_web(generator, path, run=run, cache_dir=npm)
    assert verification.path == str(path)
    return generator, path


def test_folder_is_complete_and_checked(page_folder, tmp_path):
    generator, folder = page_folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "MODEL_CARD.md", "NOTICE.txt", "export.json", "generator.tflite", "index.html",
        "model.js", "runtime.js",
    ]  # fmt: skip
    text = (folder / "index.html").read_text()
    assert "<h1>Blobs &lt;dcgan&gt; &amp; co</h1>" in text
    assert "http" not in text, "it needs no network"
    images = export.load(folder).generate(3, seed=1)
    expected = generator.predict(latent.sample(3, LATENT_DIM, seed=1), verbose=0)
    np.testing.assert_allclose(images, expected, atol=1e-5)
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "model.js").write_text("window.MODEL = {};")
    with pytest.raises(InvalidArgument, match="model.js is not the file"):
        export.load(tmp_path / "copy")


def pixels(page):
    return page.evaluate(
        "Array.from(document.querySelectorAll('canvas')).map((c) => "
        "Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data))"
    )


def test_the_page_draws_the_images_of_python(page_folder, browser):
    generator, folder = page_folder
    page = browser.new_page()
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto((folder / "index.html").as_uri())
    page.wait_for_selector("#new:enabled", timeout=60_000)
    first = pixels(page)
    assert len({tuple(each) for each in first}) == 16, "all different"
    noise = np.random.default_rng(0).normal(size=(4, LATENT_DIM)).astype("float32")
    drawn = [
        page.evaluate(f"window.generate({json.dumps(each.tolist())}).then((v) => Array.from(v))")
        for each in noise
    ]
    expected = generator.predict(noise, verbose=0)
    assert np.abs(np.reshape(drawn, expected.shape) - expected).max() < 1e-3
    page.evaluate(
        "document.getElementById('interpolate').value = 1;"
        "document.getElementById('interpolate').dispatchEvent(new Event('input'))"
    )
    page.wait_for_selector("body[data-drawn='2']", timeout=30_000)
    interpolated = pixels(page)
    assert interpolated != first
    page.click("#new")
    page.wait_for_selector("body[data-drawn='3']", timeout=30_000)
    assert pixels(page) not in (first, interpolated)
    assert page.input_value("#interpolate") == "0"
    assert failures == []
    assert "Generated in this browser" in page.inner_text("#state")


def opened(browser, folder, fragment="", **options):
    page = browser.new_page(**options)
    page.goto((folder / "index.html").as_uri() + fragment)
    page.wait_for_selector("#copy:enabled", timeout=60_000)
    return page


def saved(page, selector):
    with page.expect_download() as download:
        page.click(selector)
    path, name = download.value.path(), download.value.suggested_filename
    return np.asarray(Image.open(path).convert("RGB")), name


@pytest.mark.parametrize("width", [1280, 390])
def test_a_link_shows_the_same_images_and_they_are_saved_as_png(page_folder, browser, width):
    _, folder = page_folder
    page = opened(browser, folder, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(
        "document.getElementById('interpolate').value = 0.25;"
        "document.getElementById('interpolate').dispatchEvent(new Event('input'))"
    )
    page.wait_for_selector("body[data-drawn='2']", timeout=30_000)
    first, link = pixels(page), page.url
    seed = re.search(r"#seed=(\d+)&interpolate=0.25$", link).group(1)
    other = opened(browser, folder, f"#{link.partition('#')[2]}")
    assert (pixels(other), other.input_value("#interpolate")) == (first, "0.25")
    other.evaluate("location.hash = '#seed=7'")
    other.wait_for_selector("body[data-drawn='2']", timeout=30_000)
    assert pixels(other) == pixels(opened(browser, folder, "#seed=7")) != first
    images = np.reshape(first, (16, 8, 8, 4)).astype("uint8")[..., :3]
    grid, name = saved(page, "#save")
    assert name == f"images-{seed}.png"
    tiled = images.reshape(4, 4, 8, 8, 3).swapaxes(1, 2).reshape(32, 32, 3)
    np.testing.assert_array_equal(grid, tiled)
    image, name = saved(page, "canvas:nth-child(3)")
    assert name == f"image-{seed}-3.png"
    np.testing.assert_array_equal(image, images[2])
    page.click("#copy")
    page.wait_for_function("document.getElementById('done').textContent.startsWith('Cop')")
    page.click("#new")
    page.wait_for_selector("body[data-drawn='3']", timeout=30_000)
    assert re.search(r"#seed=\d+$", page.url) and page.url != link


def test_refusals_before_anything_is_written(make_gan, conditional_gan, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(InvalidArgument, match="exists"):
        export.to_web(make_gan(), tmp_path / "there")
    with pytest.raises(InvalidArgument, match="with labels"):
        export.to_web(conditional_gan, tmp_path / "page")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def no_network(url, timeout):
    raise urllib.error.URLError("no network")


@pytest.mark.parametrize(
    "urlopen, message",
    [
        (no_network, r"core-2\.5\.3\.tgz cannot be downloaded .*put that file at"),
        (lambda url, timeout: io.BytesIO(b"other"), "is not LiteRT.js 2.5.3: its hash differs"),
    ],
)
def test_damaged_files_are_neither_used_nor_kept(urlopen, message, monkeypatch, tmp_path):
    monkeypatch.setattr(web.urllib.request, "urlopen", urlopen)
    (tmp_path / "litert-js").mkdir()
    (tmp_path / "litert-js" / "core-2.5.3.tgz").write_bytes(b"half")
    with pytest.raises(InvalidArgument, match=message):
        web.litert_js(tmp_path)
    assert [path.read_bytes() for path in tmp_path.rglob("*.tgz")] == [b"half"]


def test_files_of_the_real_package(npm):
    files = web.litert_js(npm)
    assert files["wasm"][:4] == b"\0asm"
    assert b"ModuleFactory" in files["glue"]
    assert b"loadAndCompile" in files["core"]
    assert b"import {" not in files["core"], "it is one script"
