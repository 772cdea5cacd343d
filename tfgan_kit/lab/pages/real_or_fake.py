"""Real or fake: people judge images of a run one at a time."""

import asyncio
import contextlib
import html
import pathlib
import secrets

import panel as pn
from panel.custom import JSComponent

from tfgan_kit.evaluation import people
from tfgan_kit.lab.judging import EXPOSURES, Judging, Trials
from tfgan_kit.lab.pages.choosing import Chosen, plainly, sync
from tfgan_kit.runs import Run
from tfgan_kit.runs.page import write_page

__all__ = ["real_or_fake"]

_NUMBERS = [10, 20, 50, 100, 200]
_WELCOME = "Choose a run and press Start. One image follows another: real, or generated?"
_STYLE = """
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
td, th { padding: 3px 8px 3px 0; border-bottom: 1px solid #8884; text-align: left }
.number { text-align: right; white-space: nowrap } h3 { margin: 0 0 4px; font-size: 16px }
small { color: #888; font-size: 13px }
.bar { position: relative; height: 14px; min-width: 70px; background: #8882 }
.bar > * { position: absolute; height: 4px; top: 5px; background: #4575b4 }
.bar b { top: 2px; width: 4px; height: 10px; background: #e08214 }
.bar u { top: 0; left: 50%; height: 14px; border-left: 1px dashed #888; background: none }
@media (max-width: 480px) { .wide { display: none } }
"""


def real_or_fake(path="runs"):
    """A page on which people judge real and generated images of a run.

    Answers go into `people.jsonl` in the directory of the run; its page and report show them.

    Args:
        path: Path of a run, or of a folder of runs. Defaults to `"runs"`.

    Returns:
        A Panel layout, for a notebook cell or a server.

    Example:

    ```python
    from tfgan_kit import lab

    lab.real_or_fake("runs")
    ```

    Reference: Zhou et al., 2019, https://arxiv.org/abs/1904.01121 (HYPE, exposures included).
    """
    return _Page(path).layout


class Screen(JSComponent):
    """Shows an image for an exact time and takes the answer, in the browser."""

    _esm = pathlib.Path(__file__).parents[1] / "static" / "judge.js"


class _Page:
    """Its widgets, and the judging of one person."""

    def __init__(self, path):
        self.chosen = Chosen(path, "The run whose generator is judged; real images are its data.")
        self.name = pn.widgets.TextInput(
            label="Your name",
            placeholder="none",
            description="Kept with each answer, so that you find your error rate again.",
            width=150,
        )
        self.exposure = pn.widgets.Select(
            label="Time",
            options={f"{each} ms" if each else "no limit": each or 0 for each in EXPOSURES},
            value=0,
            description="For how long an image is shown; shorter is harder.",
            width=120,
        )
        self.num = pn.widgets.Select(
            label="Images",
            options=_NUMBERS,
            value=50,
            description="How many images you judge; half of them are real.",
            width=100,
        )
        self.feedback = pn.widgets.Checkbox(
            label="Show after each answer whether it was right", value=True, align="end"
        )
        self.start = pn.widgets.Button(
            label="Start",
            color="primary",
            align="end",
            width=120,
            height=40,
            description="Shows the first image; the keys F and J answer.",
        )
        self.screen = Screen(sizing_mode="stretch_width")
        self.rates = pn.pane.HTML(stylesheets=[_STYLE], sizing_mode="stretch_width")
        self.judging = self.drawn_from = None
        self.layout = pn.Column(
            pn.FlexBox(
                self.chosen.select, self.name, self.exposure, self.num, self.feedback, self.start
            ),
            self.chosen.alert,
            pn.FlexBox(
                pn.Column(self.screen, styles={"flex": "3 1 320px"}),
                pn.Column(self.rates, styles={"flex": "2 1 320px"}),
            ),
            sizing_mode="stretch_width",
        )
        self.start.on_click(self._start)
        self.screen.on_msg(lambda event: self._receive(event.data))
        self.chosen.select.param.watch(lambda event: self._choose(), "value")
        named = {"judge": self.name, "time": self.exposure, "images": self.num}
        for name, widget in {**named, "feedback": self.feedback}.items():
            sync(widget, name)
        if pn.state.curdoc:
            pn.state.on_session_destroyed(lambda context: self._finish())
        self._choose()

    @property
    def run(self):
        return Run(self.chosen.paths[self.chosen.name])

    def _choose(self):
        """Begin with another run."""
        self._finish()
        self.judging = self.drawn_from = None
        self._next()
        self.start.disabled = not self.chosen.paths
        with plainly(self.chosen.alert):
            self.chosen.find()
            self._show_rates()

    async def _start(self, event):
        self.start.param.update(disabled=True, label="Loading…")
        seed = secrets.randbelow(2**31)
        with plainly(self.chosen.alert):
            try:
                trials = await asyncio.to_thread(self._draw, self.run, self.num.value, seed)
                if self.judging is None or self.judging.step != self.drawn_from.step:
                    self.judging = Judging(self.run.people_path, self.drawn_from.step)
                self.judging.start(trials)
                self._next(focus=True)
            finally:
                self.start.param.update(disabled=False, label="Start again")

    def _draw(self, run, num, seed):
        if self.drawn_from is None or self.drawn_from.step != run.generator_step:
            self.drawn_from = Trials(run)
        return self.drawn_from.draw(num // 2, seed)

    def _receive(self, data):
        if "ready" in data:
            self._next()
        elif self.judging and self.judging.trial and data["number"] == self.judging.place + 1:
            with plainly(self.chosen.alert):
                try:
                    self._answer(data)
                except OSError:
                    self._next()  # It was not kept: the same image again.
                    raise

    def _answer(self, data):
        seconds, shown = round(float(data["seconds"]), 4), round(float(data["shown"]), 1)
        exposure, name = self.exposure.value or None, self.name.value.strip()
        trial = self.judging.answer(data["answer"], exposure, seconds, shown, name)
        verdict = None
        if self.feedback.value:
            right = trial.kind == data["answer"]
            verdict = {"right": right, "text": f"{'Right' if right else 'Wrong'}: {trial.kind}"}
        self._next(verdict)
        # The rates would tell what is not to be shown.
        if self.feedback.value or self.judging.trial is None:
            self._show_rates()
        if self.judging.trial is None:
            self._finish()

    def _next(self, verdict=None, focus=False):
        trial = self.judging and self.judging.trial
        text = "Done. Thank you! Press Start for more."
        if self.judging is None:
            text = _WELCOME if self.chosen.paths else ""
        message = {"verdict": verdict, "text": text, "focus": focus, "next": None}
        if trial:
            message["next"] = {
                "image": trial.image,
                "exposure": self.exposure.value or None,
                "number": self.judging.place + 1,
                "total": len(self.judging.trials),
            }
        self.screen._send_msg(message)

    def _show_rates(self):
        run, name = self.run, self.name.value.strip()
        everybody = run.judgements
        own = [each for each in everybody if name and each["judge"] == name]
        if self.judging and not name:
            own = self.judging.records
        class_names = run.config.data.get("class_names")
        tables = [_table("Everybody", everybody, class_names)]
        if len(own) < len(everybody):
            tables.insert(0, _table(html.escape(name) or "You", own, class_names))
        self.rates.object = "".join(tables) or "<small>Nobody has judged this run yet.</small>"

    def _finish(self):
        """Show the answers on the run's own page as well."""
        if self.judging and self.judging.records:
            with contextlib.suppress(OSError):
                write_page(self.run)


def _table(title, records, class_names):
    """Error rates with their intervals, as numbers and as a picture."""
    rows = ""
    for group, rate in people.error_rates(records, class_names).items():
        value, low, high = (100 * each for each in (rate.value, *rate.interval))
        rows += (
            f"<tr><td>{html.escape(group)}</td><td class=number>{rate.wrong} of {rate.num}</td>"
            f"<td class=number>{value:.0f} %</td><td class=number>{low:.0f} to {high:.0f} %</td>"
            "<td class=wide><div class=bar><u></u>"
            f'<i style="left: {low:.1f}%; width: {high - low:.1f}%"></i>'
            f'<b style="left: calc({value:.1f}% - 2px)"></b></div></td></tr>'
        )
    head = "<tr><th></th><th class=number colspan=2>wrong</th><th class=number>95 % interval</th>"
    note = "<small>50 %: nobody can tell real from generated.</small>"
    return rows and f"<h3>{title}</h3><table>{head}<th class=wide></th></tr>{rows}</table>{note}"
