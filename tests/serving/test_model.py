"""A generator as a model of KServe: requests are read, checked and answered."""

import asyncio
import threading

import kserve
import numpy as np
import pytest
from kserve.errors import InvalidInput

from tfgan_kit import runtime
from tfgan_kit.serving.model import GeneratorModel
from tfgan_kit.utils.errors import InvalidArgument

NUMBERS = [0.5, -1.0, 2.0, 0.0, 1.0, 3.0]


class Doubling(runtime.ExportedGenerator):
    """Images that are twice the noise, plus the label."""

    format = "tflite"

    def __init__(self, pause=lambda: None, **labels):
        super().__init__(3, (1, 3, 1), **labels)
        self.pause = pause

    def run_batch(self, noise, labels):
        self.pause()
        images = 2 * noise.reshape((-1, 1, 3, 1))
        return images if labels is None else images + labels.reshape((-1, 1, 1, 1))


@pytest.fixture
def make_model(monkeypatch):
    """A loaded model of these generators, one per worker."""

    def make(*generators):
        left = list(generators or [Doubling()])
        model = GeneratorModel("cats", "cats.tflite", len(left), max_batch=4)
        monkeypatch.setattr(runtime, "load", lambda path, threads: left.pop())
        assert model.load()
        return model

    return make


@pytest.fixture
def labelled(make_model):
    return make_model(Doubling(label_shape=(), label_dtype="int32", num_classes=5))


def noise(**changes):
    fields = {"name": "noise", "datatype": "FP32", "shape": [2, 3], "data": NUMBERS}
    return kserve.InferInput(**{**fields, **changes})


def labels(**changes):
    fields = {"name": "labels", "datatype": "INT32", "shape": [2], "data": [1, 0]}
    return kserve.InferInput(**{**fields, **changes})


def raw(array):
    tensor = noise(shape=list(array.shape), data=None)
    tensor.set_data_from_numpy(array)
    return tensor


def infer(model, *tensors):
    response, _ = asyncio.run(model(kserve.InferRequest("cats", list(tensors), request_id="7")))
    assert (response.id, response.model_name) == ("7", "cats")
    (output,) = response.outputs
    return output.as_numpy()


@pytest.mark.parametrize(
    "given, inputs",
    [
        ({}, []),
        ({"label_shape": (), "label_dtype": "int32"}, [("labels", "INT32", [-1])]),
        ({"label_shape": (10,), "label_dtype": "float32"}, [("labels", "FP32", [-1, 10])]),
    ],
)
def test_metadata(make_model, given, inputs):
    model = make_model(Doubling(**given))
    assert [tuple(each.values()) for each in model.get_input_types()] == [
        ("noise", "FP32", [-1, 3]),
        *inputs,
    ]
    assert model.get_output_types() == [
        {"name": "images", "datatype": "FP32", "shape": [-1, 1, 3, 1]}
    ]


@pytest.mark.parametrize(
    "tensor",
    [
        noise(),
        noise(data=[NUMBERS[:3], NUMBERS[3:]]),
        noise(data=[0.5, -1, 2, 0, 1, 3]),
        raw(np.array(NUMBERS, "float32").reshape(2, 3)),
    ],
    ids=["flat", "nested", "integers", "raw"],
)
def test_noise_flat_nested_and_raw(make_model, tensor):
    expected = 2 * np.array(NUMBERS, "float32").reshape(2, 1, 3, 1)
    np.testing.assert_array_equal(infer(make_model(), tensor), expected)


def test_inputs_may_have_any_order(labelled):
    assert infer(labelled, labels(), noise())[:, 0, 0, 0].tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"datatype": "FP64"}, "`noise` must have datatype FP32. Received: 'FP64'"),
        ({"shape": [6]}, r"shape \[num, 3\] with num from 1 to 4. Received: \[6\]"),
        ({"shape": []}, r"shape \[num, 3\]"),
        ({"shape": [3, 2]}, r"shape \[num, 3\]"),
        ({"shape": [0, 3], "data": []}, "num from 1 to 4"),
        ({"shape": [-1, 3]}, "num from 1 to 4"),
        ({"shape": [5, 3], "data": [0.0] * 15}, r"num from 1 to 4. Received: \[5, 3\]"),
        ({"shape": [10**30, 3]}, "num from 1 to 4"),
        ({"data": NUMBERS[:5]}, r"FP32 numbers of shape \[2, 3\]"),
        ({"data": [*NUMBERS, 1.0]}, "numbers of shape"),
        ({"data": [NUMBERS[:3], NUMBERS[:2]]}, "numbers of shape"),
        ({"data": ["0.5"] * 6}, "FP32 numbers. Received: .'0.5', '0.5'"),
        ({"data": [True] * 6}, "FP32 numbers. Received: .True"),
        ({"data": [None] * 6}, "FP32 numbers"),
        ({"data": [{}] * 6}, "FP32 numbers"),
        ({"data": [10**400] * 6}, "FP32 numbers"),
        ({"data": [float("nan")] * 6}, "`noise` must be finite"),
        ({"data": [float("inf")] * 6}, "`noise` must be finite"),
    ],
)
def test_unusable_noise(make_model, changes, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        infer(make_model(), noise(**changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"shape": [1], "data": [1]}, "`labels` must have shape"),
        ({"datatype": "INT64"}, "`labels` must have datatype INT32"),
        ({"data": [0.5, 1.0]}, r"`labels` must hold INT32 numbers. Received: \[0.5, 1.0\]"),
        ({"data": ["0", "1"]}, "`labels` must hold INT32 numbers"),
        ({"data": [0, 2**31]}, "`labels` must hold INT32 numbers"),
        ({"data": [0, 5]}, r"`labels` must be .* Received: .*5"),
        ({"data": [-1, 0]}, r"`labels` must be .* Received: .*-1"),
    ],
)
def test_unusable_labels(labelled, changes, message):
    with pytest.raises(InvalidInput, match=message):
        infer(labelled, noise(), labels(**changes))


@pytest.mark.parametrize(
    "tensors", [[], [noise()], [labels()], [noise(), noise()], [noise(), labels(name="z")]]
)
def test_missing_double_and_unknown_inputs(labelled, tensors):
    with pytest.raises(InvalidInput, match="The inputs must be noise and labels. Received: "):
        infer(labelled, *tensors)


def test_protocol_v1_is_refused(make_model):
    with pytest.raises(InvalidInput, match="POST /v2/models/cats/infer"):
        asyncio.run(make_model()({"instances": [[0.5, 1.0, 2.0]]}))


def test_workers_run_at_the_same_time_and_wait_for_a_free_generator(make_model):
    barrier = threading.Barrier(2)
    model = make_model(*(Doubling(lambda: barrier.wait(20)) for _ in range(2)))

    async def four():
        requests = [kserve.InferRequest("cats", [noise()]) for _ in range(4)]
        return await asyncio.gather(*(model(request) for request in requests))

    assert [response.outputs[0].shape for response, _ in asyncio.run(four())] == [[2, 1, 3, 1]] * 4


def test_every_worker_has_its_own_interpreter(conditional):
    model = GeneratorModel("digits", conditional[1], num_workers=3)
    model.load()
    generators = [model._free.get() for _ in range(3)]
    assert len({id(each._interpreter) for each in generators}) == 3


def test_images_that_are_not_finite_are_refused(make_model):
    model = make_model()
    model.generator.run_batch = lambda noise, labels: np.full((len(noise), 1, 3, 1), np.nan, "f4")
    with pytest.raises(InvalidInput, match="not finite"):
        infer(model, noise())


def test_fault_of_the_generator_is_not_a_mistake_of_the_client(make_model):
    def break_down():
        raise ValueError("broken")

    with pytest.raises(RuntimeError, match="The generator failed: broken"):
        infer(make_model(Doubling(break_down)), noise())


def test_largest_request_has_room_for_the_largest_batch(make_model):
    assert 25 * 4 * 3 < make_model().max_body_bytes < 2**20


def test_missing_file(tmp_path):
    with pytest.raises(InvalidArgument, match="no file or folder"):
        GeneratorModel("cats", tmp_path / "none").load()
