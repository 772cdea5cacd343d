"""TFLite files, run by LiteRT; nothing here needs TensorFlow."""

import threading

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tfgan_kit.errors import InvalidArgument
from tfgan_kit.runtime.generator import ExportedGenerator

__all__ = ["TFLiteGenerator"]


class TFLiteGenerator(ExportedGenerator):
    """A generator in a `.tflite` file.

    Safe to call from several threads, one at a time; give each its own for more.

    Args:
        path: String or `os.PathLike`.
        threads: Integer, 1 or more, or None for LiteRT's own choice. Defaults to None.

    Raises:
        InvalidArgument: If it does not map noise to images.

    Example:

    ```python
    from tfgan_kit.runtime import tflite

    try:
        tflite.TFLiteGenerator("missing.tflite")
    except ValueError as error:
        print(error)
    ```
    """

    format = "tflite"

    def __init__(self, path, threads=None):
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            inputs, outputs = _inputs_and_outputs(self._interpreter)
        except (ValueError, RuntimeError, OSError) as error:
            raise InvalidArgument(f"Cannot read {path} as TFLite: {_line(error)}") from error
        noise, labels = _noise_and_labels(path, inputs)
        (image,) = outputs.values() if len(outputs) == 1 else (None,)
        if image is None or image["dtype"] != np.float32 or not _sides_known(image):
            raise InvalidArgument(
                f"{path} must have one float32 output of images. Received: "
                f"{ {name: list(map(int, each['shape'])) for name, each in outputs.items()} }"
            )
        batch, latent_dim = map(int, noise["shape_signature"])
        super().__init__(
            latent_dim,
            [int(side) for side in image["shape_signature"][1:]],
            None if labels is None else tuple(int(n) for n in labels["shape_signature"][1:]),
            None if labels is None else np.dtype(labels["dtype"]).name,
            None if batch == -1 else batch,
        )
        self._noise, self._labels, self._images = noise, labels, image
        self._lock = threading.Lock()
        self._allocated = None

    def run_batch(self, noise, labels):
        """As `ExportedGenerator.run_batch`."""
        with self._lock:
            self._allocate(len(noise))
            self._interpreter.set_tensor(self._noise["index"], noise)
            if labels is not None:
                self._interpreter.set_tensor(self._labels["index"], labels)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._images["index"])

    def _allocate(self, num):
        if self._allocated == num:
            return
        if self.batch_size is None:
            self._interpreter.resize_tensor_input(self._noise["index"], [num, self.latent_dim])
            if self._labels is not None:
                self._interpreter.resize_tensor_input(
                    self._labels["index"], [num, *self.label_shape]
                )
        self._interpreter.allocate_tensors()
        self._allocated = num


def _inputs_and_outputs(interpreter):
    """The details of the first signature by name; files of other makers may have none."""
    name = next(iter(interpreter.get_signature_list()), None)
    if name is None:
        details = interpreter.get_input_details(), interpreter.get_output_details()
        return tuple({each["name"]: each for each in side} for side in details)
    runner = interpreter.get_signature_runner(name)
    return runner.get_input_details(), runner.get_output_details()


def _noise_and_labels(path, inputs):
    """The details of both inputs; labels are the one that is not called noise."""
    inputs = dict(inputs)
    noise = inputs.pop("noise" if "noise" in inputs else next(iter(inputs), None), None)
    labels = inputs.popitem()[1] if len(inputs) == 1 else None
    known = noise is not None and len(noise["shape"]) == 2 and _sides_known(noise)
    if not known or inputs or noise["dtype"] != np.float32:
        raise InvalidArgument(
            f"{path} must take float32 noise (batch, latent_dim), and labels at the most"
        )
    return noise, labels


def _sides_known(detail):
    """Whether all sides but the batch are given, and there is one."""
    sides = detail["shape_signature"][1:]
    return len(sides) > 0 and all(side > 0 for side in sides)


def _line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]
