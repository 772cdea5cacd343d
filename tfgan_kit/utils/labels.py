"""Class numbers of what a user gives: numbers, names, one for all images or one for each."""

import itertools
import math
import unicodedata
import warnings

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.text import in_list
from tfgan_kit.utils.validation import check_integer

__all__ = ["attributes_of", "check_labels", "in_equal_parts", "of_images", "parse_labels"]

_MOST_LISTED = 20


def check_labels(labels, num_classes, name="labels"):
    """Labels as an int32 array `(num,)` of class numbers; `num_classes` may be infinite."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise InvalidArgument(
            f"`{name}` must be integer class numbers of shape (num,). "
            f"Received: dtype {labels.dtype}, shape {labels.shape}"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise InvalidArgument(
            f"`{name}` must be class numbers {_range(num_classes)}. "
            f"Received: values from {labels.min()} to {labels.max()}"
        )
    return labels.astype("int32")


def of_images(num, labels, num_classes, class_names=None, seed=None, shares=None):
    """The classes of `num` generated images: of one number or name for all, or one for each.

    Or of all with values of attributes, such as `{"hair": "black"}` or `"hair=black"`.
    """
    if num_classes is None:
        raise InvalidArgument("`labels` must be None: the generator takes no labels")
    if isinstance(labels, (dict, str)) and attributes_of(class_names):
        return in_equal_parts(labels, num, num_classes, class_names, seed, shares)
    given = np.asarray(labels)
    if given.dtype.kind == "U":
        named = given.ravel().tolist()
        numbers = [_class_number(each, num_classes, class_names, "labels") for each in named]
        given = np.reshape(np.array(numbers, "int32"), given.shape)
    given = check_labels(np.atleast_1d(given), num_classes)
    if len(given) not in (1, num):
        raise InvalidArgument(
            f"`labels` must be one class or {num} of them. Received: {len(given)}"
        )
    return np.broadcast_to(given, (num,))


def attributes_of(class_names):
    """Dict of attributes and the value of each class, of names like `hair=black, smile=yes`."""
    rows = [[part.partition("=") for part in name.split(", ")] for name in class_names or []]
    names = {tuple(name for name, _, _ in row) for row in rows}
    if len(names) != 1 or not all(sign for row in rows for _, sign, _ in row):
        return {}
    values = zip(*([value for _, _, value in row] for row in rows), strict=True)
    return dict(zip(*names, map(list, values), strict=True))


def parse_labels(labels, class_names=None):
    """What is asked for: classes, or lists such as `["hair=black", "smile=yes"]`.

    Values of different attributes are asked for together, of the same attribute one by one.
    """
    if isinstance(labels, dict):
        labels = [f"{name}={value}" for name, value in labels.items()]
    labels = [labels] if isinstance(labels, str) else np.atleast_1d(labels).tolist()
    known = attributes_of(class_names)
    is_class = (
        [not isinstance(each, str) or each.isdecimal() or each in class_names for each in labels]
        if known
        else [True]
    )
    if known and any(is_class) and not all(is_class):
        raise InvalidArgument(
            "`label` must be either classes or NAME=VALUE of attributes, not both. "
            f"Received: label={labels}"
        )
    if any(is_class):
        return labels
    asked = {}
    for each in labels:
        each = unicodedata.normalize("NFC", each)
        name, _, value = each.partition("=")
        if name not in known:
            pairs = [f"{key}={found}" for key in known for found in dict.fromkeys(known[key])]
            hint = next((pair for pair in pairs if pair.endswith(f"={each}")), None)
            raise InvalidArgument(
                f"`label` must be a class, or NAME=VALUE of the attributes {', '.join(known)}. "
                f"Received: label={each!r}"
                + (f"; did you mean {hint!r}?" if hint else did_you_mean(each, pairs))
            )
        if value not in known[name]:
            pairs = [f"{name}={found}" for found in dict.fromkeys(known[name])]
            raise InvalidArgument(
                f"`label` must be one of {', '.join(pairs)}. "
                f"Received: label={each!r}" + did_you_mean(each, pairs)
            )
        asked.setdefault(name, []).append(each)
    return [list(each) for each in itertools.product(*asked.values())]


def in_equal_parts(labels, num, num_classes, class_names=None, seed=None, shares=None):
    """The classes of `num` images, in equal parts of what `parse_labels` finds.

    Of an incomplete combination of attributes they are drawn by their `shares`.
    """
    labels = parse_labels(labels, class_names)
    each, rest = divmod(num, max(1, len(labels)))
    if rest or not labels:
        raise InvalidArgument(
            f"`num` (-n) must be a multiple of the number of labels, {len(labels)}. "
            f"Received: num={num}"
        )
    if num_classes is None:
        raise InvalidArgument(
            "`label` only works with generators that take labels, and this one takes none. "
            f"Received: label={labels[0]!r}"
        )
    random = np.random.default_rng(seed)
    classes = [
        _drawn(one, each, class_names, random, shares)
        if isinstance(one, list)
        else np.repeat(_class_number(one, num_classes, class_names, "label"), each)
        for one in labels
    ]
    return np.concatenate(classes).astype("int32")


def _drawn(request, num, class_names, random, shares):
    """Classes with all values of a request."""
    fits = [set(request) <= set(name.split(", ")) for name in class_names]
    weights = np.array(fits, float)
    if shares is not None and not (weights * shares).any():
        warnings.warn(
            f"No training image has {' and '.join(request)}, so these images may look wrong",
            stacklevel=4,
        )
    elif shares is not None:
        weights *= shares
    return random.choice(len(weights), num, p=weights / weights.sum())


def _class_number(label, num_classes, class_names, argument):
    """The class that a number, or a text that is a name or a number, stands for."""
    names = [unicodedata.normalize("NFC", name) for name in class_names or []]
    if isinstance(label, str):
        if (name := unicodedata.normalize("NFC", label)) in names:
            return names.index(name)
        # Folders named by numbers are asked for by their names.
        is_number = name.isdecimal() and not _are_numbers(names)
        number = int(name) if is_number else -1
    else:
        number, names = check_integer(argument, label), []
    if 0 <= number < num_classes:
        return number
    raise InvalidArgument(
        f"`{argument}` must be {_choice(names, num_classes)}. Received: {argument}={label!r}"
        + did_you_mean(label, names)
    )


def _are_numbers(names):
    return bool(names) and all(map(str.isdecimal, names))


def _choice(names, num_classes):
    if 0 < len(names) <= _MOST_LISTED:
        return f"one of {', '.join(map(in_list, names))}"
    if _are_numbers(names):
        first, last = min(names, key=int), max(names, key=int)
        return f"one of the names of the {len(names):,} classes, which go from {first} to {last}"
    return f"a class number {_range(num_classes)}{' or a class name' if names else ''}"


def _range(num_classes):
    if num_classes == math.inf:
        return "of 0 or more, since the names of the classes are not known"
    return f"from 0 to {num_classes - 1}"
