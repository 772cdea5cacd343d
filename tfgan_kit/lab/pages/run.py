"""Run: watch a training while another process trains, or look back at it; compare several."""

import asyncio
import contextlib
import html
import math

import panel as pn
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from tfgan_kit.evaluation import tables
from tfgan_kit.lab.pages.choosing import Chosen, plainly, sync
from tfgan_kit.lab.watching import Watched
from tfgan_kit.media.plots import COLORS, metric_names
from tfgan_kit.runs.floors import training_floors
from tfgan_kit.runs.page import STATES, duration, warnings_html
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.text import count, level

__all__ = ["run"]

_PERIOD_MS = 2000
# The run that is shown and those that it is compared with.
_MOST_RUNS = 6
# Of a run alone: the discriminator, or real images, in blue.
_PAIR = ("#e08214", "#4575b4")
_PAIRS = {
    "losses": ("generator_loss", "discriminator_loss"),
    "classified correctly": ("fake_accuracy", "real_accuracy"),
}
_KEYS = ("solid", "dashed")
_STYLE = """
small { display: block; color: #888; font-size: 13px } h3 { margin: 0; font-size: 15px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
td, th { padding: 4px 8px; border-bottom: 1px solid #8884; text-align: left; vertical-align: top }
td.number, th.number { text-align: right } b.poor { color: #d9480f } b.good { color: #3d8b40 }
b.fair { color: #b7791f } ul { margin: 0; padding-left: 20px }
i { display: inline-block; width: 24px; border-top: 3px solid; vertical-align: middle }
i.dashed { border-top-style: dashed } span { white-space: nowrap } span.key { margin-right: 16px }
@media (max-width: 640px) {
  table.notes tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid #8884 }
  table.notes td, table.notes th { border: 0 }
  table.notes td:first-child, table.notes td:last-child { flex: 1 0 100%; padding-top: 1px }
}
"""


def run(path="runs"):
    """A page that follows a run and compares it with others.

    Args:
        path: Path of a run, or of a folder of runs. Defaults to `"runs"`.

    Returns:
        A Panel layout, for a notebook cell or a server.

    Example:

    ```python
    from tfgan_kit import lab

    lab.run("runs")
    ```
    """
    return _Page(path).layout


class _Page:
    """Its widgets, and what fills them from the files of the runs."""

    def __init__(self, path):
        self.chosen = Chosen(path, "The run whose training is shown.")
        self.others = pn.widgets.MultiChoice(
            label="Compare with",
            description="Other runs of the folder, drawn into the same charts.",
            max_items=_MOST_RUNS - 1,
            min_width=220,
            styles={"flex": "1 1 220px"},
        )
        self.state, self.warnings = _html(), pn.pane.Alert(visible=False, stylesheets=[_STYLE])
        self.bar = pn.indicators.Progress(value=0, max=1000, sizing_mode="stretch_width")
        self.player = pn.widgets.DiscretePlayer(
            label="Sample grid",
            options={"none yet": None},
            visible=False,
            interval=250,
            loop_policy="once",
            show_loop_controls=False,
            visible_buttons=["first", "previous", "pause", "play", "next", "last"],
            sizing_mode="stretch_width",
        )
        self.pictures = [_Picture() for _ in range(_MOST_RUNS + 1)]
        self.charts, self.key, self.report = _Charts(), _html(), _html()
        self._watched, self._floors, self._drawn = {}, {}, {}
        self.layout = pn.Column(
            pn.FlexBox(self.chosen.select, self.others),
            self.chosen.alert,
            self.state,
            self.bar,
            self.warnings,
            self.player,
            self.key,
            pn.FlexBox(*(each.box for each in self.pictures), self.charts.pairs),
            self.charts.box,
            self.report,
            sizing_mode="stretch_width",
        )
        for each in (self.player, self.others, self.chosen.select):
            each.param.watch(lambda event: self.update(), "value")
        self.update()
        sync(self.others, "compare")
        self._was_open = False
        self._timer = pn.state.add_periodic_callback(self._tick, _PERIOD_MS)

    def update(self):
        """Show what has changed in the files."""
        with plainly(self.chosen.alert):
            self.chosen.find()
            names = [name for name in self.chosen.paths if name != self.chosen.name]
            if names != self.others.options:
                self.others.param.update(
                    options=names, value=[each for each in self.others.value if each in names]
                )
            self._show()

    @property
    def shown(self):
        """Dict from names to what is `Watched`, the run of the page first."""
        names = [
            self.chosen.name,
            *(each for each in self.others.value if each != self.chosen.name),
        ]
        for name in names:
            if name not in self._watched:
                self._watched[name] = Watched(self.chosen.paths[name])
        return {name: self._watched[name] for name in names[:_MOST_RUNS]}

    def _show(self):
        shown = self.shown
        first = next(iter(shown.values()))
        self._show_state(first)
        self._show_frames(first)
        self._show_pictures()
        records = {name: each.get("metrics") for name, each in shown.items()}
        floors = self._floors.get(first.run.path, {})
        if self._is_new("charts", [floors, records]):
            self.charts.update(records, floors)
            self.key.object = _key(records, floors)
        report = first.get("report")
        if self._is_new("report", report):
            self.report.object = report and (
                f"<h3>Evaluation</h3>{tables.verdict_html(report)}{tables.metrics_html(report)}"
            )

    def _is_new(self, part, version):
        """Whether a part of the page was drawn from something else."""
        changed = self._drawn.get(part) != version
        self._drawn[part] = version
        return changed

    def _show_state(self, watched):
        status, metrics = watched.get("status"), watched.get("metrics")
        done, left = watched.progress()
        running = status["state"] == "running"
        self.bar.param.update(value=round(1000 * done), active=running, visible=running or done > 0)
        lines = [
            STATES[status["state"]],
            f"{100 * done:.0f} %",
            count(status["step"], "step"),
            count(len(metrics), "epoch"),
            f"{duration(status['seconds'])} of training",
        ]
        if running and left is not None:
            lines.insert(2, f"about {duration(left)} left")
        if watched.get("best_name"):
            lines.append(f"best state: {watched.get('best_name')}")
        lines += filter(None, map(level, metrics[-1:]))
        self.state.object = f"<b>{html.escape(watched.run.path.name)}</b>: {' · '.join(lines)}"
        failures = watched.get("failures")
        if self._is_new("warnings", failures):
            now = any(passed is None for _, passed, _, _ in failures)
            self.warnings.param.update(
                object=warnings_html(watched.run) or "",
                alert_type="warning" if now else "light",
                visible=bool(failures),
            )

    def _show_frames(self, watched):
        frames = watched.frames
        options = {_moment(*number): number for number in frames} or {"none yet": None}
        values = list(options.values())
        # Who looks at the newest grid goes on to the next one.
        follows = self.player.value in (list(self.player.options.values())[-1], None)
        stays = self.player.value in values and not follows
        if self._is_new("frames", options):
            value = self.player.value if stays else values[-1]
            self.player.param.update(options=options, value=value, visible=bool(frames))

    def _show_pictures(self):
        *pictures, real = self.pictures
        shown, moment = self.shown, self.player.value or (0, 0)
        first = next(iter(shown.values())).run
        for picture, (name, watched) in zip(pictures, shown.items(), strict=False):
            earlier = [each for each in watched.frames if each <= moment]
            number = earlier[-1] if earlier else None
            picture.show(
                watched.frames.get(number), f"{name}: {_moment(*number)}" if number else ""
            )
        for picture in pictures[len(shown) :]:
            picture.show(None)
        real.show(first.real_path if first.real_path.exists() else None, "Real images")

    async def _tick(self):
        # A server stops what a closed page began; a notebook does not.
        if self._was_open and not self.layout._models:
            self._timer.stop()
            return
        self._was_open = bool(self.layout._models)
        self.update()
        run = self.chosen.paths and next(iter(self.shown.values())).run
        if run and run.path not in self._floors:
            self._floors[run.path] = {}
            # Without the images, which may be elsewhere now, all else can be shown.
            with contextlib.suppress(InvalidArgument, OSError):
                self._floors[run.path] = await asyncio.to_thread(training_floors, run)
            self.update()


class _Picture:
    """A picture file with a line below it; hidden without one."""

    def __init__(self):
        self.pane = pn.pane.PNG(sizing_mode="scale_width", styles={"image-rendering": "pixelated"})
        self.line = pn.pane.HTML()
        self.box = pn.Column(self.pane, self.line, visible=False, styles={"flex": "0 1 340px"})
        self._stamp = None

    def show(self, path, text=""):
        self.box.visible = path is not None
        stamp = path and (path, path.stat().st_mtime_ns)
        if stamp != self._stamp:
            self.pane.param.update(object=path and path.read_bytes(), alt_text=text)
            self._stamp = stamp
        self.line.object = html.escape(text)


class _Charts:
    """A chart for each metric; a line for each run."""

    def __init__(self):
        # Beside the pictures what everyone looks at first.
        self.box, self.pairs = pn.FlexBox(), pn.FlexBox(styles={"flex": "1 1 300px"})
        self.sources = [ColumnDataSource({"epoch": [], "run": []}) for _ in range(_MOST_RUNS)]
        self.charts = {}

    def update(self, records, floors):
        """Draw the records of each run."""
        everything = [record for each in records.values() for record in each]
        known = {name for record in everything for name in record}
        shown = {title: pair for title, pair in _PAIRS.items() if known.intersection(pair)}
        shown |= {name: (name,) for name in metric_names(everything)}
        new = [title for title in shown if title not in self.charts]
        self.charts |= {title: _Chart(title, shown[title], self.sources) for title in new}
        # A line needs its column, also if another run has been chosen that lacks it.
        self._fill(records, [name for chart in self.charts.values() for name in chart.names])
        newest = next(iter(records.values()))
        for title, chart in self.charts.items():
            chart.box.visible = title in shown
            chart.update(newest[-1] if newest else {}, floors, len(records))
        self.pairs.extend([self.charts[title].box for title in new if title in _PAIRS])
        self.box.extend([self.charts[title].box for title in new if title not in _PAIRS])

    def _fill(self, records, names):
        """Append what is new of each run, or replace what is there."""
        runs = [*records.items(), *[("", [])] * (_MOST_RUNS - len(records))]
        for source, (run, rows) in zip(self.sources, runs, strict=True):
            columns = {name: [row.get(name, math.nan) for row in rows] for name in names}
            columns |= {"epoch": [row["epoch"] for row in rows], "run": [run] * len(rows)}
            old = source.data
            num = len(old["epoch"])
            grown = num and set(old) == set(columns) and num <= len(rows)
            if grown and all(_same(columns[name][:num], old[name]) for name in columns):
                if num < len(rows):
                    source.stream({name: values[num:] for name, values in columns.items()})
            else:
                source.data = columns


class _Chart:
    """One metric, or two that belong together, against the epoch."""

    def __init__(self, title, names, sources):
        self.title, self.names, self.sources, self.lines = title, names, sources, []
        self.plot = plot = figure(
            height=180, sizing_mode="stretch_width", toolbar_location=None, tools=""
        )
        tips = [("run", "@run"), ("epoch", "@epoch"), ("value", "@$name")]
        self.hover = HoverTool(renderers=[], tooltips=tips)
        plot.add_tools(self.hover)
        self.floor = ColumnDataSource({"epoch": [], "value": []})
        floor = {"x": "epoch", "y": "value", "source": self.floor}
        plot.line(line_dash="dotted", line_color="#888", line_width=3, **floor)
        plot.xaxis.ticker.min_interval, plot.xaxis.minor_tick_line_color = 1, None
        self.heading = _html()
        self.box = pn.Column(
            self.heading,
            pn.pane.Bokeh(plot, sizing_mode="stretch_width"),
            styles={"flex": "1 1 280px", "max-width": "400px"},
        )

    def update(self, record, floors, num_runs):
        """The newest values, the floor, and the colours: two lines of one run have one each."""
        for place in range(len(self.lines) // len(self.names), num_runs):
            self._add_run(place)
        pair = num_runs == 1 and len(self.names) > 1
        for place, name, glyphs in self.lines:
            color = _PAIR[self.names.index(name)] if pair else COLORS[place]
            for each in glyphs:
                each.glyph.line_color = color
            glyphs[1].glyph.fill_color = color
        floor = floors.get(self.title, math.nan)
        ends = [] if math.isnan(floor) else [1, max(record.get("epoch", 1), 1.01)]
        self.floor.data = {"epoch": ends, "value": [floor] * len(ends)}
        values = []
        for name, key in zip(self.names, _KEYS, strict=False):
            color = f' style="color: {_PAIR[len(values)]}"' if pair else ""
            line = f"<i class={key}{color}></i> {name.partition('_')[0]} "
            value = tables.number(record.get(name, math.nan)) or "–"
            values.append(f"<span>{line * (len(self.names) > 1)}<b>{value}</b></span>")
        if not math.isnan(floor):
            values.append(f"real images {tables.number(floor)}")
        sentence, better = tables.explain(self.names[0])
        self.heading.object = (
            f"<h3>{_words(self.title)} {tables.ARROWS[better]}</h3>{' · '.join(values)}"
            f"<small>{html.escape(sentence)}</small>"
        )

    def _add_run(self, place):
        for name, dash in zip(self.names, _KEYS, strict=False):
            style = {"x": "epoch", "y": name, "source": self.sources[place], "name": name}
            line = self.plot.line(line_width=2, line_dash=dash, **style)
            self.lines.append((place, name, (line, self.plot.scatter(size=4, **style))))
        self.hover.renderers = [glyphs[1] for _, _, glyphs in self.lines]


def _key(records, floors):
    """What the colours and the dotted line stand for."""
    keys = [
        f'<span class=key><i style="color: {color}"></i> {html.escape(name)}</span>'
        for name, color in zip(records, COLORS, strict=False)
    ] * (len(records) > 1)
    if not any(records.values()):
        keys.append("Charts appear after the first epoch.")
    if floors:
        keys.append(
            '<span class=key><i style="color: #888; border-top-style: dotted"></i> '
            "two equally large sets of real images</span>"
        )
    return "".join(keys)


def _moment(epoch, step):
    return f"epoch {epoch}" + (f", step {step:,}" if step < math.inf else "")


def _words(name):
    return html.escape(name.replace("_", " "))


def _same(first, second):
    return all(a == b or (a != a and b != b) for a, b in zip(first, second, strict=True))


def _html():
    return pn.pane.HTML(stylesheets=[_STYLE], sizing_mode="stretch_width")
