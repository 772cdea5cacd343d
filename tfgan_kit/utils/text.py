"""Words around numbers."""

__all__ = ["count", "minutes", "shorten"]

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
