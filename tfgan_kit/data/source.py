"""The common interface of all image sources."""

import copy
import functools
import warnings

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["DataError", "Source"]

# Fewer images may have as many classes; more classes than images are mistaken numbers.
_MAX_CLASSES = 1000
_ONE_CLASS = "one class only: not used as labels"


class DataError(InvalidArgument):
    """Images that cannot be used; the message names the file or the argument, and the reason.

    Example:

    ```python
    from tfgan_kit import data

    try:
        data.open_source("no/such/folder")
    except data.DataError as error:
        print(error)
    ```
    """


class Source:
    """Images by number, from an array, a file, a folder or a data set.

    `data.open_source` makes sources. To use images from elsewhere, pass a function that reads them.

    Args:
        name: String, used in messages.
        shape: Tuple of four positive integers, `(num, height, width, channels)`.
        read: Function from an int64 array of shape `(k,)` to a uint8 array of shape `(k, height,
            width, channels)`. It may be called from several threads.
        fingerprint: String that changes when the data changes, or a function without arguments that
            computes it on first use.
        labels: Integer array of shape `(num,)`, a function that computes it on first use, or None.
            Labels that are all equal count as none. Defaults to None.
        class_names: List of strings, the name of each label, or None. Defaults to None.
        skipped: List of `(path, reason)` of the images left out. The reader may append to it.
            Defaults to an empty list.
        notes: List of strings, what the reader decided about the images, for the summary of a run.
            Defaults to an empty list.
        value_range: Pair of numbers, the values of black and white where the images come from.
            Defaults to `(0, 255)`.
        attributes: The `Attributes` that the labels are combinations of, incomplete ones too; they
            name the classes. Defaults to None.

    Attributes (besides the arguments):
        image_shape: Tuple `(height, width, channels)`.
        num_classes: Integer, the number of class names or else the largest label plus 1; None
            without labels or with one class only, which `labels` and `class_names` then are too.
            Labels of incomplete combinations of attributes are larger.
        num_skipped: Integer, the length of `skipped`.
        is_one_picture: Boolean, whether the images are crops of one picture.
        error: The last `DataError` while a `tf.data` pipeline was reading, since TensorFlow raises
            errors of its own instead; or None.

    Raises:
        DataError: If `shape` is not as described.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import data

    pixels = np.zeros((10, 28, 28, 1), "uint8")
    source = data.Source("black", pixels.shape, read=pixels.__getitem__, fingerprint="0")
    source.read([0, 3]).shape  # (2, 28, 28, 1)
    ```
    """

    def __init__(
        self,
        name,
        shape,
        read,
        fingerprint,
        labels=None,
        class_names=None,
        skipped=None,
        notes=None,
        value_range=(0, 255),
        attributes=None,
    ):
        if len(shape) != 4 or min(shape) < 1:
            raise DataError(
                f"`shape` of {name} must be (num, height, width, channels), each at least 1. "
                f"Received: shape={tuple(shape)}"
            )
        self.name = str(name)
        self.image_shape = tuple(int(side) for side in shape[1:])
        self.skipped = [] if skipped is None else skipped
        self.notes = [] if notes is None else notes
        self.value_range = tuple(value_range)
        self.error = None
        self.is_one_picture = False
        self._num_images = int(shape[0])
        self._read = read
        self._fingerprint = fingerprint
        self._labels = labels
        self.attributes = attributes
        if attributes is not None:
            class_names = attributes.class_names
        if class_names is not None and len(class_names) == 1:
            self._labels = None
            self.notes.append(_ONE_CLASS)
        self._class_names = class_names

    def __len__(self):
        return self._num_images

    def __repr__(self):
        black, white = self.value_range
        return (
            f"<Source {self.name}: {len(self)} images of shape {self.image_shape}, "
            f"range {black:g} to {white:g}>"
        )

    @property
    def num_skipped(self):
        return len(self.skipped)

    @functools.cached_property
    def labels(self):
        labels = self._labels() if callable(self._labels) else self._labels
        if labels is None:
            return None
        labels = np.asarray(labels, dtype="int64")
        if labels.shape != (len(self),):
            raise DataError(
                f"`labels` of {self.name} must have shape ({len(self)},). "
                f"Received: shape {labels.shape}"
            )
        if (labels == labels[0]).all():
            self.notes.append(_ONE_CLASS)
            return None
        self._check_numbers(labels)
        return labels

    def _check_numbers(self, labels):
        advice = "np.unique(labels, return_inverse=True)[1] numbers them from 0 without gaps"
        limit = self.attributes.num_labels if self.attributes else max(len(self), _MAX_CLASSES)
        if not 0 <= labels.min() <= labels.max() < limit:
            raise DataError(
                f"`labels` of {self.name} must be class numbers from 0. "
                f"Received: {labels.min()} to {labels.max()} for {len(self)} images; {advice}"
            )
        num_classes, num_used = labels.max() + 1, len(np.unique(labels))
        if not self._class_names and num_used < num_classes:
            warnings.warn(
                f"{self.name} has images of {num_used} classes only, but its labels go up to "
                f"{labels.max()}, which makes {num_classes} classes; {advice}",
                stacklevel=4,
            )

    @property
    def num_classes(self):
        # A data set too large for memory is not read only to count its classes.
        if callable(self._labels) and self._class_names:
            return len(self._class_names)
        if self.labels is None:
            return None
        return len(self._class_names or []) or int(self.labels.max()) + 1

    @property
    def class_names(self):
        return None if self.num_classes is None else self._class_names

    @functools.cached_property
    def fingerprint(self):
        return self._fingerprint() if callable(self._fingerprint) else self._fingerprint

    def relabelled(self, labels, class_names=None):
        """The same images with other labels, such as the numbers of clusters, and their names."""
        other = copy.copy(self)
        vars(other).pop("labels", None)
        other._labels, other._class_names, other.notes = labels, class_names, list(self.notes)
        other.attributes = None
        return other

    def complete(self):
        """The images whose attributes are all given; the same source if that is all images."""
        if self.attributes is None or self.labels is None:
            return self
        kept = np.flatnonzero(self.labels < self.num_classes)
        if len(kept) == len(self):
            return self
        other = copy.copy(self)
        vars(other).update(
            labels=self.labels[kept],
            fingerprint=f"{self.fingerprint} complete",
            _num_images=len(kept),
            _read=lambda indices: self.read(kept[indices]),
        )
        return other

    def read(self, indices):
        """Read the images with these indices.

        Args:
            indices: Array or list of integers in [0, len(source)), of shape `(k,)`, in any order
                and with repeats.

        Returns:
            A uint8 array of shape `(k, height, width, channels)`.

        Raises:
            InvalidArgument: If `indices` has another rank or is out of range.
            DataError: If a file has become unreadable.

        Example:

        ```python
        from tfgan_kit import data

        data.open_source("digits").read([5, 5, 0]).shape  # (3, 28, 28, 1)
        ```
        """
        indices = np.asarray(indices)
        if not indices.size:
            indices = indices.astype("int64")
        if indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise InvalidArgument(
                "`indices` must be a list of integers. "
                f"Received: shape {indices.shape}, dtype {indices.dtype}"
            )
        if indices.size and not 0 <= indices.min() <= indices.max() < len(self):
            raise InvalidArgument(
                f"`indices` must be in [0, {len(self)}) for {self.name}. "
                f"Received: {indices.min()} to {indices.max()}"
            )
        return self._read(indices.astype("int64"))
