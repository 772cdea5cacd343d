"""Real or fake, with its page in Python and in a browser."""

import shutil
from unittest import mock

import numpy as np
import pytest

from tfgan_kit import media, runs
from tfgan_kit.evaluation import people
from tfgan_kit.lab.pages import real_or_fake

PIXELS = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  return [...data].filter((_, i) => i % 4 === 0)
}"""
# Milliseconds from the first frame with the image to the first one with something else.
TIME_SEEN = """canvas => new Promise(done => {
  let since, first
  const look = (now) => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    const pixels = canvas.style.visibility === "visible" ? data.join() : ""
    if (pixels && !since) [since, first] = [now, pixels]
    if (since && pixels !== first) return done(now - since)
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})"""
WAYS = {
    "f": "real",
    "ArrowLeft": "real",
    "button.real": "real",
    "j": "generated",
    "ArrowRight": "generated",
    "button.generated": "generated",
}


@pytest.fixture
def opened(conditional_run, tmp_path, monkeypatch):
    """A page, and what it sends to the browser."""
    shutil.copytree(conditional_run.path, tmp_path / "judged")
    made, sent = real_or_fake._Page(tmp_path), []
    monkeypatch.setattr(made.screen, "_send_msg", sent.append)
    return made, sent


def test_the_browser_learns_what_an_image_is_only_after_the_answer(opened, complete):
    page, sent = opened
    page.num.value, page.exposure.value, page.name.value = 10, 125, " Ada "
    complete(page._start(None))
    for number, trial in enumerate(page.judging.trials, 1):
        message = sent[-1]
        assert set(message) == {"verdict", "text", "focus", "next"}
        assert set(message["next"]) == {"image", "exposure", "number", "total"}
        assert message["next"]["image"] is trial.image and message["next"]["exposure"] == 125
        verdict = message["verdict"]
        if number > 1:
            before = page.judging.trials[number - 2].kind
            right = before == "real"
            assert verdict == {"right": right, "text": f"{['Wrong', 'Right'][right]}: {before}"}
        # Twice, as when a key is held: once counts.
        for _ in range(2):
            page._receive({"answer": "real", "number": number, "seconds": 0.5, "shown": 124.96})
    assert len(people.read(page.run.people_path)) == 10
    assert sent[-1]["next"] is None and "Done" in sent[-1]["text"]
    record = people.read(page.run.people_path)[0]
    assert (record["judge"], record["exposure"], record["shown"]) == ("Ada", 125, 125.0)
    assert "<td class=number>5 of 10</td><td class=number>50 %</td>" in page.rates.object
    assert "24 to 76 %" in page.rates.object and "shown for 125 ms" in page.rates.object
    assert "50 % (24 % to 76 %) of 10 images" in page.run.page_path.read_text()


def test_without_feedback_the_rates_stay_until_the_end(opened, complete):
    page, sent = opened
    page.num.value, page.feedback.value = 10, False
    before = page.rates.object
    assert "Nobody has judged this run yet" in before
    complete(page._start(None))
    for number in range(1, 11):
        assert page.rates.object == before and sent[-1]["verdict"] is None
        assert sent[-1]["next"]["exposure"] is None
        page._receive({"answer": "real", "number": number, "seconds": 0.5, "shown": 500})
    assert "5 of 10" in page.rates.object


def test_errors_are_one_sentence(opened, tmp_path, complete, monkeypatch):
    page, sent = opened
    complete(page._start(None))
    monkeypatch.setattr(people, "append", mock.Mock(side_effect=OSError(28, "Disk full")))
    sent.clear()
    page._receive({"answer": "real", "number": 1, "seconds": 0.5, "shown": 500})
    assert "Disk full" in page.chosen.alert.object and page.chosen.alert.visible
    assert sent[-1]["next"]["number"] == 1, "the same image again"
    (tmp_path / "judged" / "generator.keras").unlink()
    page.drawn_from = None
    complete(page._start(None))
    assert "has no trained model yet" in page.chosen.alert.object and page.chosen.alert.visible
    assert not page.start.disabled and page.start.label == "Start again"
    empty = real_or_fake._Page(tmp_path / "judged" / "samples")
    assert empty.start.disabled and "There is no run in" in empty.chosen.alert.object


@pytest.fixture(scope="module")
def address(start_lab, conditional_run, first_shapes_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, run in (("classes", conditional_run), ("plain", first_shapes_run)):
        shutil.copytree(run.path, folder / name)
    return f"{start_lab(folder)}/real_or_fake", folder


def answer(page, number, way):
    page.get_by_text(f"Image {number} of 10").wait_for(timeout=60_000)
    page.locator("button.real:not([disabled])").wait_for()
    pixels = page.locator("canvas").evaluate(PIXELS)
    if way.startswith("button"):
        page.locator(way).click()
    else:
        page.keyboard.press(way)
    return pixels


def test_every_way_to_answer_in_a_browser(page, address):
    address, folder = address
    page.goto(f"{address}?run=classes&images=10&judge=Ada")
    page.get_by_role("button", name="Start").click()
    ways, pixels = [*WAYS, *list(WAYS)[:4]], []
    for number, way in enumerate(ways, 1):
        pixels.append(answer(page, number, way))
    page.get_by_text("Done. Thank you!").wait_for()
    run = runs.Run(folder / "classes")
    records = people.read(run.people_path)
    assert [record["answer"] for record in records] == [WAYS[way] for way in ways]
    assert {(record["judge"], record["exposure"]) for record in records} == {("Ada", None)}
    # Each was shown as it is.
    made = media.to_uint8(run.generate(5, seed=records[0]["seed"])).astype(int)
    source = run.open_source()
    for record, shown in zip(records, pixels, strict=True):
        number = record["number"]
        image = source.read([number])[0] if record["kind"] == "real" else made[number]
        assert np.abs(np.array(shown) - image.ravel()).max() <= 1
        assert 0 < record["seconds"] < 60 and record["shown"] >= 1000 * record["seconds"] - 1
    total = people.error_rates(records)["all images"]
    page.get_by_role("row", name="all images").get_by_text(f"{total.wrong} of 10").wait_for()
    rate = people.error_rates(records)["class 0"]
    cells = page.get_by_role("row", name="class 0").get_by_role("cell").all_inner_texts()
    low, high = (f"{100 * end:.0f}" for end in rate.interval)
    assert cells[1:4] == [
        *(f"{rate.wrong} of {rate.num}", f"{100 * rate.value:.0f} %", f"{low} to {high} %")
    ]


def test_times_are_exact_and_what_is_chosen_stays_after_a_reload_in_a_browser(page, address):
    address, folder = address
    page.goto(address)
    page.get_by_label("Run").select_option("plain")
    page.get_by_label("Time").select_option("500 ms")
    page.get_by_label("Images").select_option("10")
    page.get_by_label("Your name").fill("Bo")
    page.locator("input[type=checkbox]").uncheck()
    page.wait_for_function("location.search.includes('feedback=false')")
    page.reload()
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Image 1 of 10").wait_for(timeout=60_000)
    seen = page.locator("canvas").evaluate(TIME_SEEN)
    page.get_by_text("Real or generated?").wait_for()
    assert page.locator("canvas").evaluate("canvas => canvas.style.visibility") == "hidden"
    for number in range(1, 11):
        answer(page, number, "f")
    page.get_by_text("Done. Thank you!").wait_for()
    records = people.read(folder / "plain" / "people.jsonl")
    assert {(record["judge"], record["exposure"]) for record in records} == {("Bo", 500)}
    # A busy computer may leave out frames.
    assert 480 <= records[0]["shown"] <= 700
    assert records[0]["shown"] == pytest.approx(seen, abs=35)
    assert records[0]["seconds"] > 0.6, "answered when it was hidden"
    expected = people.error_rates(records)["shown for 500 ms"]
    assert (expected.wrong, expected.num) == (5, 10), "always the same answer"
    page.get_by_role("row", name="500 ms").get_by_text("5 of 10").wait_for()
