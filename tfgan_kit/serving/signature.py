"""What a served generator takes and gives, in the words of the Open Inference Protocol."""

import dataclasses
import math

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["DATATYPES", "ModelSignature"]

# NumPy's name of a dtype: the protocol's.
DATATYPES = {
    "bool": "BOOL",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
}

_PLATFORMS = {
    "saved_model": "tensorflow_savedmodel",
    "tflite": "tensorflow_tflite",
    "onnx": "onnx_onnxv1",
    "keras": "keras_keras",
}
# A float64 that was printed in full, and a line break with some indentation.
_BYTES_OF_A_NUMBER = 40
_BYTES_BESIDES = 2**16


@dataclasses.dataclass(frozen=True)
class ModelSignature:
    """Names, datatypes, shapes and limits of a served generator.

    Args:
        name: String, the model's name in requests.
        platform: String, as `"tensorflow_tflite"`.
        latent_dim: Integer, the length of a noise vector.
        image_shape: Tuple `(height, width, channels)`.
        label_shape: Tuple, the shape of one label, or None for a generator without
            labels. Defaults to None.
        label_dtype: String, the labels' NumPy dtype, or None. Defaults to None.
        max_batch: Integer, 1 or more, how many images a request may ask for. Defaults
            to 256.

    Example:

    ```python
    from tfgan_kit.serving import ModelSignature

    signature = ModelSignature("cats", "tensorflow_tflite", 64, (28, 28, 1))
    signature.inputs()  # [{'name': 'noise', 'datatype': 'FP32', 'shape': [-1, 64]}]
    ```

    Reference:
        [Open Inference Protocol](https://github.com/kserve/open-inference-protocol)
    """

    name: str
    platform: str
    latent_dim: int
    image_shape: tuple
    label_shape: tuple = None
    label_dtype: str = None
    max_batch: int = 256

    @classmethod
    def of(cls, generator, name, max_batch):
        """The signature of a loaded generator.

        Args:
            generator: An `ExportedGenerator`.
            name: String, the model's name in requests.
            max_batch: Integer, 1 or more.

        Returns:
            A `ModelSignature`.

        Raises:
            InvalidArgument: If its labels have a dtype that the protocol lacks.
        """
        if generator.label_dtype is not None and generator.label_dtype not in DATATYPES:
            raise InvalidArgument(
                f"Labels of a served generator must be numbers. Received: {generator.label_dtype}"
            )
        return cls(
            name,
            _PLATFORMS.get(generator.format, str(generator.format)),
            generator.latent_dim,
            tuple(generator.image_shape),
            generator.label_shape,
            generator.label_dtype,
            max_batch,
        )

    @property
    def max_body_bytes(self):
        """Integer, the largest request body: `max_batch` examples as JSON, indented."""
        labels = 0 if self.label_shape is None else math.prod(self.label_shape)
        numbers = self.latent_dim + labels
        return _BYTES_BESIDES + self.max_batch * numbers * _BYTES_OF_A_NUMBER

    def inputs(self):
        """The inputs as the protocol describes tensors.

        Returns:
            A list of dicts of `name`, `datatype` and `shape`; -1 is any batch.
        """
        tensors = [{"name": "noise", "datatype": "FP32", "shape": [-1, self.latent_dim]}]
        if self.label_shape is not None:
            datatype, shape = DATATYPES[self.label_dtype], [-1, *self.label_shape]
            tensors.append({"name": "labels", "datatype": datatype, "shape": shape})
        return tensors

    def outputs(self):
        """The one output as the protocol describes tensors.

        Returns:
            A list of one dict of `name`, `datatype` and `shape`.
        """
        return [{"name": "images", "datatype": "FP32", "shape": [-1, *self.image_shape]}]
