"""ONNX files, run by ONNX Runtime (the extra `onnx`)."""

import numpy as np

from tfgan_kit.runtime.generator import ExportedGenerator
from tfgan_kit.runtime.interface import read_interface
from tfgan_kit.utils.errors import InvalidArgument, first_line

__all__ = ["OnnxGenerator"]

_DTYPES = {"tensor(float)": "float32", "tensor(int32)": "int32", "tensor(int64)": "int64"}


class OnnxGenerator(ExportedGenerator):
    """A generator in an `.onnx` file."""

    format = "onnx"

    def __init__(self, path, threads=None):
        try:
            import onnxruntime
        except ImportError as error:
            raise InvalidArgument(
                "ONNX files need ONNX Runtime: pip install 'tfgan_kit[onnx]'"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        # It logs the errors that it also raises.
        options.log_severity_level = 4
        self.runtime_errors = _errors()
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except self.runtime_errors as error:
            raise InvalidArgument(f"Cannot read {path} as ONNX: {first_line(error)}") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        names = read_interface(path, _specs(inputs), _specs(outputs))
        self._noise, self._labels, self._images, sizes = names
        super().__init__(**sizes)

    def run_batch(self, noise, labels):
        arguments = {self._noise: noise}
        if labels is not None:
            arguments[self._labels] = labels
        return np.asarray(self._session.run(None, arguments)[0])


def _errors():
    """ONNX Runtime's exceptions, which have no common base class."""
    from onnxruntime.capi import onnxruntime_pybind11_state

    kinds = vars(onnxruntime_pybind11_state).values()
    return tuple(each for each in kinds if isinstance(each, type) and issubclass(each, Exception))


def _specs(nodes):
    return {
        node.name: (
            tuple(side if isinstance(side, int) else None for side in node.shape),
            _DTYPES.get(node.type, node.type),
        )
        for node in nodes
    }
