"""Words around numbers."""

import re

__all__ = ["count", "in_list", "in_words", "minutes", "shorten"]

_LONGEST = 40


def count(num, noun):
    """A number of things: `1 epoch`, `2,000 steps`, `3 classes`."""
    return f"{num:,} {noun}{'' if num == 1 else 'es' if noun.endswith('s') else 's'}"


def minutes(num):
    """A time in minutes, to a hundredth; a shorter one in seconds."""
    if num < 1:
        return count(round(num * 60), "second")
    return f"{round(num, 2):g} minute{'' if num == 1 else 's'}"


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

    `0.002, inverse time decay over images: decay steps 100,000, decay rate 1`
    """
    if isinstance(value, (list, tuple)):
        return ", ".join(map(in_words, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
    if not isinstance(value, dict):
        return str(value)
    name, config, over = value.get("class_name", ""), dict(value.get("config", value)), ""
    if name == "ImageSchedule":
        name, config, over = *map(config["schedule"].get, ("class_name", "config")), " over images"
    start = config.pop("initial_learning_rate", None)
    title = re.sub("(?<=[a-z])(?=[A-Z])", " ", name).lower() + over
    # What is off, or has no value, needs no words.
    shown = (
        f"{key.replace('_', ' ')} {in_words(each)}"
        for key, each in config.items()
        if each and key not in ("name", "dtype")
    )
    text = ": ".join(filter(None, (title, ", ".join(shown))))
    return text if start is None else f"{in_words(start)}, {text}"
