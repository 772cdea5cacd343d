"""Errors that a user's mistake raises, and the advice they carry."""

import difflib

__all__ = [
    "InvalidArgument",
    "did_you_mean",
    "first_line",
    "nearest_names",
]


class InvalidArgument(ValueError):
    """A value that the kit cannot use, told in one line.

    The command line prints its message alone, without a traceback, and exits
    with code 2; in Python it is an ordinary `ValueError`.

    Args:
        message: String. Names the argument, what was expected and what was
            received.

    Example:

    ```python
    from tfgan_kit.utils.errors import InvalidArgument

    try:
        raise InvalidArgument("`batch_size` must be 1 or more. Received: batch_size=0")
    except ValueError as error:
        print(error)
    ```
    """


def nearest_names(name, known, count=3):
    """The known names that look most like a name that is not known."""
    by_lower = {str(each).lower(): each for each in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=count, cutoff=0.5)
    return [by_lower[each] for each in near]


def did_you_mean(name, known):
    """The end of an error message that names the nearest known name."""
    near = nearest_names(name, known, count=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def first_line(error):
    """What an error of a library says, in one line."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
