"""Several attributes of each image, some of which may not be given."""

import dataclasses
import hashlib
import itertools
import json
import math
import re
import unicodedata

import keras
import numpy as np

from tfgan_kit.data.source import DataError
from tfgan_kit.utils.labels import check_labels, in_equal_parts

__all__ = ["Attributes"]

_MOST_COMBINATIONS = 1000
_LARGEST_WEIGHT = 10.0


@keras.saving.register_keras_serializable(package="tfgan_kit")
@dataclasses.dataclass(frozen=True, eq=False)
class Attributes:
    """Several attributes, such as hair and smile, with a few values each.

    Every image still has one integer label, its row of `table`. The first `num_classes` labels are
    all combinations of values, which `GAN.generate` takes; further ones are the combinations with
    values that are not given, on which networks are trained as well. `Attributes.of` makes them.

    Args:
        names: Sequence of strings.
        values: Sequence with a sequence of at least two strings for each name; at most 1,000
            combinations.
        incomplete: Sequence of rows of `table` with a -1 each. Defaults to none.
        shares: Sequence of `num_classes` floats, the share of each combination among the training
            images. Defaults to None: not known.

    Attributes (besides the arguments):
        sizes: Tuple of integers, the number of values of each attribute.
        num_classes: Integer, the number of combinations of all values.
        num_labels: Integer, `num_classes` and the number of incomplete combinations.
        table: int32 array `(num_labels, num_attributes)`, the number of each value; -1 if it is not
            given.
        class_names: List of strings such as `"hair=black, smile=yes"`.

    Raises:
        DataError: If an attribute has fewer than two values, or there are too many combinations.

    Example:

    ```python
    from tfgan_kit import data

    columns = {"hair": ["black", "blond", None], "smile": ["yes", "no", "no"]}
    attributes, labels = data.Attributes.of(columns)
    labels  # [1, 2, 4]
    attributes.class_names[1]  # "hair=black, smile=yes"
    attributes.labels(4, {"hair": "black"}, seed=0)  # [1, 1, 1, 1]
    ```
    """

    names: tuple
    values: tuple
    incomplete: tuple = ()
    shares: tuple = None

    def __post_init__(self):
        names, values = tuple(self.names), tuple(map(tuple, self.values))
        for name, each in zip(names, values, strict=True):
            if len(set(each)) < max(2, len(each)):
                raise DataError(
                    f"The attribute {name} must have at least two values, all of them different. "
                    f"Received: {each}"
                )
        sizes = tuple(map(len, values))
        if math.prod(sizes) > _MOST_COMBINATIONS:
            named = ", ".join(f"{name} ({size})" for name, size in zip(names, sizes, strict=True))
            raise DataError(
                f"The attributes have {math.prod(sizes):,} combinations, and at most "
                f"{_MOST_COMBINATIONS:,} are possible. Choose some of them, for example with "
                f"--attributes TABLE:{','.join(names[:2])}. Numbers of values: {named}"
            )
        whole = np.indices(sizes).reshape(len(sizes), -1).T
        rows = np.array(self.incomplete, "int32").reshape(-1, len(sizes))
        known = {
            "names": names,
            "values": values,
            "incomplete": tuple(map(tuple, rows.tolist())),
            "sizes": sizes,
            "num_classes": len(whole),
            "num_labels": len(whole) + len(rows),
            "table": np.concatenate([whole, rows]).astype("int32"),
            "shares": None if self.shares is None else tuple(self.shares),
            "class_names": [
                ", ".join(map("=".join, zip(names, each, strict=True)))
                for each in itertools.product(*values)
            ],
        }
        for name, value in known.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, columns):
        """The attributes of a data set, and the label of each image.

        Args:
            columns: Dict of names and sequences `(num_images,)` of values: texts, numbers or
                Booleans; None, NaN, or the text "nan" or "" where a value is not given.

        Returns:
            `Attributes` with `shares`, and an int64 array `(num_images,)`.

        Raises:
            DataError: If `columns` are not of equal length, or two have the same name.
        """
        if not columns or len(set(map(len, columns.values()))) > 1:
            lengths = {name: len(column) for name, column in columns.items()}
            raise DataError(
                f"`columns` must have a value for each image. Received: lengths {lengths}"
            )
        # "," and "=" stand between attributes in the names of classes.
        cleaned = {
            _clean(name).replace("=", ":"): list(map(_clean, column))
            for name, column in columns.items()
        }
        if len(cleaned) < len(columns):
            raise DataError(
                "Attributes must have different names, and spaces do not count. "
                f"Received: {', '.join(map(repr, columns))}"
            )
        values = [_in_order({*column} - {None}) for column in cleaned.values()]
        codes = [
            [numbers.get(each, -1) for each in column]
            for column, numbers in zip(cleaned.values(), map(_numbered, values), strict=True)
        ]
        codes = np.array(codes, "int32").T
        is_whole = (codes >= 0).all(axis=1)
        incomplete, rest = np.unique(codes[~is_whole], axis=0, return_inverse=True)
        found = cls(tuple(cleaned), values, incomplete)
        labels = np.zeros(len(codes), "int64")
        labels[is_whole] = np.ravel_multi_index(tuple(codes[is_whole].T), found.sizes)
        labels[~is_whole] = found.num_classes + rest.reshape(-1)
        return dataclasses.replace(found, shares=found._shares_of(labels)), labels

    def _shares_of(self, labels):
        """Of whole combinations; an image without some values counts for those that it may have."""
        counts = np.bincount(labels, minlength=self.num_labels)
        whole = self.table[: self.num_classes]
        shares = counts[: self.num_classes].astype(float)
        for row, count in zip(self.incomplete, counts[self.num_classes :], strict=True):
            fits = ((np.array(row) < 0) | (whole == row)).all(axis=1)
            weights = counts[: self.num_classes] * fits
            weights = weights if weights.any() else fits
            shares += count * weights / weights.sum()
        return tuple((shares / shares.sum()).tolist())

    def labels(self, num, wanted, seed=None):
        """Labels for `GAN.generate` with the values wanted; others are drawn by their share.

        Args:
            num: Non-negative integer, number of labels.
            wanted: Dict of names and values, such as `{"hair": "black"}`.
            seed: Integer in [0, 2**31) or None. Defaults to None: different ones at every call.

        Returns:
            An int32 array `(num,)` of class numbers.

        Raises:
            InvalidArgument: If an attribute or a value is not known.
        """
        return in_equal_parts(wanted, num, self.num_classes, self.class_names, seed, self.shares)

    def balance(self, labels):
        """How often each image is to be drawn, so that rare values become less rare.

        The weight of a value is min(10, n / (count + 1)) of the n images of which the attribute is
        given, relative to their mean; 1 if it is not given. That of an image is the product of
        those of its values, at most 10.

        Args:
            labels: Integer array `(num_images,)`.

        Returns:
            A float64 array `(num_images,)`.
        """
        labels = check_labels(labels, self.num_labels)
        weights = np.ones(len(labels))
        for column, size in zip(self.table[labels].T, self.sizes, strict=True):
            counts = np.bincount(column[column >= 0], minlength=size)
            each = np.minimum(_LARGEST_WEIGHT, counts.sum() / (counts + 1))
            each /= (each * counts).sum() / counts.sum()
            weights *= np.append(each, 1.0)[column]
        return np.minimum(_LARGEST_WEIGHT, weights)

    def counts(self, labels):
        """Dict of names, and for each a dict of its values and how many images have them."""
        columns = zip(self.names, self.values, self.table[labels].T, strict=True)
        return {
            name: {value: int((column == number).sum()) for number, value in enumerate(values)}
            for name, values, column in columns
        }

    def digest(self, labels):
        """A hash of the attributes and of the label of each image."""
        text = json.dumps([self.names, self.values, self.incomplete, np.asarray(labels).tolist()])
        return hashlib.sha256(text.encode()).hexdigest()

    def get_config(self):
        """The arguments, for Keras and JSON."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @classmethod
    def from_config(cls, config):
        """The attributes of `get_config`."""
        return cls(**config)


def _clean(value):
    """A value as text; None if it is not given."""
    if value is None or value != value:
        return None
    text = str(value).lower() if isinstance(value, (bool, np.bool_)) else str(value)
    text = " ".join(unicodedata.normalize("NFC", text).split()).replace(", ", ",")
    # pandas writes 1 as 1.0 if other cells of the column are empty.
    text = text.removesuffix(".0") if re.fullmatch(r"-?\d+\.0", text) else text
    return None if text.lower() in ("", "nan") else text


def _in_order(values):
    """Numbers by their size, other texts by their letters."""
    try:
        return sorted(values, key=float)
    except ValueError:
        return sorted(values)


def _numbered(values):
    return {value: number for number, value in enumerate(values)}
