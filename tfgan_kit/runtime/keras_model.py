"""`.keras` files, loaded in Keras's safe mode, which runs no code in them."""

import zipfile

import keras
import tensorflow as tf
from keras import ops

# Importing GAN also registers the layers that its generators are made of.
from tfgan_kit.gan import GAN
from tfgan_kit.runtime.generator import ExportedGenerator
from tfgan_kit.runtime.interface import read_interface
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.inputs import data_position, with_labels

__all__ = ["KerasGenerator"]


class KerasGenerator(ExportedGenerator):
    """A generator in a `.keras` file; for a whole GAN, the one that `GAN.generate` uses."""

    format = "keras"
    runtime_errors = (tf.errors.InvalidArgumentError,)

    def __init__(self, path, threads=None):
        try:
            model = keras.models.load_model(path, safe_mode=True)
        except (OSError, ValueError, KeyError, TypeError, AttributeError,
                zipfile.BadZipFile) as error:  # fmt: skip
            raise InvalidArgument(
                f"Cannot read {path} as a Keras model: {first_line(error)}"
            ) from error
        self.model = model.sampling_generator if isinstance(model, GAN) else model
        inputs = getattr(self.model, "inputs", None) or []
        outputs = getattr(self.model, "outputs", None) or []
        # Keras's own names are arbitrary.
        at = data_position([(each.name, each.dtype) for each in inputs])
        names = ("labels", "noise") if at else ("noise", "labels")
        *_, sizes = read_interface(path, _specs(names, inputs), _specs(("images",), outputs))
        super().__init__(**sizes, num_classes=getattr(model, "num_classes", None))
        self.class_shares = getattr(model, "class_shares", None)

    def run_batch(self, noise, labels):
        images = self.model(with_labels(self.model, noise, labels), training=False)
        return ops.convert_to_numpy(ops.cast(images, "float32"))


def _specs(names, tensors):
    """Names by position; surplus tensors get numbers."""
    return {
        names[at] if at < len(names) else str(at): (
            tuple(each.shape),
            keras.backend.standardize_dtype(each.dtype),
        )
        for at, each in enumerate(tensors)
    }
