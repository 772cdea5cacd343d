"""The playground: a GAN that learns points in the plane, live."""

import base64
import io
import pathlib
import urllib.parse

import numpy as np
import panel as pn
import param
from panel.custom import JSComponent

from tfgan_kit.lab.pages.frame import is_dark
from tfgan_kit.lab.pages.latent_controls import tipped
from tfgan_kit.lab.presets import PRESETS
from tfgan_kit.lab.session import SPEEDS, STAGES, Session
from tfgan_kit.lab.settings import OWN, Settings
from tfgan_kit.lab.tabs import Tabs
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["playground"]

_STATIC = pathlib.Path(__file__).parents[1] / "static"
_TABS = Tabs()
# How often to look for a new frame, besides after each one that the browser has drawn.
_PERIOD_MS = 30
# The address keeps so many drawn points.
_MAX_POINTS = 400
_GROUPS = {
    "Data": ["data", "conditional"],
    "Training": [
        "loss", "penalties", "penalty_weight", "generator_optimizer", "generator_rate",
        "discriminator_optimizer", "discriminator_rate", "discriminator_steps", "generator_steps",
        "batch_size", "average", "seed",
    ],
    "Networks": [
        "noise_dim", "noise", "activation", "generator_layers", "generator_units",
        "discriminator_layers", "discriminator_units",
    ],
}  # fmt: skip
_WIDGETS = {
    "penalties": {"type": pn.widgets.CheckBoxGroup},
    "seed": {"type": pn.widgets.IntInput},
}
# Beside the picture it scrolls on its own.
_BESIDE = """
@media (min-width: 940px) {
  :host { position: sticky; top: 0; max-height: calc(100vh - 90px); overflow: hidden auto;
    box-sizing: border-box; padding-right: 8px }
}
"""


class Picture(JSComponent):
    """The graph, the layered view and the charts, drawn in the browser."""

    dark = param.Boolean(False)
    drawing = param.Boolean(False)

    _esm = _STATIC / "playground.js"


class FileField(JSComponent):
    """A field for one file, which is refused before it is sent if it has more than `most` bytes."""

    accept = param.String()
    most = param.Integer(10_000_000)

    _esm = _STATIC / "file.js"


class Playground:
    """A session, what shows it, and the controls that change it."""

    def __init__(self, settings, in_notebook):
        self.session, self._ticket = None, None
        self.chosen = settings
        self._points, self._welcome, self._shown_loads = None, "", 0
        self._asked = None  # The future of the last request.
        self._in_notebook = in_notebook
        self.picture = Picture(dark=is_dark(), styles={"flex": "1 1 600px", "min-width": "0"})
        self.picture.on_msg(lambda event: self._receive(event.data))
        self._forget()
        self.preset = pn.widgets.Select(
            options={"Settings of your own": "", **{each.title: each for each in PRESETS}},
            value=next((each for each in PRESETS if self._shows(each)), ""),
            label="Preset",
            description="Settings that show something.",
            width=230,
        )
        self.preset.param.watch(lambda event: self._use(event.new), "value")
        self.text = pn.pane.Markdown(self.preset.value and self.preset.value.text, width=235)
        self.chosen.param.watch(self._change, Settings.names())
        groups = {title: self._group(names) for title, names in _GROUPS.items()}
        groups["Files"] = self._files()
        self.controls = pn.Column(
            self.preset,
            self.text,
            pn.Accordion(*groups.items(), active=[0, 1], sizing_mode="stretch_width"),
            width=285,
            css_classes=["controls"],
            stylesheets=[] if in_notebook else [_BESIDE],
        )
        if in_notebook:
            self._attach(Session(Settings(**settings.as_dict())))

    def _group(self, names):
        widgets = {name: {"width": 200, **_WIDGETS.get(name, {})} for name in names}
        made = pn.Param(self.chosen, parameters=names, show_name=False, widgets=widgets)
        shown = []
        for name, widget in zip(names, made.select(pn.widgets.Widget), strict=True):
            text = self.chosen.param[name].doc
            if name == "penalties":
                shown += [tipped(pn.pane.HTML("Penalties"), text), widget]
            else:
                has_tip = getattr(widget, "description", None)
                shown.append(widget if has_tip else tipped(widget, text))
        return pn.Column(*shown)

    def _files(self):
        fields = []
        for title, accept, tip, read in (
            ("Load a saved one", ".keras", _LOAD, lambda content: self.session.load(content)),
            ("Your own points (CSV)", ".csv,.txt,.tsv", _CSV, self._read_points),
        ):
            field = FileField(accept=accept, width=220, margin=(0, 10))
            field.on_msg(lambda event, read=read: self._read(event.data, read))
            fields += [tipped(pn.pane.HTML(title), tip), field]
        downloads = [
            pn.widgets.FileDownload(
                callback=callback, filename=name, label=label, description=tip, width=200
            )
            for label, name, callback, tip in (
                ("Save", "playground.keras", self._saved, _SAVE),
                ("Export as Python", "playground.py", self._script, _SCRIPT),
            )
        ]
        return pn.Column(*downloads, *fields)

    def _saved(self):
        return io.BytesIO(self.session.save().result())

    def _script(self):
        try:
            return io.StringIO(self.session.script().result())
        except InvalidArgument as error:
            return io.StringIO(f"# {error}\n")

    def _read(self, data, read):
        self._complain("")
        if "content" in data:
            self._asked = read(data["content"]) or self._asked
        else:
            self._complain("The file is too large: at most 10 MB can be read")

    def _read_points(self, content):
        from tfgan_kit.data.points import read_points, to_unit_square

        try:
            self._take_points(to_unit_square(read_points(content)))
        except InvalidArgument as error:
            self._complain(str(error).replace("`source`", "The file"))

    def _take_points(self, points):
        self._keep(points)
        self._asked = self.session.change(points=self._points, data=OWN)
        self.chosen.data = OWN
        self._write_address()

    def _keep(self, points):
        """Know one's own points; those in the address are marked in the square."""
        self._points = None if points is None else np.asarray(points, "float32").reshape(-1, 2)
        marked = self._points if self._is_short() else np.zeros(0)
        self.picture._send_msg({"type": "own", "points": marked.ravel().tolist()})
        self._complain("" if self._is_short() or points is None else _LEFT_OUT)

    def _is_short(self):
        return self._points is not None and len(self._points) <= _MAX_POINTS

    def _shows(self, preset):
        return preset.make().as_dict() == self.chosen.as_dict()

    def _use(self, preset):
        self.text.object = preset and preset.text
        if not preset:
            return
        values = preset.make().as_dict()
        start = preset.start
        self._asked = self.session.reset(**values) if start is None else self.session.load(start)
        self.chosen.param.update(**values)

    def _change(self, *events):
        self.picture.drawing = self.chosen.data == OWN
        self._write_address()
        if self.preset.value and not self._shows(self.preset.value):
            self.preset.value = ""
        if self.session is not None:
            changed = {event.name: event.new for event in events}
            self._asked = self.session.change(**changed)

    def _write_address(self):
        if self._in_notebook:
            return
        query = self.chosen.as_query()
        if self.chosen.data == OWN and self._is_short() and len(self._points):
            query["points"] = pack(self._points)
        if is_dark():
            query["theme"] = "dark"
        self.picture._send_msg({"type": "address", "search": urllib.parse.urlencode(query)})

    def _attach(self, session):
        self.session = session
        self._forget()

    def _forget(self):
        """Send everything anew."""
        self._sent = self._before = self._drawn = 0
        self._real = self._said = None

    def _hello(self, data):
        if self.session is None:
            wanted = Settings(**self.chosen.as_dict())

            def make():
                return Session(wanted, self._points)

            session, self._ticket = _TABS.take(data["tab"], make, data["again"])
            own, kept = self._points, session.points
            # To what an address can say, they are those of before.
            if own is None or (kept is not None and pack(kept) == pack(own)):
                own, self._points = None, kept
            if own is not None or session.settings.as_dict() != wanted.as_dict():
                session.change(points=own, **wanted.as_dict())
            self._attach(session)
        self._forget()
        self._keep(self._points)
        self._write_address()
        self.picture._send_msg({"type": "speed", "value": self.session.speed})
        if self.chosen.data == OWN and self._points is None:
            self._welcome = self._welcome or _NO_POINTS
        if self._welcome:
            self._complain(self._welcome)

    def leave(self):
        """The page is gone."""
        if self._ticket is not None:
            _TABS.leave(self._ticket)

    def _receive(self, data):
        kind = data["type"]
        if kind == "drawn":
            self._drawn = data["number"]
            self.send()
        elif kind == "hello":
            self._hello(data)
        elif kind == "bye":
            self.leave()
        elif kind == "play":
            self.session.play(data["slow"], toggle=True)
        elif kind == "reset":
            self.session.reset()
        elif kind == "step":
            self.session.step(data["role"])
        elif kind == "speed" and data["value"] in SPEEDS:
            self.session.speed = data["value"]
        elif kind == "points":
            drawn = np.reshape(data["points"], (-1, 2))
            known = np.zeros((0, 2)) if self._points is None else self._points
            self._take_points(np.concatenate([known, drawn]))
        elif kind == "clear":
            self._take_points(np.zeros((0, 2)))

    def _complain(self, text):
        """Show a sentence until the session has another."""
        self._said = self.session and self.session.error
        self.picture._send_msg({"type": "message", "text": text})

    def send(self):
        """Send the newest frame if the browser has drawn the one before the last."""
        session = self.session
        if session is None:
            return
        if session.error != self._said:
            self._complain(session.error or "")
        self._show_settings()
        frame = session.frame
        # One frame is on its way while the browser draws the one before.
        if frame is None or frame.number == self._sent or self._drawn < self._before:
            return
        if frame.real is not self._real:
            self._real = frame.real
            self.picture._send_msg(_real(frame))
        self._before, self._sent = self._sent, frame.number
        self.picture._send_msg(_message(frame, session.slow))

    def _show_settings(self):
        """The controls show the settings of a file, after all that was asked since."""
        if self.session.loads != self._shown_loads and (not self._asked or self._asked.done()):
            self._shown_loads = self.session.loads
            if self.session.points is not self._points:
                self._keep(self.session.points)
            self.chosen.param.update(**self.session.settings.as_dict())
            self._write_address()


def pack(points):
    """Points in [0, 1]² as text for an address, to 1/255."""
    numbers = np.round(255 * np.clip(points, 0, 1)).astype("uint8")
    return base64.urlsafe_b64encode(numbers.tobytes()).decode().rstrip("=")


def unpack(text):
    """The points of such text."""
    numbers = np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "uint8")
    return numbers[: len(numbers) // 2 * 2].reshape(-1, 2).astype("float32") / 255


def _real(frame):
    labels = frame.real_labels
    return {
        "type": "real",
        "points": frame.real[:1000].ravel(),
        "labels": {"classes": int(labels.max()) + 1, "values": labels[:1000].astype("float32")},
        "noise": frame.noise.ravel(),
    }


def _message(frame, slow):
    view = frame.view
    arrays = {
        "fakes": view.fakes,
        "gradients": view.gradients,
        "heat": view.heat,
        "manifold": view.manifold,
        "real_scores": view.real_scores,
        "fake_scores": view.fake_scores,
        "history": frame.history,
        "fake_labels": frame.fake_labels,
    }
    counters = ("number", "iteration", "epoch", "stage", "playing", "rate")
    head = {
        **{name: getattr(frame, name) for name in counters},
        **{name: getattr(view, name) for name in ("discriminator_loss", "generator_loss")},
        "slow": slow,
        "stage_name": STAGES[frame.stage - 1] if frame.stage else "",
        "num_modes": 0 if frame.modes is None else len(frame.modes),
    }
    flat = [np.asarray(each, "float32").ravel() for each in arrays.values()]
    shapes = [[name, list(each.shape)] for name, each in arrays.items()]
    return {"type": "frame", "head": head, "shapes": shapes, "data": np.concatenate(flat)}


_LEFT_OUT = (
    f"The address has no room for more than {_MAX_POINTS} points of your own: whoever opens it "
    "does not see them. Save keeps them"
)
_NO_POINTS = (
    "This address has no points: a smile is learned until you draw points, or load a file with some"
)
_CSV = "Two columns of numbers, at most 100,000 rows; they are scaled into the square."
_SAVE = "Networks, optimizers and settings; keras.models.load_model reads the file, too."
_LOAD = "A file that Save wrote."
_SCRIPT = "A short script that trains the same GAN with fit."


def playground(**settings):
    """The playground: a GAN that learns points in the plane, for a notebook cell or a page.

    Args:
        **settings: Those of `lab.Settings`, such as `data="grid"`, `loss="wasserstein"`.

    Returns:
        A `panel.FlexBox`. Its attribute `playground` has the `session`.

    Raises:
        InvalidArgument: If a setting is not known or out of range.

    Example:

    ```python
    from tfgan_kit import lab

    page = lab.playground(data="grid", loss="wasserstein")
    page.playground.session.close()
    ```

    Reference: Kahng et al., 2018, https://arxiv.org/abs/1809.01587 (GAN Lab).
    """
    location, document = pn.state.location, pn.state.curdoc
    on_server = document is not None and document.session_context is not None
    message, points = "", None
    chosen = Settings(**settings)
    if on_server and location is not None:
        query = dict(urllib.parse.parse_qsl(location.search.lstrip("?")))
        try:
            points = unpack(query["points"]) if "points" in query else None
        except ValueError:
            message = "The address has points that cannot be read"
        for name in query.keys() & set(Settings.names()):
            try:
                chosen = Settings.of_query({**chosen.as_query(), name: query[name]})
            except InvalidArgument as error:
                message = f"The address has a wrong setting, so the default is used: {error}"
    shown = Playground(chosen, not on_server)
    shown._points = points
    shown.picture.drawing = chosen.data == OWN
    # On a narrow screen the picture comes first.
    layout = pn.FlexBox(
        shown.controls,
        shown.picture,
        flex_wrap="wrap-reverse",
        align_items="flex-end",
        gap="16px",
        sizing_mode="stretch_width",
    )
    layout.playground = shown

    shown._welcome = message
    pn.state.onload(lambda: pn.state.add_periodic_callback(shown.send, period=_PERIOD_MS))
    if on_server:
        document.on_session_destroyed(lambda context: shown.leave())
    return layout
