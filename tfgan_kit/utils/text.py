"""Words around numbers."""

import re

__all__ = ["count", "in_list", "in_words", "level", "minutes", "shorten"]

_LONGEST = 40


def count(num, noun):
    """A number of things: `1 epoch`, `2,000 steps`, `3 classes`."""
    return f"{num:,} {noun}{'' if num == 1 else 'es' if noun.endswith('s') else 's'}"


def minutes(num):
    """A time in minutes, to a hundredth; a shorter one in seconds."""
    if num < 1:
        return count(round(num * 60), "second")
    return f"{round(num, 2):g} minute{'' if num == 1 else 's'}"


def level(record):
    """The level of networks that grow: `8x8, fading in 16x16 (40 %)`; empty if they do not."""
    if "resolution" not in record:
        return ""
    size, fade = int(record["resolution"]), 100 * (record["level"] % 1)
    new = f"{size}x{size}"
    return f"{size // 2}x{size // 2}, fading in {new} ({fade:.0f} %)" if fade else new


def shorten(name):
    """A name as one line of at most 40 characters; "…" stands for the rest of a longer one."""
    name = " ".join(str(name).split())
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def in_list(name):
    """A name as `shorten` gives it, in quotes if it contains a comma."""
    name = shorten(name)
    return f'"{name}"' if "," in name else name


def in_words(value):
    """A number, a name, a list of such, or the config of a Keras object such as a schedule.

    `0.0002, cosine decay over images: decay steps 640,000, alpha 0.25`
    """
    if isinstance(value, (list, tuple)):
        return ", ".join(map(in_words, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
    if not isinstance(value, dict):
        return str(value)
    name, config, over = value.get("class_name", ""), dict(value.get("config", value)), "steps"
    if name == "ImageSchedule":
        name, config, over = *map(config["schedule"].get, ("class_name", "config")), "images"
    start = config.pop("initial_learning_rate", None)
    if name == "InverseTimeDecay" and config["decay_rate"] and not config["staircase"]:
        steps = in_words(config["decay_steps"] / config["decay_rate"])
        return f"{in_words(start)}, falls as 1 / (1 + {over} / {steps})"
    title = re.sub("(?<=[a-z])(?=[A-Z])", " ", name).lower() + " over images" * (over == "images")
    # What is off, or has no value, needs no words.
    shown = (
        f"{key.replace('_', ' ')} {in_words(each)}"
        for key, each in config.items()
        if each and key not in ("name", "dtype")
    )
    text = ": ".join(filter(None, (title, ", ".join(shown))))
    return text if start is None else f"{in_words(start)}, {text}"
