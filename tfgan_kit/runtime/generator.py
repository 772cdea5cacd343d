"""`ExportedGenerator`: what loaded files of all formats have in common."""

import abc
import math

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.labels import of_images

__all__ = ["ExportedGenerator"]

_BATCH_SIZE = 64


class ExportedGenerator(abc.ABC):
    """A generator loaded from a file by `load`. Each format is a subclass.

    Args:
        latent_dim: Integer, length of a noise vector.
        image_shape: Tuple `(height, width, channels)`.
        label_shape: Tuple, shape of one label, or None for an unconditional generator.
            Defaults to None.
        label_dtype: String, dtype of the labels, or None. Defaults to None.
        batch_size: Positive integer if the file takes only batches of this size, or None.
            Defaults to None.
        num_classes: Positive integer, labels are in [0, num_classes), or None if unknown.
            Defaults to None.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite")
    export.load("generator.tflite").generate(4, seed=0).shape  # (4, 16, 16, 1)
    ```
    """

    format = None
    # The exceptions with which the format's library reports a batch that it cannot run.
    runtime_errors = ()

    def __init__(
        self,
        latent_dim,
        image_shape,
        label_shape=None,
        label_dtype=None,
        batch_size=None,
        num_classes=None,
    ):
        self.latent_dim = latent_dim
        self.image_shape = tuple(image_shape)
        self.label_shape = label_shape
        self.label_dtype = label_dtype
        self.batch_size = batch_size
        self.num_classes = num_classes
        self.manifest_entry = self.class_names = self.class_shares = None

    @abc.abstractmethod
    def run_batch(self, noise, labels):
        """Turn a batch of float32 noise, and labels or None, into float32 images."""

    @property
    def class_limit(self):
        """Class numbers are below it: `num_classes`, or infinity; None if it takes none."""
        if self.label_shape is None or math.prod(self.label_shape) != 1:
            return None
        return self.num_classes or (math.inf if "int" in self.label_dtype else None)

    def operations(self):
        """A dict from each operation in the file to its count, if the format can list them."""
        return {}

    def run(self, noise, labels=None):
        """Turn noise into images, one bounded batch at a time.

        Args:
            noise: Float array `(num, latent_dim)`, num at least 1.
            labels: Array of num labels for a conditional generator. Defaults to None.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

        Raises:
            InvalidArgument: If noise or labels have the wrong shape or values, or the
                images have.
        """
        noise = self._check_noise(noise)
        labels = self._check_labels(labels, len(noise))
        size = self.batch_size or _BATCH_SIZE
        batches = [slice(at, at + size) for at in range(0, len(noise), size)]
        images = np.concatenate(
            [self._run_padded(noise[at], None if labels is None else labels[at]) for at in batches]
        )
        if not np.isfinite(images).all():
            raise InvalidArgument(
                "The exported generator gives values that are not finite: the noise is far from "
                "standard normal, the file is damaged, or the model had diverged"
            )
        return images

    def generate(self, num, seed=None, labels=None):
        """Draw images, the same as `GAN.generate` of the exported model.

        Args:
            num: Non-negative integer, number of images.
            seed: Integer in [0, 2**31) or None. The first images do not depend on `num`.
                Defaults to None: different images at every call.
            labels: For a conditional generator: a class number, or name if `class_names` are
                known, for all images, or an array or list of num of them. Of attributes: a dict
                such as `{"hair": "black"}`, what it does not name is drawn. Defaults to None: drawn
                by `class_shares` if `num_classes` is known, evenly if the shares are not.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

        Raises:
            InvalidArgument: If an argument is out of range.
        """
        # It needs TensorFlow, which running a TFLite or ONNX file does not.
        from tfgan_kit import latent

        noise = latent.sample(num, self.latent_dim, seed)
        if labels is None and self.num_classes is not None:
            labels = latent.sample_labels(num, self.num_classes, seed, self.class_shares)
        elif labels is not None and (self.label_shape is None or self.class_limit):
            known = self.class_limit, self.class_names
            labels = of_images(num, labels, *known, seed, self.class_shares)
        elif labels is not None and np.ndim(labels) == 0:
            labels = np.full(num, labels)
        return self.run(noise, labels) if num else np.zeros((0, *self.image_shape), "float32")

    def _run_padded(self, noise, labels):
        missing = (self.batch_size or len(noise)) - len(noise)
        if missing:
            noise = np.concatenate([noise, np.zeros((missing, self.latent_dim), "float32")])
            if labels is not None:
                labels = np.concatenate([labels, np.repeat(labels[-1:], missing, axis=0)])
        try:
            images = np.asarray(self.run_batch(noise, labels), dtype="float32")
        except self.runtime_errors as error:
            if labels is None:
                raise
            # Shapes have been checked, so a label beyond the classes is the likely cause.
            raise InvalidArgument(
                "The generator failed on these `labels`; each must be one of its classes: "
                f"{first_line(error)}"
            ) from error
        if images.shape != (len(noise), *self.image_shape):
            raise InvalidArgument(
                f"The exported generator must give images {self.image_shape}, one for each of "
                f"{len(noise)} noise vectors. Received: shape {images.shape}"
            )
        return images[: len(images) - missing]

    def _check_noise(self, noise):
        noise = np.asarray(noise, dtype="float32")
        if noise.ndim != 2 or noise.shape[1] != self.latent_dim or not len(noise):
            raise InvalidArgument(
                f"`noise` must have shape (num, {self.latent_dim}) with num at least 1. "
                f"Received: shape {noise.shape}"
            )
        if not np.isfinite(noise).all():
            raise InvalidArgument("`noise` must be finite. Received: NaN or infinity")
        return noise

    def _check_labels(self, labels, num):
        if self.label_shape is None:
            if labels is not None:
                raise InvalidArgument("`labels` must be None: the generator takes no labels")
            return None
        if labels is None:
            why = "" if self.num_classes else ", and how many classes it has is not known"
            raise InvalidArgument(f"`labels` must be given: the generator is conditional{why}")
        given, shape = np.asarray(labels), (num, *self.label_shape)
        # Labels of one number may come with or without an axis of size 1.
        if given.shape != shape and not given.size == num == math.prod(shape):
            raise InvalidArgument(f"`labels` must have shape {shape}. Received: {given.shape}")
        given = given.reshape(shape)
        labels = given.astype(self.label_dtype)
        if "int" in self.label_dtype and (labels != given).any():
            raise InvalidArgument(f"`labels` must be {self.label_dtype}. Received: {given.dtype}")
        if self.num_classes is not None:
            wrong = labels[(labels < 0) | (labels >= self.num_classes)]
            if wrong.size:
                raise InvalidArgument(
                    f"`labels` must be class numbers from 0 to {self.num_classes - 1}. "
                    f"Received: {wrong.flat[0]}"
                )
        return labels
