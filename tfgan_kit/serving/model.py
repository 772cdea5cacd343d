"""`GeneratorModel`: an exported generator as a model of KServe."""

import asyncio
import concurrent.futures
import json
import math
import pathlib
import queue
import reprlib
import struct

import kserve
import numpy as np
from kserve.errors import InvalidInput
from kserve.utils.numpy_codec import from_np_dtype
from kserve.utils.utils import generate_uuid

from tfgan_kit import runtime
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean, first_line

__all__ = ["GeneratorModel"]

# The kinds of numbers in JSON that a NumPy dtype of this kind takes.
_KINDS = {"f": "iuf", "i": "iu", "u": "iu", "b": "b"}
# A float64 with all its digits, a comma, a line break and indentation.
_BYTES_PER_NUMBER = 40
_OTHER_BYTES = 2**16


class GeneratorModel(kserve.Model):
    """Turns the inputs `noise` and, for a conditional generator, `labels` into `images`."""

    def __init__(self, name, path, num_workers=2, max_batch=256):
        super().__init__(name)
        self.path = path
        # The number of a SavedModel's folder, as in TensorFlow Serving.
        folder = pathlib.Path(path).name
        self.version = folder if folder.isdecimal() else "1"
        self.num_workers = num_workers
        self.max_batch = max_batch

    def load(self):
        """Load the file once per worker."""
        generators = [runtime.load(self.path, threads=1) for _ in range(self.num_workers)]
        self.generator = generators[0]
        # KServe has no setting for threads that run a model, and an interpreter runs one batch at
        # a time: here each thread takes a free one, and a large batch does not block the server.
        self._free = queue.SimpleQueue()
        for generator in generators:
            self._free.put(generator)
        self._threads = concurrent.futures.ThreadPoolExecutor(self.num_workers)
        self.ready = True
        return self.ready

    @property
    def max_body_bytes(self):
        """The size of the largest request: `max_batch` examples as indented JSON."""
        numbers = self.generator.latent_dim + math.prod(self.generator.label_shape or ())
        longest = max(
            (len(json.dumps(name)) for name in self.generator.class_names or ()), default=0
        )
        return _OTHER_BYTES + self.max_batch * (numbers * _BYTES_PER_NUMBER + longest)

    def get_input_types(self):
        """The inputs' names, datatypes and shapes; -1 stands for any number of examples."""
        latent_dim, label_shape = self.generator.latent_dim, self.generator.label_shape
        inputs = [{"name": "noise", "datatype": "FP32", "shape": [-1, latent_dim]}]
        if label_shape is not None:
            datatype = from_np_dtype(np.dtype(self.generator.label_dtype))
            inputs.append({"name": "labels", "datatype": datatype, "shape": [-1, *label_shape]})
        return inputs

    def get_output_types(self):
        """The output's name, datatype and shape."""
        return [{"name": "images", "datatype": "FP32", "shape": [-1, *self.generator.image_shape]}]

    async def predict(self, payload, headers=None, response_headers=None):
        """Generate the images of one request."""
        arrays = self._read(payload)
        loop = asyncio.get_running_loop()
        images = await loop.run_in_executor(self._threads, self._run, arrays)
        output = kserve.InferOutput("images", list(images.shape), "FP32")
        # KServe writes them as JSON for REST clients that did not ask for raw bytes.
        raw = payload.use_binary_outputs or not payload.from_grpc
        output.set_data_from_numpy(images, binary_data=raw)
        return kserve.InferResponse(
            payload.id or generate_uuid(),
            self.name,
            [output],
            use_binary_outputs=payload.use_binary_outputs,
            requested_outputs=payload.request_outputs,
        )

    def _read(self, request):
        if not isinstance(request, kserve.InferRequest):
            raise InvalidInput(f"Use the protocol v2: POST /v2/models/{self.name}/infer.")
        expected = {each["name"]: each for each in self.get_input_types()}
        names = [tensor.name for tensor in request.inputs]
        if sorted(names) != sorted(expected):
            raise InvalidInput(
                f"The inputs must be {' and '.join(expected)}. Received: {reprlib.repr(names)}."
            )
        return {each.name: self._to_array(each, expected[each.name]) for each in request.inputs}

    def _to_array(self, tensor, expected):
        name, datatype, (_, *shape) = expected["name"], expected["datatype"], expected["shape"]
        received, names = list(tensor.shape), self.generator.class_names
        named = name == "labels" and names is not None
        if tensor.datatype not in ([datatype, "BYTES"] if named else [datatype]):
            raise InvalidInput(
                f"`{name}` must have datatype {datatype}{', or BYTES for class names' * named}. "
                f"Received: {tensor.datatype!r:.50}."
            )
        if received[1:] != shape or not received or not 1 <= received[0] <= self.max_batch:
            wanted = ", ".join(map(str, ["num", *shape]))
            raise InvalidInput(
                f"`{name}` must have shape [{wanted}] with num from 1 to {self.max_batch}. "
                f"Received: {reprlib.repr(received)}."
            )
        try:
            array, given = tensor.as_numpy(), np.asarray(tensor.data or [])
        except (OverflowError, TypeError, ValueError, struct.error) as error:
            raise InvalidInput(
                f"`{name}` must hold {tensor.datatype} values of shape {received}: "
                f"{first_line(error):.100}."
            ) from error
        if tensor.datatype == "BYTES":
            numbers = [_class_number(each, names) for each in array.flat]
            return np.reshape(numbers, received).astype(self.generator.label_dtype)
        # KServe reads the text "1" as 1, and 1.5 as the integer 1; raw bytes leave no data.
        if given.size and given.dtype.kind not in _KINDS[array.dtype.kind]:
            raise InvalidInput(
                f"`{name}` must hold {datatype} numbers. "
                f"Received: {reprlib.repr(tensor.data):.100}."
            )
        return array

    def _run(self, arrays):
        generator = self._free.get()
        try:
            return generator.run(**arrays)
        except InvalidArgument as error:
            raise InvalidInput(first_line(error)) from error
        except Exception as error:
            # A fault of the generator, which is not to be taken for a mistake of the client.
            raise RuntimeError(f"The generator failed: {first_line(error)}") from error
        finally:
            self._free.put(generator)


def _class_number(label, names):
    """The number of a class name, which is text in JSON and bytes otherwise."""
    name = label.decode(errors="replace") if isinstance(label, bytes) else label
    if isinstance(name, str) and name in names:
        return names.index(name)
    raise InvalidInput(
        f"`labels` must be names of classes. Received: {reprlib.repr(name):.50}"
        f"{did_you_mean(name, names):.80}"
    )
