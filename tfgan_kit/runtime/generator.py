"""`ExportedGenerator`: what every format has in common once it is loaded."""

import abc
import math

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument, first_line

__all__ = ["ExportedGenerator"]

_BATCH_SIZE = 64


class ExportedGenerator(abc.ABC):
    """A generator that was loaded from a file.

    `load` makes it; each format has a subclass that knows how to run a batch.

    Args:
        latent_dim: Integer, the length of a noise vector.
        image_shape: Tuple `(height, width, channels)`.
        label_shape: Tuple, the shape of one label, or None for a generator without
            labels. Defaults to None.
        label_dtype: String, the labels' dtype, or None. Defaults to None.
        batch_size: Integer where the file takes batches of one size only, or None.
            Defaults to None.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    networks = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    gan = tfgan_kit.GAN(*networks, latent_dim=8)
    export.to_tflite(gan, "generator.tflite")
    export.load("generator.tflite").generate(4, seed=0).shape  # (4, 16, 16, 1)
    ```
    """

    format = None
    # What the runtime of the format raises where a batch cannot be run.
    runtime_errors = ()

    def __init__(
        self, latent_dim, image_shape, label_shape=None, label_dtype=None, batch_size=None
    ):
        self.latent_dim = latent_dim
        self.image_shape = tuple(image_shape)
        self.label_shape = label_shape
        self.label_dtype = label_dtype
        self.batch_size = batch_size
        self.manifest_entry = None

    @abc.abstractmethod
    def run_batch(self, noise, labels):
        """Turn one batch of a size that the file takes into images.

        Args:
            noise: float32 array `(batch, latent_dim)`.
            labels: Array `(batch, ...)`, or None.

        Returns:
            A float32 array `(batch, height, width, channels)`.
        """

    def run(self, noise, labels=None):
        """Turn noise into images, a bounded batch at a time.

        Args:
            noise: Float array `(num, latent_dim)`, num 1 or more.
            labels: Array of num labels, for a conditional generator. Defaults to None.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

        Raises:
            InvalidArgument: If the noise or the labels have another shape, or the file
                gives other shapes or values that are not finite.
        """
        noise = self._check_noise(noise)
        labels = self._check_labels(labels, len(noise))
        size = self.batch_size or _BATCH_SIZE
        images = [
            self._run_padded(
                noise[at : at + size], None if labels is None else labels[at : at + size]
            )
            for at in range(0, len(noise), size)
        ]
        images = np.concatenate(images)
        if not np.isfinite(images).all():
            raise InvalidArgument(
                "The exported generator gives values that are not finite; the noise is far from "
                "standard normal, or the file is damaged or was made from a model that had diverged"
            )
        return images

    def generate(self, num, seed=None, labels=None):
        """Draw images, the same as `GAN.generate` of the model that was exported.

        Args:
            num: Integer, 0 or more, how many.
            seed: Integer in [0, 2**31) or None. The same seed gives the same images, and
                the same first ones whatever `num` is. Defaults to None: other images at
                every call.
            labels: Array of num labels, for a conditional generator. Defaults to None.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

        Raises:
            InvalidArgument: If an argument is out of range, or as `run`.
        """
        # Noise is a function of TensorFlow's, which running a TFLite or ONNX file does without.
        from tfgan_kit import latent

        noise = latent.sample(num, self.latent_dim, seed=seed)
        if not len(noise):
            return np.zeros((0, *self.image_shape), "float32")
        return self.run(noise, labels)

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
            # The shapes are right, so that a label beyond the classes is what is left.
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
        try:
            noise = np.asarray(noise, dtype="float32")
        except (TypeError, ValueError) as error:
            raise InvalidArgument(
                f"`noise` must be an array of numbers. Received: {type(noise).__name__}"
            ) from error
        if noise.ndim != 2 or noise.shape[1] != self.latent_dim or not len(noise):
            raise InvalidArgument(
                f"`noise` must have shape (num, {self.latent_dim}) with num 1 or more. "
                f"Received: shape {noise.shape}"
            )
        if not np.isfinite(noise).all():
            raise InvalidArgument("`noise` must be finite. Received: NaN or infinity in it")
        return noise

    def _check_labels(self, labels, num):
        if (labels is None) != (self.label_shape is None):
            raise InvalidArgument(
                "`labels` must be given: the generator is conditional"
                if labels is None
                else "`labels` must be None: the generator takes no labels"
            )
        if labels is None:
            return None
        labels, shape = np.asarray(labels), (num, *self.label_shape)
        if labels.dtype.kind not in "biuf":
            raise InvalidArgument(f"`labels` must be numbers. Received: {labels.dtype}")
        # One number a label may come without an axis of its own, and with one.
        if labels.shape != shape and not (labels.size == num and math.prod(shape) == num):
            raise InvalidArgument(f"`labels` must have shape {shape}. Received: {labels.shape}")
        given, labels = labels.reshape(shape), labels.reshape(shape).astype(self.label_dtype)
        if "int" in self.label_dtype and (labels != given).any():
            raise InvalidArgument(f"`labels` must be {self.label_dtype}. Received: {given.dtype}")
        return labels
