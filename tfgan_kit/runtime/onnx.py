"""ONNX files, run by ONNX Runtime (the extra `onnx`)."""

import numpy as np

from tfgan_kit.errors import InvalidArgument
from tfgan_kit.runtime.generator import ExportedGenerator

__all__ = ["OnnxGenerator"]

_DTYPES = {"tensor(float)": "float32", "tensor(int32)": "int32", "tensor(int64)": "int64"}


class OnnxGenerator(ExportedGenerator):
    """A generator in an `.onnx` file.

    Args:
        path: String or `os.PathLike`.
        threads: Integer, 1 or more, or None for ONNX Runtime's own choice. Defaults to
            None.

    Raises:
        InvalidArgument: If ONNX Runtime is not installed, or the file does not map noise
            to images.

    Example:

    ```python
    from tfgan_kit.runtime import onnx

    try:
        onnx.OnnxGenerator("missing.onnx")
    except ValueError as error:
        print(error)
    ```
    """

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
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # ONNX Runtime's errors have no class in common but Exception.
            if not type(error).__module__.startswith("onnxruntime"):
                raise
            line = str(error).splitlines()[0]
            raise InvalidArgument(f"Cannot read {path} as ONNX: {line}") from error
        inputs = {each.name: each for each in self._session.get_inputs()}
        self._noise = "noise" if "noise" in inputs else next(iter(inputs), None)
        noise = inputs.pop(self._noise, None)
        self._labels, labels = inputs.popitem() if inputs else (None, None)
        outputs = self._session.get_outputs()
        if inputs or not _is_float(noise, rank=2) or len(outputs) != 1 or not _is_float(outputs[0]):
            raise InvalidArgument(
                f"{path} must map float32 noise (batch, latent_dim), and labels at the most, to "
                "one output of float32 images"
            )
        batch = noise.shape[0]
        super().__init__(
            noise.shape[1],
            outputs[0].shape[1:],
            None if labels is None else tuple(labels.shape[1:]),
            None if labels is None else _DTYPES.get(labels.type),
            batch if isinstance(batch, int) else None,
        )

    def run_batch(self, noise, labels):
        """As `ExportedGenerator.run_batch`."""
        arguments = {self._noise: noise}
        if labels is not None:
            arguments[self._labels] = labels
        return np.asarray(self._session.run(None, arguments)[0])


def _is_float(node, rank=None):
    if node is None or node.type != "tensor(float)" or len(node.shape) < 2:
        return False
    known = all(isinstance(side, int) for side in node.shape[1:])
    return known and (rank is None or len(node.shape) == rank)
