"""The error of a user's mistake, and the advice in its message."""

import difflib

__all__ = [
    "InvalidArgument",
    "did_you_mean",
    "first_line",
    "nearest_names",
]


class InvalidArgument(ValueError):
    """A value that the kit cannot use, described in one line.

    The command line prints its message without a traceback and exits with code 2; in
    Python it is a `ValueError`.

    Args:
        message: String. Names the argument, what was expected and what was
            received.

    Example:

    ```python
    from tfgan_kit.utils import InvalidArgument

    try:
        raise InvalidArgument("`batch_size` must be a positive integer. Received: batch_size=0")
    except ValueError as error:
        print(error)
    ```
    """


def nearest_names(name, known, count=3):
    """The known names that are most similar to a name that is not known."""
    by_lower = {str(each).lower(): each for each in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=count, cutoff=0.5)
    return [by_lower[each] for each in near]


def did_you_mean(name, known):
    """The end of an error message that names the nearest known name."""
    near = nearest_names(name, known, count=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def first_line(error):
    """The first line of a library's error message that says something."""
    # Keras names class or layer first, and then the reason, in bold.
    text = (
        str(error)
        .rpartition("Exception encountered: ")[2]
        .replace("\x1b[1m", "")
        .replace("\x1b[0m", "")
    )
    layer = ("Exception encountered when", "Could not automatically infer the output shape")
    lines = (line.strip() for line in text.splitlines())
    return next(
        (line for line in lines if line and not line.startswith(layer)), type(error).__name__
    )
