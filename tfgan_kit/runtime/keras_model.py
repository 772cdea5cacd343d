"""`.keras` files, loaded in Keras's safe mode: no code in them is run."""

import zipfile

import keras
from keras import ops

# GAN brings the kit's layers with it, which a generator may be made of.
from tfgan_kit.errors import InvalidArgument
from tfgan_kit.gan import GAN
from tfgan_kit.runtime.generator import ExportedGenerator

__all__ = ["KerasGenerator"]


class KerasGenerator(ExportedGenerator):
    """A generator in a `.keras` file; of a whole GAN, the one that `GAN.generate` uses.

    Args:
        path: String or `os.PathLike`.
        threads: Taken for the sake of other formats and not used. Defaults to None.

    Raises:
        InvalidArgument: If it cannot be read, or does not map noise to images.

    Example:

    ```python
    from tfgan_kit.runtime import keras_model

    try:
        keras_model.KerasGenerator("missing.keras")
    except ValueError as error:
        print(error)
    ```
    """

    format = "keras"

    def __init__(self, path, threads=None):
        try:
            model = keras.models.load_model(path, safe_mode=True)
        except (OSError, ValueError, KeyError, TypeError, AttributeError,
                zipfile.BadZipFile) as error:  # fmt: skip
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise InvalidArgument(f"Cannot read {path} as a Keras model: {line}") from error
        self._model = model.sampling_generator if isinstance(model, GAN) else model
        inputs = self._model.inputs if isinstance(self._model, keras.Model) else []
        outputs = self._model.outputs if inputs else []
        if not 1 <= len(inputs) <= 2 or len(outputs) != 1 or len(inputs[0].shape) != 2:
            raise InvalidArgument(
                f"{path} must map noise (batch, latent_dim), and labels at the most, to images"
            )
        labels = inputs[1] if len(inputs) == 2 else None
        super().__init__(
            inputs[0].shape[1],
            outputs[0].shape[1:],
            None if labels is None else tuple(labels.shape[1:]),
            None if labels is None else keras.backend.standardize_dtype(labels.dtype),
        )

    def run_batch(self, noise, labels):
        """As `ExportedGenerator.run_batch`."""
        images = self._model(noise if labels is None else [noise, labels], training=False)
        return ops.convert_to_numpy(ops.cast(images, "float32"))
