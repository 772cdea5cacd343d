"""What the page of the latent space is operated with."""

import functools

import numpy as np
import panel as pn

from tfgan_kit.lab.pages.tiles import Tiles, is_smooth

__all__ = ["accepts", "buttons", "card", "choices", "downloads", "flow", "tipped", "value_of"]

_LARGEST = 2**31 - 1
_GREY = {"opacity": "0.45"}


# fmt: off
def choices(explorer, amounts):
    """The widgets by name; `amounts` are the names of the sliders of directions."""
    widgets, lacks, directed = pn.widgets, explorer.lacks, bool(amounts)
    tiles = functools.partial(
        Tiles, smooth=is_smooth(explorer.image_shape), sizing_mode="stretch_width", margin=(5, 10)
    )
    styled = {"disabled": "styles" in lacks, "styles": _GREY if "styles" in lacks else {}}
    numbers = list(range(1, len(amounts) + 1))
    layers = explorer.style_shape[0] if explorer.style_shape else 1
    ways = {"Spherical": "spherical", "Linear": "linear", "Linear in styles": "styles"}
    return _labels(explorer) | {
        "seed": widgets.IntInput(
            label="Seed", value=0, start=0, end=_LARGEST, width=110,
            description="The same seed gives the same samples again."),
        "truncation": widgets.FloatSlider(
            label="Truncation", start=0, end=1.2, step=0.05, value=1, width=140, **styled),
        "sample": tiles(description="Samples: a click or the arrow keys choose one."),
        "plane": widgets.Select(
            label="Plane", width=150, value="directions" if directed else "random",
            options={"Two directions": "directions", "Random": "random", "Three pins": "pins"},
            description="The map shows the chosen sample moved in two directions, or turned "
            "towards two random ones, or what is between the first three pins."),
        "across": widgets.Select(
            label="Across", width=70, options=numbers, value=1 if directed else None,
            description="The number of the direction from left to right."),
        "up": widgets.Select(
            label="Up", width=70, options=numbers, value=min(2, len(amounts)) or None,
            description="The number of the direction from bottom to top."),
        "turn": widgets.IntInput(
            label="Random plane", value=0, start=0, end=_LARGEST, width=110,
            description="Another number gives another random plane."),
        "reach": widgets.FloatSlider(
            label="Reach", start=0.5, end=6, step=0.5, value=3, width=120),
        "place": tiles(
            continuous=True, description="Map: point at a place to see the image there; a "
            "click, a drag or the arrow keys choose it, Enter pins it."),
        "method": widgets.RadioButtonGroup(
            options=["SeFa", "PCA"], value="SeFa", disabled=not directed, align="end",
            description="SeFa: what the first layer stretches most. PCA: in what samples "
            "differ most inside the generator."),
        **{name: widgets.FloatSlider(
            label=name[-1], start=-3, end=3, step=0.25, value=0, sizing_mode="stretch_width",
            margin=(2, 10, 0, 10)) for name in amounts},
        "chosen_pin": tiles(description="Pins: a click or the arrow keys choose one."),
        "way": widgets.Select(
            label="Way", width=160, value="spherical",
            options={name: way for name, way in ways.items() if way not in lacks},
            description="Spherical keeps the length of the noise; linear is a straight line."),
        "steps": widgets.IntSlider(label="Steps", start=1, end=30, value=8, width=120),
        "closed": widgets.Checkbox(label="Back to the first", value=False, align="end"),
        "cutoff": widgets.IntSlider(
            label="Coarse layers", start=0, end=layers, value=layers // 2, width=140, **styled),
    }


def _labels(explorer):
    select = functools.partial(pn.widgets.Select, width=110)
    drawn = "any: drawn as often as in the training data"
    if explorer.class_limit is None:
        return {"label": select(
            label="Label", options=["none"], value="none", disabled=True,
            description="The generator takes no labels.")}
    if explorer.attributes:
        return {f"label.{name}": select(
            label=name, options={"any": "", **{each: each for each in values}}, value="",
            description=f"The value of {name}; {drawn}.",
        ) for name, values in explorer.attributes.items()}
    if not explorer.num_classes:
        return {"label": pn.widgets.IntInput(
            label="Label", value=0, start=0, width=100,
            description="The class number; how many there are is not known.")}
    names = explorer.class_names or list(map(str, range(explorer.num_classes)))
    return {"label": select(
        label="Label", options={"any": -1, **{name: at for at, name in enumerate(names)}},
        value=-1, description=f"The class of the samples; {drawn}.")}


def buttons():
    """The buttons by name."""
    return {
        name: pn.widgets.Button(
                label=name.capitalize(), description=text, width=80,
                color="primary" if name == "pin" else "default")
        for name, text in {
            "pin": "Pin the image shown, to walk from it to others.",
            "middle": "Show the image in the middle of the map.",
            "reset": "Set all directions to 0.",
            "remove": "Remove the chosen pin.",
            "clear": "Remove all pins.",
        }.items()
    }


def downloads(file):
    """The buttons by name that download what `file(name)` opens."""
    return {
        name: pn.widgets.FileDownload(
            callback=functools.partial(file, name), filename=f"{name}.{kind}",
            label=f"{name.capitalize()} ({kind.upper()})", width=130, align="end",
            color="light", description=f"Download {text}.",
        )
        for name, kind, text in (
            ("samples", "png", "the samples"), ("image", "png", "the image shown"),
            ("map", "png", "the map"), ("walk", "gif", "the moving walk"),
            ("film", "png", "all images of the walk"), ("mixed", "png", "the mixed images"),
        )
    }

# fmt: on


def value_of(widget):
    """The name of the parameter that holds what is chosen."""
    return "cursor" if isinstance(widget, Tiles) else "value"


def accepts(widget, value):
    """Whether a value from an address is one that the widget can have."""
    if isinstance(widget, Tiles):
        low, high, kind = (-1, 1, int | float) if widget.continuous else (0, 99, int)
        return (
            isinstance(value, list)
            and len(value) == 2
            and all(_is_number(each, kind) and low <= each <= high for each in value)
        )
    if hasattr(widget, "start"):
        high = np.inf if widget.end is None else widget.end
        whole = isinstance(widget, (pn.widgets.IntInput, pn.widgets.IntSlider))
        return _is_number(value, int if whole else int | float) and widget.start <= value <= high
    return value in (widget.values if hasattr(widget, "values") else (True, False))


def _is_number(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool) and np.isfinite(value)


def card(title, width, *contents):
    """A part of the page, `width` pixels wide or as wide as there is room."""
    heading = pn.pane.HTML(f"<h2>{title}</h2>", stylesheets=["h2 { font-size: 17px; margin: 0 }"])
    styles = {"flex": f"{width} 1 {width}px", "min-width": "0", "padding": "0 4px 12px"}
    return pn.Column(heading, *filter(lambda each: each is not None, contents), styles=styles)


def flow(*widgets):
    """Widgets beside each other where there is room."""
    return pn.FlexBox(*widgets, align_items="end", sizing_mode="stretch_width")


def tipped(widget, text):
    """With a tooltip, for widgets that have none of their own."""
    return pn.Row(widget, pn.widgets.TooltipIcon(value=text, margin=(0, 4, 5, -8), align="end"))
