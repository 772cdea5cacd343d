"""The exported page, in a real browser, opened from disk."""

import io
import json
import re
import shutil
import urllib.error

import keras
import numpy as np
import pytest
from conftest import LATENT_DIM
from PIL import Image

from tfgan_kit import export, latent, models
from tfgan_kit.export import web
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.media.images import to_uint8
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


def opened(browser, folder, fragment=""):
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri() + fragment)
    page.wait_for_selector("#copy:enabled", timeout=60_000)
    return page


def assert_fits(page):
    """No scrolling to the side, on a telephone and on a desktop."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def saved(page, selector):
    with page.expect_download() as download:
        page.click(selector)
    path, name = download.value.path(), download.value.suggested_filename
    return np.asarray(Image.open(path).convert("RGB")), name


def test_a_link_shows_the_same_images_and_they_are_saved_as_png(page_folder, browser):
    _, folder = page_folder
    page = opened(browser, folder)
    assert_fits(page)
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
    image, name = saved(page, "figure:nth-child(3) canvas")
    assert name == f"image-{seed}-3.png"
    np.testing.assert_array_equal(image, images[2])
    page.click("#copy")
    page.wait_for_function("document.getElementById('done').textContent.startsWith('Cop')")
    page.click("#new")
    page.wait_for_selector("body[data-drawn='3']", timeout=30_000)
    assert re.search(r"#seed=\d+$", page.url) and page.url != link


NAMES = ["black </script>", "<b>grey</b>", "white & $more, a name too long for a small screen"]
SHOWN = [*NAMES[:2], "white & $more, a name too long for a sm…"]


@pytest.fixture(scope="module")
def labelled_page(npm, tmp_path_factory):
    """A DCGAN of three classes that differ, exported; the second is never drawn."""
    keras.utils.set_random_seed(2)
    generator, _ = models.dcgan((16, 16, 3), latent_dim=6, width=4, num_classes=3)
    for weight in generator.weights:
        if "embedding" in weight.path:
            weight.assign(3 * np.random.default_rng(0).normal(size=weight.shape))
    path = tmp_path_factory.mktemp("labelled") / "page"
    export.to_web(Exportable(generator, 3, NAMES, [3.0, 0.0, 1.0]), path, cache_dir=npm)
    return path


def drawn(page, number):
    """What the page shows after so many drawings: noise, images, captions and its address."""
    page.wait_for_selector(f"body[data-drawn='{number}']", timeout=60_000)
    captions = page.locator("figcaption").all_text_contents()
    return page.evaluate("from"), np.array(pixels(page)), captions, page.url.partition("#")[2]


def test_the_picker_shows_the_images_of_a_class(labelled_page, browser):
    loaded = export.load(labelled_page)
    page = opened(browser, labelled_page, "#seed=7")
    assert_fits(page)
    assert page.locator("#class option").all_text_contents() == ["All classes", *SHOWN]
    noise, mixed, captions, link = drawn(page, 1)
    assert link == "seed=7" and set(captions) == {SHOWN[0], SHOWN[2]}

    def assert_right(images, captions):
        expected = to_uint8(loaded.run(noise, [SHOWN.index(each) for each in captions]))
        rgb = images.reshape(16, 16, 16, 4)[..., :3]
        assert np.abs(rgb - expected.astype(int)).max() <= 1

    assert_right(mixed, captions)
    seen = []
    for number, name in enumerate(SHOWN):
        page.select_option("#class", str(number))
        same_noise, images, captions, link = drawn(page, number + 2)
        assert (same_noise, captions, link) == (noise, [name] * 16, f"seed=7&class={number}")
        assert_right(images, captions)
        seen.append(images)
    assert min(np.abs(seen[a] - seen[b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))) > 5
    assert saved(page, "#save")[1] == "images-7-class-2.png"
    assert saved(page, "figure:nth-child(3) canvas")[1] == "image-7-class-2-3.png"
    other = opened(browser, labelled_page, f"#{link}")
    assert drawn(other, 1)[1].tolist() == images.tolist() and other.input_value("#class") == "2"
    page.click("#new")
    new_noise, _, captions, link = drawn(page, 5)
    assert captions == [SHOWN[2]] * 16 and link.endswith("&class=2") and new_noise != noise
    page.select_option("#class", "")
    assert drawn(page, 6)[3] == link.removesuffix("&class=2")
    np.testing.assert_array_equal(
        drawn(opened(browser, labelled_page, "#seed=7&class=3"), 1)[1], mixed
    )
    for label in ("3", "-1", "0.5", "undefined", "'0'"):
        with pytest.raises(Exception, match="must be a class number from 0 to 2"):
            page.evaluate(f"window.generate(from[0], {label})")


def test_refusals_before_anything_is_written(make_gan, conditional_gan, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(InvalidArgument, match="exists"):
        export.to_web(make_gan(), tmp_path / "there")
    with pytest.raises(InvalidArgument, match="Received: .*, None classes, labels int32"):
        export.to_web(conditional_gan.generator, tmp_path / "page")
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
