"""Words around numbers."""

__all__ = ["count", "minutes"]


def count(num, noun):
    """A number of things: `1 epoch`, `2,000 steps`, `3 classes`."""
    return f"{num:,} {noun}{'' if num == 1 else 'es' if noun.endswith('s') else 's'}"


def minutes(num):
    """A time in minutes, to a hundredth; a shorter one in seconds."""
    if num < 1:
        return count(round(num * 60), "second")
    return f"{round(num, 2):g} minute{'' if num == 1 else 's'}"
