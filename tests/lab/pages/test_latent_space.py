"""The page in a real browser: what it shows is what the explorer makes of what is chosen."""

import base64
import io
import json
import re
import urllib.parse

import numpy as np
import pytest
from PIL import Image
from waiting import until

from tfgan_kit import lab, media
from tfgan_kit.lab.pages.latent_space import _Explored, _Page
from tfgan_kit.runs.explorer import Explorer


@pytest.fixture(scope="module")
def address(start_lab, generators):
    return start_lab(generators) + "/latent_space"


@pytest.fixture(scope="module")
def styled(generators):
    return Explorer(generators / "styles")


@pytest.fixture(scope="module")
def plain(generators):
    return Explorer(generators / "plain")


def go(page, address, path, **chosen):
    query = {"path": str(path), **chosen}
    query = urllib.parse.urlencode({name: json.dumps(value) for name, value in query.items()})
    page.goto(f"{address}?{query}")
    page.locator(".preview[data-place]").wait_for()


def chosen(page):
    """What the address says."""
    query = urllib.parse.parse_qsl(page.evaluate("location.search").lstrip("?"))
    return {name: json.loads(value) for name, value in query}


def pixels(source):
    return np.array(Image.open(io.BytesIO(source)), "int")


def grid(page, name):
    return page.get_by_role("application", name=re.compile(f"^{name}"))


def wait_for_images(page, name, images, columns, padding=2):
    """Wait until a picture is these images, rounded."""
    image = grid(page, name).locator("img")
    expected = media.tile(images, columns, padding).squeeze()

    def shown():
        found = pixels(base64.b64decode(image.get_attribute("src").partition(",")[2]))
        return found.shape == expected.shape and np.abs(found - expected).max() <= 1

    until(shown)


def preview(page):
    """The place of the large image, and its pixels."""
    canvas = page.locator(".preview[data-place]")
    x, y = map(float, canvas.get_attribute("data-place").split())
    source = canvas.evaluate("canvas => canvas.toDataURL()")
    return (x, y), pixels(base64.b64decode(source.partition(",")[2]))[..., :3]


def slide(page, name, key, times=1):
    group = page.locator(".bk-input-group", has_text=re.compile(rf"^{name}: "))
    group.locator(".noUi-handle").focus()
    for _ in range(times):
        page.keyboard.press(key)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def download(page, name):
    with page.expect_download() as found:
        page.get_by_text(name, exact=True).click()
    return found.value.path().read_bytes()


def test_samples_and_the_map(page, address, generators, styled):
    go(page, address, generators / "styles")
    points, labels = styled.sample(24, 0), styled.labels(24)
    wait_for_images(page, "Samples", styled.images(points, labels), 6)
    page.get_by_label("Seed").fill("5")
    page.keyboard.press("Enter")
    points, labels = styled.sample(24, 5), styled.labels(24, seed=5)
    wait_for_images(page, "Samples", styled.images(points, labels), 6)
    page.get_by_label("hair").select_option("fair")
    labels = np.full(24, 2)
    wait_for_images(page, "Samples", styled.images(points, labels), 6)
    box = grid(page, "Samples").bounding_box()
    position = {"x": box["width"] * 2.5 / 6, "y": box["height"] * 1.5 / 4}
    grid(page, "Samples").click(position=position)
    page.keyboard.press("ArrowRight")
    until(lambda: chosen(page).get("sample") == [3, 1])
    slide(page, "2", "ArrowRight", 4)
    until(lambda: chosen(page).get("amount2") == 1)
    page.get_by_label("Up").select_option("3")
    directions = styled.directions("SeFa")
    base = points[9] + directions[1]
    line = [(x, -y) for y in np.linspace(-3, 3, 9) for x in np.linspace(-3, 3, 9)]
    plane = styled.plane_of_directions(base, 2, directions[0], directions[2])
    wait_for_images(page, "Map", styled.images(*styled.at(plane, line)), 9, 0)
    # Hovering shows the place pointed at; leaving, the one chosen.
    box = grid(page, "Map").bounding_box()
    grid(page, "Map").hover(position={"x": box["width"] * 0.9, "y": box["height"] * 0.2})
    (x, y), found = until(lambda: preview(page)[0] != (0, 0) and preview(page))
    assert abs(x - 0.9) < 0.01 and abs(y - 0.675) < 0.01
    expected = styled.images(*styled.at(plane, [(3 * x, 3 * y)]))[0]
    assert np.abs(found - expected).max() <= 1 and np.ptp(expected) > 0
    page.mouse.move(5, 5)
    until(lambda: preview(page)[0] == (0, 0))
    grid(page, "Map").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    until(lambda: chosen(page).get("place") == [0.125, 0.125])
    until(lambda: preview(page)[0] == (0.125, 0.125))
    expected = styled.images(*styled.at(plane, [(0.375, 0.375)]))[0]
    assert np.abs(preview(page)[1] - expected).max() <= 1
    assert np.abs(pixels(download(page, "Image (PNG)"))[..., None] - expected).max() <= 1
    press(page, "PCA")
    found = styled.directions("PCA")
    plane = styled.plane_of_directions(points[9] + found[1], 2, found[0], found[2])
    moved = styled.images(*styled.at(plane, line))
    wait_for_images(page, "Map", moved, 9, 0)
    press(page, "Reset")
    plane = styled.plane_of_directions(points[9], 2, found[0], found[2])
    wait_for_images(page, "Map", styled.images(*styled.at(plane, line)), 9, 0)
    assert "amount2" not in chosen(page)
    slide(page, "2", "ArrowRight", 4)
    wait_for_images(page, "Map", moved, 9, 0)
    press(page, "Middle")
    until(lambda: "place" not in chosen(page))
    slide(page, "Truncation", "Home")
    until(lambda: chosen(page).get("truncation") == 0)
    try:
        styled.truncation = 0.0
        expected = styled.images(points, labels)
    finally:
        styled.truncation = 1.0
    assert np.ptp(expected, axis=0).max() <= 1
    wait_for_images(page, "Samples", expected, 6)


def test_pins_walks_and_mixed_styles(page, address, generators, styled):
    go(page, address, generators / "styles")
    for place in ("[0.25, 0.5]", "[-0.5, 0]", "[0.5, -1]"):
        x, y = json.loads(place)
        box = grid(page, "Map").bounding_box()
        at = {"x": box["width"] * (x * 8 / 9 + 1) / 2, "y": box["height"] * (1 - y * 8 / 9) / 2}
        grid(page, "Map").click(position=at)
        page.keyboard.press("Enter")
        page.wait_for_timeout(50)
    until(lambda: len(chosen(page).get("classes", [])) == 3)
    pins = np.frombuffer(base64.urlsafe_b64decode(chosen(page)["pins"]), "<f2").reshape(3, 8)
    pins, labels = pins.astype("float32"), np.array(chosen(page)["classes"])
    points, directions = styled.sample(1, 0), styled.directions("SeFa")
    expected = points + 3 * (0.25 * directions[0] + 0.5 * directions[1])
    np.testing.assert_allclose(pins[0], expected[0], atol=0.05)
    own = styled.images(pins, labels)
    wait_for_images(page, "Pins", own, 3)
    # The walk, as a GIF and as one picture.
    frames = styled.walk(pins, labels, 8, "spherical", False)
    film = pixels(download(page, "Film (PNG)"))
    assert np.abs(film - media.tile(frames, 17).squeeze()).max() <= 1
    with Image.open(io.BytesIO(download(page, "Walk (GIF)"))) as file:
        first = np.array(file.convert("L"), "int")[::10, ::10]
        assert np.abs(first - own[0].squeeze()).max() <= 1 and file.n_frames > 10
    page.get_by_label("Way").select_option("Linear in styles")
    page.locator("input[type=checkbox]").check()
    slide(page, "Steps", "ArrowLeft", 5)
    until(lambda: chosen(page).get("steps") == 3 and chosen(page).get("closed"))
    frames = styled.walk(pins, labels, 3, "styles", True)
    film = pixels(download(page, "Film (PNG)"))
    assert np.abs(film - media.tile(frames, 10).squeeze()).max() <= 1
    # Mixed styles.
    slide(page, "Coarse layers", "ArrowLeft")
    until(lambda: chosen(page).get("cutoff") == 2)
    mixed = pixels(download(page, "Mixed (PNG)"))
    top = np.concatenate([np.full_like(own[:1], 255), own])
    rows = [
        np.concatenate([own[i : i + 1], row]) for i, row in enumerate(styled.mix(pins, labels, 2))
    ]
    assert np.abs(mixed - media.tile(np.concatenate([top, *rows]), 4).squeeze()).max() <= 1
    # A plane through the pins, and all of it again after a reload.
    page.get_by_label("Plane").first.select_option("Three pins")
    plane = styled.plane_through(pins, labels)
    line = [(x, -y) for y in np.linspace(-3, 3, 9) for x in np.linspace(-3, 3, 9)]
    images = styled.images(*styled.at(plane, line))
    wait_for_images(page, "Map", images, 9, 0)
    until(lambda: page.locator(".mark").all_inner_texts() == ["1", "2", "3"])
    before = until(lambda: "plane" in chosen(page) and chosen(page))
    page.reload()
    page.locator(".preview[data-place]").wait_for()
    wait_for_images(page, "Map", images, 9, 0)
    wait_for_images(page, "Pins", own, 3)
    assert chosen(page) == before
    # Without its third pin there is no such plane.
    grid(page, "Pins").click()
    until(lambda: chosen(page).get("chosen_pin") == [1, 0])
    press(page, "Remove")
    wait_for_images(page, "Pins", own[[0, 2]], 2)
    until(lambda: "plane" not in chosen(page))
    press(page, "Clear")
    page.get_by_text("Two pins or more can be walked through").wait_for()
    until(page.get_by_text("Walk (GIF)").is_disabled)
    assert_fits(page, 1280)


def assert_fits(page, width):
    """Nothing is beside a window of this width, and the map is large."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = grid(page, "Map").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["width"] > 250


# Points at the map as soon as the image of the last place is drawn.
FASTEST = """async (canvas) => {
  const map = canvas.parentElement.querySelector(".map"), box = map.getBoundingClientRect();
  const seconds = [];
  for (let x = 1; x <= 30; x++) {
    const start = performance.now();
    const drawn = new Promise((resolve) =>
      new MutationObserver(resolve).observe(canvas, { attributeFilter: ["data-place"] }));
    const at = { clientX: box.left + 9 * x, clientY: box.top + 9 * x };
    map.dispatchEvent(new PointerEvent("pointermove", at));
    await drawn;
    seconds.push((performance.now() - start) / 1000);
  }
  return Math.min(...seconds);
}"""


def test_the_image_follows_the_pointer(page, address, generators):
    go(page, address, generators / "plain")
    # No packet waits for the answer to the one before, which takes 0.04 s.
    assert page.locator(".preview[data-place]").evaluate(FASTEST) < 0.038


def test_without_labels_and_styles(page, address, generators, plain):
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, address, generators / "plain", seed=2)
    assert_fits(page, 390)
    points = plain.sample(24, 2)
    wait_for_images(page, "Samples", plain.images(points, None), 6)
    page.get_by_label("Plane").first.select_option("Random")
    page.get_by_label("Random plane").fill("3")
    page.keyboard.press("Enter")
    slide(page, "Reach", "ArrowLeft", 2)
    plane = plain.random_plane(points[0], None, 3)
    line = [(x, -y) for y in np.linspace(-2, 2, 9) for x in np.linspace(-2, 2, 9)]
    expected = plain.images(*plain.at(plane, line))
    wait_for_images(page, "Map", expected, 9, 0)
    found = pixels(download(page, "Map (PNG)"))
    assert np.abs(found - media.tile(expected, 9, 0)).max() <= 1
    assert page.get_by_label("Label").is_disabled()
    page.get_by_text("need a generator with styles, such as the recipe stylegan").wait_for()
    assert page.get_by_text("Mixed styles", exact=True).count() == 0


def test_another_generator_and_what_is_none(page, address, generators):
    go(page, address, generators / "plain")
    page.get_by_label("Generator").select_option(str(generators / "export" / "generator.tflite"))
    page.get_by_text("weights of a Keras model, and this file is tflite").wait_for()
    exported = Explorer(generators / "export")
    points = exported.sample(24, 0)
    wait_for_images(page, "Samples", exported.images(points, None), 6)
    until(page.get_by_role("button", name="PCA").is_disabled)
    page.get_by_label("Or a path").fill(str(generators / "missing"))
    page.keyboard.press("Enter")
    page.get_by_text("There is no run at").wait_for()
    until(lambda: grid(page, "Map").count() == 0)
    page.get_by_label("Or a path").fill(str(generators / "styles"))
    page.keyboard.press("Enter")
    page.get_by_label("hair").wait_for()
    until(lambda: page.get_by_text("There is no run at").count() == 0)
    until(lambda: chosen(page) == {"path": str(generators / "styles")})


@pytest.mark.parametrize(
    "query",
    [
        {"seed": -3, "plane": "x", "sample": [9], "truncation": "much", "up": 99, "cutoff": None},
        {"pins": "!!"},
        {"pins": 3},
        {"pins": "AAAA", "classes": [0]},
        {"pins": base64.b64encode(bytes(16)).decode(), "classes": [77]},
        {"pins": base64.b64encode(b"\xff" * 16).decode(), "classes": [0]},
    ],
)
def test_an_address_that_makes_no_sense(styled, query):
    explored = _Explored(styled, query, print, print)
    assert explored.changed() == {}


def test_a_plane_that_there_is_not(generators):
    page = _Page(generators / "plain")
    page.open(page.path, {"plane": "pins"})
    assert page.explored.changed() == {}
    page.open(str(generators / "export"), {"plane": "directions"})
    assert page.explored.widgets["plane"].value == "random" and not page.alert.visible


def test_in_a_notebook(generators, monkeypatch):
    view = lab.latent_space(str(generators / "plain"))
    assert len(view.select(type(view))) > 5
    monkeypatch.chdir(generators.parent)
    page = _Page("nowhere")
    assert page.alert.visible and page.alert.object.startswith("There is no run at nowhere")


def test_at_most_eight_pins(generators):
    page = _Page(generators / "plain")
    explored = page.explored
    for _ in range(8):
        explored._do(explored._pin)
    assert len(explored.pins) == 8 and explored.buttons["pin"].disabled
    explored._do(explored._pin)
    assert page.alert.object == "At most 8 images can be pinned. Remove one."
