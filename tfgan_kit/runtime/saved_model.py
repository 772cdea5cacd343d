"""SavedModels that only compute."""

import numpy as np
import tensorflow as tf

from tfgan_kit.runtime import saved_model_ops
from tfgan_kit.runtime.generator import ExportedGenerator
from tfgan_kit.runtime.interface import read_interface
from tfgan_kit.utils.errors import InvalidArgument, first_line

__all__ = ["SavedModelGenerator"]

_SIGNATURE = "serving_default"
# What TensorFlow raises for graphs and weights with flipped or missing bytes.
_UNREADABLE = (OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError)


class SavedModelGenerator(ExportedGenerator):
    """A generator in a SavedModel folder."""

    format = "saved_model"
    runtime_errors = (tf.errors.OpError,)

    def __init__(self, path, threads=None):
        saved_model_ops.check(path)
        try:
            self._model = tf.saved_model.load(str(path))
        except (*_UNREADABLE, tf.errors.OpError) as error:
            raise InvalidArgument(
                f"Cannot read {path} as a SavedModel: {first_line(error)}"
            ) from error
        if _SIGNATURE not in self._model.signatures:
            raise InvalidArgument(f"{path} has no signature {_SIGNATURE!r}")
        self._signature = self._model.signatures[_SIGNATURE]
        _, inputs = self._signature.structured_input_signature
        outputs = self._signature.structured_outputs
        names = read_interface(path, _specs(inputs), _specs(outputs))
        self._noise, self._labels, self._images, sizes = names
        super().__init__(**sizes)

    def run_batch(self, noise, labels):
        arguments = {self._noise: tf.constant(noise)}
        if labels is not None:
            arguments[self._labels] = tf.constant(labels)
        return np.asarray(self._signature(**arguments)[self._images])


def _specs(tensors):
    return {
        name: (tuple(each.shape) if each.shape.rank is not None else (), each.dtype.name)
        for name, each in tensors.items()
    }
