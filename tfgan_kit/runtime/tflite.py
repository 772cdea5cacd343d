"""TFLite files, run by LiteRT without TensorFlow."""

import collections
import pathlib
import threading

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tfgan_kit.runtime.generator import ExportedGenerator
from tfgan_kit.runtime.interface import read_interface
from tfgan_kit.utils.errors import InvalidArgument, first_line

__all__ = ["TFLiteGenerator"]


class TFLiteGenerator(ExportedGenerator):
    """A generator in a `.tflite` file."""

    format = "tflite"
    runtime_errors = (RuntimeError, ValueError)

    def __init__(self, path, threads=None):
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            inputs, outputs = _inputs_and_outputs(self._interpreter)
        except (ValueError, RuntimeError, OSError) as error:
            raise InvalidArgument(f"Cannot read {path} as TFLite: {first_line(error)}") from error
        noise, labels, images, sizes = read_interface(path, _specs(inputs), _specs(outputs))
        super().__init__(**sizes)
        self._path = pathlib.Path(path)
        self._noise, self._labels, self._images = inputs[noise], inputs.get(labels), outputs[images]
        self._lock = threading.Lock()
        self._allocated = None

    def run_batch(self, noise, labels):
        with self._lock:
            self._allocate(len(noise))
            self._interpreter.set_tensor(self._noise["index"], noise)
            if labels is not None:
                self._interpreter.set_tensor(self._labels["index"], labels)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._images["index"])

    def operations(self):
        # Written by flatc from LiteRT's schema; large, so imported only here.
        from ai_edge_litert import schema_py_generated as schema

        names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
        model = schema.ModelT.InitFromPackedBuf(self._path.read_bytes(), 0)
        # Codes below 127 are in the older, shorter field as well.
        codes = [max(each.builtinCode, each.deprecatedBuiltinCode) for each in model.operatorCodes]
        operators = [each for graph in model.subgraphs for each in graph.operators or ()]
        used = [names.get(code := codes[each.opcodeIndex], str(code)) for each in operators]
        return dict(sorted(collections.Counter(used).items()))

    def _allocate(self, num):
        if self._allocated == num:
            return
        if self.batch_size is None:
            self._interpreter.resize_tensor_input(self._noise["index"], [num, self.latent_dim])
            if self._labels is not None:
                shape = [num, *self.label_shape]
                self._interpreter.resize_tensor_input(self._labels["index"], shape)
        self._interpreter.allocate_tensors()
        self._allocated = num


def _inputs_and_outputs(interpreter):
    """The details by name, of the first signature if there is one."""
    name = next(iter(interpreter.get_signature_list()), None)
    if name is None:
        details = interpreter.get_input_details(), interpreter.get_output_details()
        return tuple({each["name"]: each for each in side} for side in details)
    runner = interpreter.get_signature_runner(name)
    return runner.get_input_details(), runner.get_output_details()


def _specs(details):
    return {
        name: (
            tuple(None if side < 0 else int(side) for side in each["shape_signature"]),
            np.dtype(each["dtype"]).name,
        )
        for name, each in details.items()
    }
