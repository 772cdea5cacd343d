"""The playground: a GAN that learns points in the plane, live."""

import pathlib

import numpy as np
import panel as pn
import param
from panel.custom import JSComponent

from tfgan_kit.lab.pages.frame import is_dark
from tfgan_kit.lab.session import SPEEDS, STAGES, Session
from tfgan_kit.lab.settings import OWN, Settings

__all__ = ["playground"]

_STATIC = pathlib.Path(__file__).parents[1] / "static"
# How often to look for a new frame; one is sent when the browser has drawn the one before.
_PERIOD_MS = 30
_GROUPS = {
    "Data": ["data", "conditional"],
    "Networks": [
        "noise_dim", "noise", "activation", "generator_layers", "generator_units",
        "discriminator_layers", "discriminator_units",
    ],
    "Training": [
        "loss", "penalties", "penalty_weight", "generator_optimizer", "generator_rate",
        "discriminator_optimizer", "discriminator_rate", "discriminator_steps", "generator_steps",
        "batch_size", "average", "seed",
    ],
}  # fmt: skip
_WIDGETS = {
    "penalties": {"type": pn.widgets.CheckBoxGroup},
    "seed": {"type": pn.widgets.IntInput},
}


class Picture(JSComponent):
    """The graph, the layered view and the charts, drawn in the browser."""

    dark = param.Boolean(False)
    drawing = param.Boolean(False)

    _esm = _STATIC / "playground.js"


class Playground:
    """A session and what shows it."""

    def __init__(self, settings):
        self.session = Session(settings)
        self.picture = Picture(dark=is_dark(), styles={"flex": "1 1 600px", "min-width": "0"})
        self.picture.on_msg(lambda event: self._receive(event.data))
        self._sent, self._before, self._drawn, self._real = 0, 0, 0, None
        self._shown_error = None
        self.chosen = Settings(**settings.as_dict())
        self.chosen.param.watch(self._change, Settings.names())
        self.controls = pn.Accordion(
            *((title, self._group(names)) for title, names in _GROUPS.items()),
            active=[0, 2],
            styles={"flex": "0 0 250px"},
        )

    def _group(self, names):
        widgets = {name: {"width": 225, **_WIDGETS.get(name, {})} for name in names}
        return pn.Param(self.chosen, parameters=names, show_name=False, widgets=widgets)

    def _change(self, *events):
        values = {event.name: event.new for event in events}
        self.picture.drawing = self.chosen.data == OWN
        self.session.change(**values)

    def _receive(self, data):
        kind = data["type"]
        if kind == "drawn":
            self._drawn = data["number"]
            self.send()
        elif kind == "hello":
            self._sent = self._before = self._drawn = 0
            self._real = None
        elif kind == "play":
            self.session.play()
        elif kind == "slow":
            self.session.play(slow=True)
        elif kind in ("pause", "reset"):
            getattr(self.session, kind)()
        elif kind == "step":
            self.session.step()
        elif kind in ("generator", "discriminator"):
            self.session.step(kind)
        elif kind == "speed" and data["value"] in SPEEDS:
            self.session.speed = data["value"]
        elif kind == "points":
            self.session.change(points=np.array(data["points"], "float32"))

    def send(self):
        """Send the newest frame if the browser has drawn the one before."""
        session, frame = self.session, self.session.frame
        if session.error != self._shown_error:
            self._shown_error = session.error
            self.picture._send_msg({"type": "message", "text": session.error or ""})
        # One frame is on its way while the browser draws the one before.
        if frame is None or frame.number == self._sent or self._drawn < self._before:
            return
        if frame.real is not self._real:
            self._real = frame.real
            self.picture._send_msg(_real(frame))
        self._before, self._sent = self._sent, frame.number
        self.picture._send_msg(_message(frame, session.slow))


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
    head = {
        name: getattr(frame, name)
        for name in ("number", "iteration", "epoch", "stage", "playing", "rate")
    }
    head |= {name: getattr(view, name) for name in ("discriminator_loss", "generator_loss")}
    head |= {
        "slow": slow,
        "stage_name": STAGES[frame.stage - 1] if frame.stage else "",
        "num_modes": 0 if frame.modes is None else len(frame.modes),
    }
    flat = [np.asarray(each, "float32").ravel() for each in arrays.values()]
    shapes = [[name, list(each.shape)] for name, each in arrays.items()]
    return {"type": "frame", "head": head, "shapes": shapes, "data": np.concatenate(flat)}


def playground(**settings):
    """The playground as a Panel object, for a notebook cell or a page.

    Args:
        **settings: Those of `lab.Settings`.

    Returns:
        A `panel.Row`. Its attribute `playground` has the `session`.

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
    shown = Playground(Settings(**settings))
    layout = pn.FlexBox(
        shown.controls, shown.picture, align_items="flex-start", sizing_mode="stretch_width"
    )
    layout.playground = shown
    pn.state.onload(lambda: pn.state.add_periodic_callback(shown.send, period=_PERIOD_MS))
    return layout
