"""The latent space of a trained generator: samples, a map, directions, walks, mixed styles."""

import base64
import binascii
import functools
import io
import json
import pathlib
import urllib.parse

import numpy as np
import panel as pn
import param

from tfgan_kit.lab.pages.latent_controls import (
    accepts,
    buttons,
    card,
    choices,
    downloads,
    flow,
    tipped,
    value_of,
)
from tfgan_kit.lab.pages.tiles import background, gif, is_smooth, png, rgba, tag, tiled
from tfgan_kit.runs.explorer import Explorer, find_generators
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["latent_space"]

_COLUMNS, _SAMPLES = 6, 24
_STRIP = 7
_FILM = 12
_MOST_PINS = 8


class _Explored:
    """One opened generator on the page."""

    def __init__(self, explorer, query, report, write):
        self.explorer, self._report, self._write = explorer, report, write
        self.lacks, self.smooth = explorer.lacks, is_smooth(explorer.image_shape)
        self.side = 5 if self.smooth else 9  # Images of the map each way.
        self.num = len(explorer.directions("SeFa")) if "directions" not in self.lacks else 0
        self.amounts = [f"amount{number}" for number in range(1, self.num + 1)]
        self.pins, self.pin_labels = explorer.sample(0, 0), []
        self.shown = {}  # Images and columns of what can be downloaded, by name.
        self.widgets = choices(explorer, self.amounts)
        self.labelled = [name for name in self.widgets if name.startswith("label")]
        self.buttons, self.downloads = buttons(), downloads(self._file)
        html = functools.partial(pn.pane.HTML, sizing_mode="stretch_width", margin=(0, 10))
        self.strips = [html() for _ in self.amounts]
        self.hint, self.film, self.mixed = html(), html(), html()
        self.defaults = self.values()
        self._restore(query)
        self.view = self._layout()
        self._watch()
        self.refresh()

    # fmt: off
    def _layout(self):
        w, b, d = self.widgets, self.buttons, self.downloads
        moves = [each for pair in zip(map(w.get, self.amounts), self.strips, strict=True)
                 for each in pair]
        cards = [
            card("Samples", 280, flow(
                w["seed"], *map(w.get, self.labelled), tipped(
                    w["truncation"], "Below 1 styles are closer to their mean: images are more "
                    "alike and have fewer faults."), d["samples"],
            ), w["sample"], self._why("styles")),
            card("Map", 540, flow(w["plane"], w["across"], w["up"], w["turn"], tipped(
                w["reach"], "How far the map goes, in standard deviations of the noise or styles.",
            )), w["place"], flow(b["pin"], b["middle"], d["image"], d["map"])),
            card("Directions", 300, self._why("directions"), flow(tipped(
                w["method"], "Each slider moves the chosen sample in one direction, by standard "
                "deviations; the strip shows what it does from -3 to 3."), b["reset"]), *moves),
            card("Pins and interpolation", 400, self.hint, w["chosen_pin"],
                  flow(b["remove"], b["clear"]), flow(
                w["way"], tipped(w["steps"], "Steps from each pin to the next."),
                tipped(w["closed"], "Whether the walk returns to the first pin."),
                d["walk"], d["film"]), self.film),
        ]
        if "styles" not in self.lacks:
            cards.append(card("Mixed styles", 400, flow(tipped(
                w["cutoff"], "How many of the first layers get the styles of the row's image; the "
                "others get those of the column's."), d["mixed"]), self.mixed))
        return pn.FlexBox(*cards, sizing_mode="stretch_width", gap="8px 16px")
    # fmt: on

    def _why(self, name):
        text = self.lacks.get(name)
        return text and pn.pane.HTML(f"<i>{text}</i>", sizing_mode="stretch_width")

    # What is chosen, as JSON values by name.

    def values(self):
        """Everything chosen, by name."""
        pins = base64.urlsafe_b64encode(self.pins.astype("<f2").tobytes()).decode()
        chosen = {name: getattr(each, value_of(each)) for name, each in self.widgets.items()}
        return {**chosen, "pins": pins, "classes": self.pin_labels}

    def changed(self):
        """The values that differ from those at the beginning."""
        values = self.values().items()
        return {name: value for name, value in values if value != self.defaults[name]}

    def _restore(self, query):
        """Take what an address asks for, and leave out what it cannot."""
        for name in query.keys() & self.widgets.keys():
            if accepts(self.widgets[name], query[name]):
                setattr(self.widgets[name], value_of(self.widgets[name]), query[name])
        try:
            pins = np.frombuffer(base64.urlsafe_b64decode(query["pins"]), "<f2")
            pins = pins.astype("float32").reshape(-1, self.pins.shape[1])[:_MOST_PINS]
            labels = [int(each) for each in query.get("classes", [])][:_MOST_PINS]
        except (KeyError, TypeError, ValueError, binascii.Error):
            return
        limit = self.explorer.class_limit
        fits = len(labels) == (0 if limit is None else len(pins))
        if fits and np.isfinite(pins).all() and all(0 <= each < limit for each in labels):
            self.pins, self.pin_labels = pins, labels

    def _watch(self):
        def watch(names, function, kind="value"):
            for name in names:
                self.widgets[name].param.watch(lambda _: self._do(function), kind)

        # Sliders say `value` while they are dragged.
        watch(["seed", *self.labelled], self.refresh)
        watch(["truncation"], self.refresh, "value_throttled")
        watch(["sample"], self._choose, "cursor")
        watch(["method"], self._choose)
        watch(["plane", "across", "up", "turn"], self._show_map)
        watch(["reach", *self.amounts], self._show_map, "value_throttled")
        watch(["reach", *self.amounts], self._ask)
        watch(["place", "chosen_pin"], lambda: None, "cursor")
        watch(["way", "closed"], self._show_walk)
        watch(["steps"], self._show_walk, "value_throttled")
        watch(["cutoff"], self._show_mixed, "value_throttled")
        for name, button in self.buttons.items():
            button.on_click(lambda _, name=name: self._do(getattr(self, f"_{name}")))
        self.widgets["place"].on_msg(self._answer)

    def _do(self, function):
        """Call it, then write the address; a mistake is one sentence on the page."""
        self._report("")
        try:
            function()
        except InvalidArgument as error:
            self._report(error)
        self._write()

    # What is shown.

    def refresh(self):
        """Draw samples, and everything that follows from them."""
        w, explorer = self.widgets, self.explorer
        explorer.truncation = w["truncation"].value
        label = w["label"].value if "label" in w else None
        if explorer.attributes:
            asked = {name.partition(".")[2]: w[name].value for name in self.labelled}
            label = {name: value for name, value in asked.items() if value} or None
        self.points = explorer.sample(_SAMPLES, w["seed"].value)
        label = None if label in (-1, "none") else label
        self.labels = explorer.labels(_SAMPLES, label, w["seed"].value)
        images = explorer.images(self.points, self.labels)
        self.shown["samples"] = images, _COLUMNS
        w["sample"].show(images, _COLUMNS)
        self._choose()
        self._show_pins()

    def _chosen(self):
        column, row = self.widgets["sample"].cursor
        at = min(max(0, int(row * _COLUMNS + column)), _SAMPLES - 1)
        return self.points[at], None if self.labels is None else self.labels[at]

    def _directions(self):
        return self.explorer.directions(self.widgets["method"].value)

    def _choose(self):
        point, label = self._chosen()
        for number, strip in enumerate(self.strips):
            moved = point + np.linspace(-3, 3, _STRIP)[:, None] * self._directions()[number]
            labels = None if label is None else np.full(_STRIP, label)
            images = self.explorer.images(moved.astype("float32"), labels)
            strip.object = tag(images, _STRIP, f"Direction {number + 1}: -3 to 3", self.smooth)
        self._show_map()

    def _plane(self):
        w, kind = self.widgets, self.widgets["plane"].value
        if kind == "pins" and len(self.pins) > 2:
            return self.explorer.plane_through(self.pins[:3], self._classes())
        point, label = self._chosen()
        if self.num:
            point = point + [w[name].value for name in self.amounts] @ self._directions()
        if kind == "directions" and self.num:
            across, up = (self._directions()[w[name].value - 1] for name in ("across", "up"))
            return self.explorer.plane_of_directions(point, label, across, up)
        return self.explorer.random_plane(point, label, w["turn"].value)

    def _at(self, places):
        places = np.asarray(places, "float64").reshape(-1, 2) * self.widgets["reach"].value
        return self.explorer.at(self._plane(), places)

    def _show_map(self):
        w, kind, reach = self.widgets, self.widgets["plane"].value, self.widgets["reach"].value
        w["turn"].visible = kind == "random"
        w["across"].visible = w["up"].visible = kind == "directions"
        line = np.linspace(-1, 1, self.side)
        images = self.explorer.images(*self._at([(x, -y) for y in line for x in line]))
        self.shown["map"] = images, self.side, 0
        corners = [("1", -1.5, -1.5), ("2", 1.5, -1.5), ("3", -1.5, 1.5)]
        marked = kind == "pins" and reach >= 1.5
        w["place"].marks = [[text, x / reach, y / reach] for text, x, y in corners if marked]
        w["place"].show(images, self.side)
        self._ask()

    def _ask(self):
        self.widgets["place"].asked += 1

    def _answer(self, event):
        """Send the image at a place; the browser asks again only after an answer."""
        if "place" not in event.data:
            self._do(self._pin)
            return
        pixels, place = None, event.data["place"]
        try:
            pixels = rgba(self.explorer.images(*self._at(place))[0])
        except InvalidArgument as error:
            self._report(error)
        self.widgets["place"]._send_msg({"pixels": pixels, "place": place})

    def _middle(self):
        self.widgets["place"].cursor = [0, 0]
        self._ask()

    def _reset(self):
        for slider in map(self.widgets.get, self.amounts):
            # Both, or the browser would not say that it is dragged to where it was before.
            with param.edit_constant(slider):
                slider.param.update(value=0, value_throttled=0)

    def _pin(self):
        if len(self.pins) >= _MOST_PINS:
            raise InvalidArgument(f"At most {_MOST_PINS} images can be pinned. Remove one")
        point, label = self._at(self.widgets["place"].cursor)
        # Rounded as in the address, so that a reload gives the same image.
        self.pins = np.concatenate([self.pins, point.astype("float16").astype("float32")])
        self.pin_labels = self.pin_labels + ([] if label is None else [int(label[0])])
        self._show_pins()

    def _remove(self):
        at = min(self.widgets["chosen_pin"].cursor[0], len(self.pins) - 1)
        self.pins = np.delete(self.pins, at, axis=0)
        self.pin_labels = self.pin_labels[:at] + self.pin_labels[at + 1 :]
        self.widgets["chosen_pin"].cursor = [max(0, min(at, len(self.pins) - 1)), 0]
        self._show_pins()

    def _clear(self):
        self.pins, self.pin_labels = self.pins[:0], []
        self._show_pins()

    def _classes(self):
        return np.array(self.pin_labels, "int32") if self.pin_labels else None

    def _show_pins(self):
        w, num = self.widgets, len(self.pins)
        images = self.explorer.images(self.pins, self._classes()) if num else []
        w["chosen_pin"].show(images, max(num, 1))
        w["chosen_pin"].styles = {"max-width": f"{60 * num}px"}
        self.hint.object = [
            "Choose a place on the map, then press Pin. Two pins or more can be walked through.",
            "Pin one more image.", "",
        ][min(num, 2)]  # fmt: skip
        self.buttons["pin"].disabled = num >= _MOST_PINS
        self.buttons["reset"].disabled = not self.num
        self.buttons["remove"].disabled = self.buttons["clear"].disabled = not num
        unfit = ["directions"] * (not self.num) + ["pins"] * (num < 3)
        if w["plane"].value in unfit:
            w["plane"].value = "directions" if self.num else "random"
        elif w["plane"].value == "pins":
            self._show_map()
        w["plane"].disabled_options = unfit
        self._show_walk()
        self._show_mixed()

    def _show_walk(self):
        walked = len(self.pins) > 1
        for each in (*map(self.widgets.get, ("way", "steps", "closed")),
                     *map(self.downloads.get, ("walk", "film", "mixed"))):  # fmt: skip
            each.disabled = not walked
        if not walked:
            self.film.object = ""
            return
        steps, way, closed = (self.widgets[name].value for name in ("steps", "way", "closed"))
        images = self.explorer.walk(self.pins, self._classes(), steps, way, closed)
        self.shown["film"] = images, len(images)
        self.moving = gif(images, closed)
        few = np.linspace(0, len(images) - 1, min(_FILM, len(images))).round().astype(int)
        source = f"data:image/gif;base64,{base64.b64encode(self.moving).decode()}"
        moving = f'<p><img src="{source}" alt="The walk, moving" width="160"></p>'
        self.film.object = moving + tag(images[few], len(few), "The walk", self.smooth)

    def _show_mixed(self):
        if "styles" in self.lacks:
            return
        if len(self.pins) < 2:
            self.mixed.object = "Pin two images or more to mix their styles."
            return
        own = self.explorer.images(self.pins, self._classes())
        mixed = self.explorer.mix(self.pins, self._classes(), self.widgets["cutoff"].value)
        rows = [np.concatenate([np.full_like(own[:1], background()), own])]
        rows += [np.concatenate([own[at : at + 1], row]) for at, row in enumerate(mixed)]
        self.shown["mixed"] = np.concatenate(rows), len(own) + 1
        alt = "Rows: coarse layers of the image at the left; columns: fine ones of that at the top"
        self.mixed.object = tag(*self.shown["mixed"], alt, self.smooth, 60 * len(rows))

    def _file(self, name):
        if name == "walk":
            return io.BytesIO(self.moving)
        if name == "image":
            image = self.explorer.images(*self._at(self.widgets["place"].cursor))
            return io.BytesIO(png(image[0]))
        return io.BytesIO(png(tiled(*self.shown[name])))


class _Page:
    """The choice of a generator, and the generator."""

    def __init__(self, path):
        self.location, self.foreign, query = pn.state.location, {}, {}
        if self.location is not None:
            for name, value in urllib.parse.parse_qsl(self.location.search.lstrip("?")):
                try:
                    query[name] = json.loads(value)
                except ValueError:
                    self.foreign[name] = value
        self.explored, found = None, find_generators(path)
        self.path = str(query.get("path", path if str(path) in found else next(iter(found), path)))
        self.known = pn.widgets.Select(
            label="Generator", options=[*dict.fromkeys([self.path, *found])], value=self.path,
            styles={"flex": "1 1 280px"}, description="Runs and exported generators found here.",
        )  # fmt: skip
        self.own = pn.widgets.TextInput(
            label="Or a path", placeholder="runs/digits or generator.tflite",
            styles={"flex": "1 1 240px"}, description="A run, an exported file, or a folder of it.",
        )  # fmt: skip
        self.alert = pn.pane.Alert(alert_type="danger", visible=False, sizing_mode="stretch_width")
        self.body = pn.Column(sizing_mode="stretch_width")
        self.view = pn.Column(
            flow(self.known, self.own), self.alert, self.body, sizing_mode="stretch_width"
        )
        for widget in (self.known, self.own):
            widget.param.watch(
                lambda event: event.new not in ("", self.path) and self.open(event.new), "value"
            )
        self.open(self.path, query)

    def report(self, mistake):
        """Show a user's mistake, or none."""
        self.alert.param.update(object=f"{mistake}.", visible=bool(mistake))

    def open(self, path, query=()):
        """Open a generator, as an address describes it or as at the beginning."""
        self.report("")
        self.path, self.explored, self.body[:] = path, None, []
        if path not in self.known.options:
            self.known.options = [path, *self.known.options]
        self.known.value = path
        try:
            self.explored = _Explored(Explorer(path), dict(query), self.report, self.write)
            self.body[:] = [self.explored.view]
        except (InvalidArgument, OSError) as error:
            self.report(error)
        self.write()

    def write(self):
        """Everything chosen, into the address."""
        if self.location is not None:
            chosen = {"path": self.path, **(self.explored.changed() if self.explored else {})}
            chosen = {name: json.dumps(value) for name, value in chosen.items()}
            self.location.search = "?" + urllib.parse.urlencode({**self.foreign, **chosen})


def latent_space(path="saved_models/mnist"):
    """A page to look around in what a generator has learned.

    Samples, a map of a plane through its latent space, directions to move in, walks between pinned
    images, and mixed styles. What a file cannot do is disabled, and the page says why: directions
    need a Keras model, truncation and mixing one with styles.

    Args:
        path: String or `os.PathLike`: a run, an exported generator, or a folder of some. Defaults
            to `"saved_models/mnist"`.

    Returns:
        A Panel layout, to show in a notebook or to serve.

    Example:

    ```python
    from tfgan_kit import lab

    page = lab.latent_space("saved_models/mnist")
    ```
    """
    return _Page(pathlib.Path(path)).view
