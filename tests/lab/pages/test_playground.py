"""The playground in a real browser: every control, and the session's numbers in the picture."""

import contextlib
import re
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import panel as pn
import pytest
from waiting import until

from tfgan_kit.lab.pages import playground as room
from tfgan_kit.lab.server import _free_port, routes
from tfgan_kit.lab.settings import Settings

SMALL = "generator_units=4&discriminator_units=4&batch_size=16"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The lab in a thread of this process, whose sessions can be asked."""
    port = _free_port(0)
    server = pn.serve(
        routes(tmp_path_factory.mktemp("runs")),
        port=port,
        address="127.0.0.1",
        websocket_origin=[f"127.0.0.1:{port}"],
        show=False,
        verbose=False,
        threaded=True,
        check_unused_sessions_milliseconds=200,
        unused_session_lifetime_milliseconds=500,
    )
    address = f"http://127.0.0.1:{port}/playground"
    until(lambda: answers(address))
    yield address
    server.stop()


def answers(address):
    try:
        return urllib.request.urlopen(address).status == 200
    except urllib.error.URLError:
        return False


@pytest.fixture
def opened(page, address):
    """Opens the playground with a query; returns its session."""

    def open_page(query=SMALL):
        known = [id(session) for session, *_ in room._TABS._kept.values()]
        page.set_default_timeout(20_000)
        page.goto(f"{address}?{query}")
        page.wait_for_selector(".lab[data-drawn]")
        (session,) = [
            session for session, *_ in room._TABS._kept.values() if id(session) not in known
        ]
        return session

    return open_page


_PIXELS = """(points) => {
  const inner = (root) => [...root.querySelectorAll("*")].filter((each) => each.shadowRoot);
  const find = (root) => root.querySelector(".layers canvas") ||
    inner(root).map((each) => find(each.shadowRoot)).find(Boolean);
  const canvas = find(document), size = canvas.width;
  const { data } = canvas.getContext("2d").getImageData(0, 0, size, size);
  const cell = (value) => Math.min(size - 1, Math.floor(value * size));
  const at = ([x, y]) => 4 * (cell(1 - y) * size + cell(x));
  const white = data.every((each) => each === 255);
  return [points.map((each) => [...data.slice(at(each), at(each) + 3)]), white];
}"""


def query(page):
    """The settings in the address; asked, since Playwright's own note of it may be old."""
    return dict(urllib.parse.parse_qsl(page.evaluate("location.search").lstrip("?")))


def shown_number(page):
    return int(page.get_attribute(".lab", "data-number"))


def settled(page, session):
    """Wait until the page shows the session's last frame, and return it."""
    until(lambda: session._thread._work_queue.empty() and not session.playing)
    until(lambda: shown_number(page) == session.frame.number)
    return session.frame


def test_buttons_keys_and_counters(page, opened):
    session = opened()
    for act in (lambda: page.click("[data-act=step]"), lambda: page.keyboard.press("s")):
        before = session.frame.iteration
        act()
        until(lambda before=before: session.frame.iteration == before + 1)
    counts = session.frame.discriminator_updates, session.frame.generator_updates
    page.click("[data-act=discriminator]")
    page.keyboard.press("d")
    page.click("[data-act=generator]")
    page.keyboard.press("g")
    until(
        lambda: (
            (session.frame.discriminator_updates, session.frame.generator_updates)
            == (counts[0] + 2, counts[1] + 2)
        )
    )
    for start, stop in (("click", "key"), ("key", "click")):
        for how in (start, stop):
            playing = session.playing
            page.click("[data-act=play]") if how == "click" else page.keyboard.press(" ")
            until(lambda playing=playing: session.playing != playing)
    frame = settled(page, session)
    assert page.inner_text("[data-is=iteration]") == f"{frame.iteration:,}"
    assert page.inner_text("[data-is=epoch]") == f"{frame.epoch:.1f}"
    page.select_option(".lab select", "full")
    until(lambda: session.speed == "full")
    page.keyboard.press("m")
    until(lambda: session.playing and session.slow and session.frame.stage == 1)
    until(lambda: "1 of 10: make fake points of noise" in page.text_content(".stage"))
    assert page.locator(".node.generator.lit").count() == 1
    page.click("[data-act=slow]")
    until(lambda: not session.playing)
    page.click("[data-act=reset]")
    until(lambda: session.frame.iteration == 0)


def test_pictures_are_the_numbers(page, opened):
    session = opened(f"{SMALL}&data=disjoint")
    session.step().result()
    frame = settled(page, session)
    view = frame.view
    for name, value in (
        ("discriminator", view.discriminator_loss), ("generator", view.generator_loss),
        ("KL", view.kl), ("JS", view.js), ("real points", view.real_accuracy),
    ):  # fmt: skip
        text = page.text_content(f'[data-series="{name}"]')
        assert text.split()[-1] == f"{value:.2f}"
    assert page.text_content('[data-series="modes"]').strip() == f"modes {view.modes} of 3"
    values = page.locator(".graph .value").all_text_contents()
    assert values == [f"{view.discriminator_loss:.3f}", f"{view.generator_loss:.3f}"]

    def colors(points):
        """Red, green and blue at points of the square, and whether all of it is white."""
        return page.evaluate(_PIXELS, np.asarray(points, "float64").tolist())

    def switch(*keys):
        for key in keys:
            drawn = int(page.get_attribute(".lab", "data-drawn"))
            page.keyboard.press(key)
            until(lambda drawn=drawn: int(page.get_attribute(".lab", "data-drawn")) > drawn)

    switch(*"1245")
    inside = [each for each in view.fakes if (each > 0.02).all() and (each < 0.98).all()]
    for red, _, blue in colors(inside[-5:])[0]:
        assert red > blue + 50, "orange"
    switch("3")
    assert colors([])[1], "nothing is drawn without layers"
    switch("2")
    ((red, _, blue),) = colors(frame.real[:1])[0]
    assert blue > red + 50
    switch("2", "1")
    # Bluer where the discriminator is surer.
    rows, columns = (each.ravel() for each in np.meshgrid(range(2, 38, 7), range(2, 38, 7)))
    found, _ = colors(np.stack([columns + 0.5, rows + 0.5], axis=1) / 40)
    blue = [each[2] - each[0] for each in found]
    assert np.corrcoef(view.heat[rows, columns], blue)[0, 1] > 0.95
    page.click('[data-layer="manifold"]')
    picture = ".layers canvas"
    still = page.eval_on_selector(picture, "canvas => canvas.toDataURL()")
    page.hover(".node.generator")
    until(lambda: page.eval_on_selector(picture, "canvas => canvas.toDataURL()") != still)


def test_every_setting_reaches_the_session_and_the_address(page, opened):
    session = opened()
    for title in ("Networks",):
        page.click(f"text={title}")
    wanted = {
        "data": "grid", "noise_dim": 1, "noise": "uniform", "activation": "tanh", "loss": "hinge",
        "penalty_weight": 0.1, "generator_optimizer": "sgd", "discriminator_optimizer": "rmsprop",
        "generator_rate": 0.01, "discriminator_rate": 0.003,
    }  # fmt: skip
    for name, value in wanted.items():
        label = Settings.param[name].label
        page.get_by_label(label, exact=True).select_option(str(value))
        until(lambda name=name, value=value: getattr(session.settings, name) == value)
    for name in ("conditional", "average"):
        label = f':text-is("{Settings.param[name].label}")'
        page.locator(f"input[type=checkbox]:left-of({label})").first.click()
        until(lambda name=name: getattr(session.settings, name))
    page.get_by_text("r1", exact=True).click()
    until(lambda: session.settings.penalties == ["r1"])
    page.get_by_label("Seed", exact=True).fill("5")
    page.keyboard.press("Enter")
    until(lambda: session.settings.seed == 5)
    handles = page.locator(".noUi-handle")
    names = [name for group in room._GROUPS.values() for name in group if name != "seed"]
    sliders = [name for name in names if isinstance(Settings.param[name], room.param.Integer)]
    assert handles.count() == len(sliders)
    for index, name in enumerate(sliders):
        before = getattr(session.settings, name)
        handles.nth(index).focus()
        page.keyboard.press("ArrowRight")
        until(lambda name=name, before=before: getattr(session.settings, name) != before)
    until(lambda: Settings.of_query(query(page)).as_dict() == session.settings.as_dict())


def test_loaded_again_it_is_the_same_session_and_a_closed_tab_frees_it(page, opened, monkeypatch):
    def kept():
        return [each for each, *_ in room._TABS._kept.values()]

    session = opened()
    session.step().result()
    page.reload()
    page.wait_for_selector(".lab[data-drawn]")
    assert session in kept()
    assert page.inner_text("[data-is=iteration]") == "1"
    before = page.evaluate("location.search")
    for title in ("Run", "Playground"):
        page.click(f"nav a:text-is('{title}')")
        page.wait_for_selector(f"nav a[aria-current]:text-is('{title}')")
    page.wait_for_selector(".lab[data-drawn]")
    assert page.evaluate("location.search") == before
    assert session in kept()
    monkeypatch.setattr(room._TABS, "grace", 0.1)
    page.goto("about:blank")
    until(lambda: session not in kept())
    assert session.experiment is None


def test_own_points_from_mouse_keyboard_and_file(page, opened, tmp_path):
    session = opened(f"{SMALL}&data=own")
    page.wait_for_selector("text=/This address has no points: a smile is learned/")
    canvas = page.locator(".layers canvas")
    box = canvas.bounding_box()
    for x, y in ((0.25, 0.25), (0.75, 0.5)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    canvas.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    until(lambda: np.shape(session.experiment.own_points) == (3, 2))
    np.testing.assert_allclose(
        session.experiment.own_points, [[0.25, 0.75], [0.75, 0.5], [0.5, 0.52]], atol=0.01
    )
    packed = until(lambda: query(page).get("points"))
    np.testing.assert_allclose(room.unpack(packed), session.experiment.own_points, atol=0.003)
    page.click("text=Files")
    (tmp_path / "bad.csv").write_text("1,2\nthree,4\n")
    (tmp_path / "good.csv").write_text("x,y\n" + "\n".join(f"{i},{i * 2}" for i in range(50)))
    chooser = page.locator('input[type="file"]').nth(1)
    chooser.set_input_files(tmp_path / "bad.csv")
    page.wait_for_selector("text=/line 2/")
    chooser.set_input_files(tmp_path / "good.csv")
    until(lambda: len(session.experiment.own_points) == 50)
    until(lambda: page.inner_text(".message") == "")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "large.csv").write_bytes(b"1,2\n" * 2_500_001)
    for name, message in (("empty", "no numbers"), ("large", "too large: at most 10 MB")):
        chooser.set_input_files(tmp_path / f"{name}.csv")
        page.wait_for_selector(f"text=/{message}/")
    page.click("[data-act=clear]")
    until(lambda: "points" not in query(page) and len(session.points) == 0)


def test_files_and_script(page, opened, tmp_path):
    session = opened()
    session.step().result()
    page.click("text=Files")
    downloads = {}
    for label in ("Save", "Export as Python"):
        button = page.locator("a, button").filter(has_text=re.compile(f"(Download|^) ?{label}"))
        with page.expect_download() as download:
            button.first.click()
        downloads[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(downloads[label])
    assert "tfgan_kit.models.mlp" in downloads["Export as Python"].read_text()
    session.reset().result()
    page.locator('input[type="file"]').first.set_input_files(downloads["Save"])
    until(lambda: session.frame.iteration == 1)


@pytest.mark.parametrize("title", ["Mode collapse", "25 modes, trained"])
def test_presets(page, opened, title):
    (preset,) = [each for each in room.PRESETS if each.title == title]
    session = opened()
    page.get_by_label("Preset").select_option(title)
    until(lambda: session.settings.as_dict() == preset.make().as_dict())
    page.wait_for_selector(f"text={preset.text[:25]}")
    until(lambda: query(page) == preset.make().as_query())
    until(lambda: session.frame.iteration == (10_000 if preset.trained else 0))
    assert page.get_by_label("Loss", exact=True).input_value() == preset.make().loss
    until(lambda: "25" in page.text_content('[data-series="modes"]') or not preset.trained)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (768, 1024), (390, 844)])
def test_readable_at(page, opened, width, height):
    page.set_viewport_size({"width": width, "height": height})
    opened()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    box = page.locator(".layers canvas").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["width"] > 250
    if width == 390:
        below = page.get_by_label("Preset").bounding_box()
        assert below["y"] > box["y"], "the picture comes first"


def test_tour_and_message_of_a_bad_address(page, opened):
    opened(f"{SMALL}&loss=unknown")
    page.wait_for_selector("text=/wrong setting, so the default is used: `loss` must be/")
    page.keyboard.press("?")
    for number in range(1, 8):
        page.wait_for_selector(f"text=/{number} of 7: /")
        page.click('[data-tour="next"]')
    assert page.locator(".tour").count() == 0
    page.click('[data-act="tour"]')
    page.keyboard.press("Escape")
    assert page.locator(".tour").count() == 0


@pytest.fixture
def made():
    """A playground without a browser, and the messages that it sends."""
    layout = room.playground(generator_units=4, discriminator_units=4, batch_size=16)
    shown, sent = layout.playground, []
    shown.session.ready.result()
    shown.picture._send_msg = lambda message, **more: sent.append(message)
    with contextlib.closing(shown.session):
        yield shown, sent


def finish(shown):
    shown.session._do(lambda: None).result()
    shown.send()


def test_points_of_a_file_are_the_data_and_what_is_drawn_is_added(made):
    shown, sent = made
    shown._read({"content": b"1,2\n3,x"}, shown._read_points)
    assert sent[-1]["text"].startswith("The file must have two numbers on each line")
    shown._read({"content": b"0,0\n1,1\n"}, shown._read_points)
    assert sent[-1]["text"] == "" and shown.chosen.data == "own"
    shown._receive({"type": "points", "points": [[0.5, 0.25]]})
    finish(shown)
    expected = [[0.05, 0.05], [0.95, 0.95], [0.5, 0.25]]
    np.testing.assert_allclose(shown.session.experiment.own_points, expected, atol=1e-6)
    shown._take_points(np.zeros((401, 2)))
    assert "no room for more than 400 points" in sent[-1]["text"]
    shown._read({}, shown._read_points)
    assert sent[-1]["text"] == "The file is too large: at most 10 MB can be read"


def test_the_last_preset_counts_and_begins_anew(made):
    shown, _ = made
    trained = next(each for each in room.PRESETS if each.trained)
    shown.preset.value = trained
    finish(shown)
    assert shown.session.frame.iteration == 10_000
    shown.preset.value = room.PRESETS[0]
    finish(shown)
    assert shown.session.frame.iteration == 0
    shown.preset.value, shown.preset.value = trained, room.PRESETS[1]
    shown.send()
    finish(shown)
    expected = room.PRESETS[1].make().as_dict()
    assert shown.session.settings.as_dict() == shown.chosen.as_dict() == expected
    assert shown.preset.value is room.PRESETS[1]
    shown.chosen.seed = 3
    assert shown.preset.value == "" and not shown.text.object


def test_the_points_of_an_address_come_into_a_tab_that_has_others(made):
    shown, _ = made
    shown.session.change(points=np.array([[0.5, 0.123]], "float32")).result()
    room._TABS._kept["here"] = shown.session, None, None
    for text, expected in (
        (room.pack(shown.session.points), [[0.5, 0.123]]),
        (room.pack(np.ones((2, 2))), np.ones((2, 2))),
    ):
        page = room.Playground(Settings(**{**shown.chosen.as_dict(), "data": "own"}), False)
        page._points = room.unpack(text)
        page._hello({"tab": "here", "again": True})
        finish(page)
        np.testing.assert_allclose(shown.session.experiment.own_points, expected, atol=1e-6)
    del room._TABS._kept["here"]


def test_every_setting_has_a_visible_tooltip(made):
    shown, _ = made
    groups = shown.controls[-1][:3]
    widgets = [each for group in groups for each in group.select(pn.widgets.Widget)]
    tips = [getattr(each, "description", None) for each in widgets]
    tips += [each.value for each in widgets if isinstance(each, pn.widgets.TooltipIcon)]
    assert {Settings.param[name].doc for name in Settings.names()} <= set(tips)


def test_in_a_notebook_a_call_makes_it():
    layout = room.playground(data="grid", generator_units=4, discriminator_units=4)
    session = layout.playground.session
    session.ready.result()
    assert session.settings.data == "grid"
    layout.playground._receive({"type": "step", "role": None})
    session._do(lambda: None).result()
    assert session.frame.iteration == 1
    with contextlib.closing(session):
        message = room._message(session.frame, slow=False)
    size = sum(int(np.prod(shape)) for _, shape in message["shapes"])
    assert message["data"].shape == (size,) and message["data"].dtype == np.float32
