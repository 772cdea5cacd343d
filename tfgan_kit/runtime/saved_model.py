"""SavedModels, with nothing in them but arithmetic."""

import numpy as np
import tensorflow as tf

from tfgan_kit.errors import InvalidArgument
from tfgan_kit.runtime import saved_model_ops
from tfgan_kit.runtime.generator import ExportedGenerator

__all__ = ["SavedModelGenerator"]

_SIGNATURE = "serving_default"
# What TensorFlow is seen to raise for graphs and weights with flipped or missing bytes.
_UNREADABLE = (OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError)


class SavedModelGenerator(ExportedGenerator):
    """A generator in a SavedModel folder.

    Args:
        path: String or `os.PathLike`, the folder of `saved_model.pb`.
        threads: Taken for the sake of other formats and not used: threads are TensorFlow's.
            Defaults to None.

    Raises:
        InvalidArgument: If it cannot be read, holds an operation that does more than
            compute, or has no signature from noise to images.

    Example:

    ```python
    from tfgan_kit.runtime import saved_model

    try:
        saved_model.SavedModelGenerator("missing/1")
    except ValueError as error:
        print(error)
    ```
    """

    format = "saved_model"

    def __init__(self, path, threads=None):
        saved_model_ops.check(path)
        try:
            self._model = tf.saved_model.load(str(path))
        except (*_UNREADABLE, tf.errors.OpError) as error:
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise InvalidArgument(f"Cannot read {path} as a SavedModel: {line}") from error
        if _SIGNATURE not in self._model.signatures:
            raise InvalidArgument(f"{path} has no signature {_SIGNATURE!r}")
        self._signature = signature = self._model.signatures[_SIGNATURE]
        inputs = dict(signature.structured_input_signature[1])
        self._noise = "noise" if "noise" in inputs else next(iter(inputs), None)
        noise = inputs.pop(self._noise, None)
        self._labels, labels = inputs.popitem() if inputs else (None, None)
        outputs = signature.structured_outputs
        (self._images, images) = next(iter(outputs.items())) if len(outputs) == 1 else (None, None)
        if inputs or not _is_float(noise, rank=2) or not _is_float(images):
            raise InvalidArgument(
                f"{path} must map float32 noise (batch, latent_dim), and labels at the most, to "
                "one output of float32 images. Received: "
                f"{signature.structured_input_signature[1]} to {outputs}"
            )
        super().__init__(
            noise.shape[1],
            images.shape[1:],
            None if labels is None else tuple(labels.shape[1:]),
            None if labels is None else labels.dtype.name,
            noise.shape[0],
        )

    def run_batch(self, noise, labels):
        """As `ExportedGenerator.run_batch`."""
        arguments = {self._noise: tf.constant(noise)}
        if labels is not None:
            arguments[self._labels] = tf.constant(labels)
        return np.asarray(self._signature(**arguments)[self._images])


def _is_float(spec, rank=None):
    if spec is None or spec.dtype != tf.float32 or spec.shape.rank is None or spec.shape.rank < 2:
        return False
    known = None not in spec.shape.as_list()[1:]
    return known and (rank is None or spec.shape.rank == rank)
