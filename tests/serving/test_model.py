"""A generator as a model of KServe: requests are read, checked and answered."""

import asyncio
import threading

import kserve
import numpy as np
import pytest
from kserve.errors import InvalidInput

from tfgan_kit import runtime
from tfgan_kit.serving.model import GeneratorModel

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
    return noise(**{"name": "labels", "datatype": "INT32", "shape": [2], "data": [1, 0], **changes})


def infer(model, *tensors):
    response, _ = asyncio.run(model(kserve.InferRequest("cats", list(tensors), request_id="7")))
    assert (response.id, response.model_name) == ("7", "cats")
    (output,) = response.outputs
    return output.as_numpy()


def test_metadata_of_one_hot_labels_and_of_none(make_model):
    noise, hot = (("noise", "FP32", [-1, 3]), ("labels", "FP32", [-1, 10]))
    model = make_model(Doubling(label_shape=(10,), label_dtype="float32"))
    assert [tuple(each.values()) for each in model.get_input_types()] == [noise, hot]
    assert [tuple(each.values()) for each in make_model().get_input_types()] == [noise]


@pytest.mark.parametrize("kind", ["flat", "nested", "integers", "raw"])
def test_noise_flat_nested_and_raw(make_model, kind):
    array = np.array(NUMBERS, "float32").reshape(2, 3)
    data = {"flat": NUMBERS, "nested": array.tolist(), "integers": [2, -1, 2, 0, 1, 3]}.get(kind)
    tensor = noise(data=data)
    if kind == "raw":
        tensor.set_data_from_numpy(array)
    expected = 2 * (array if kind != "integers" else np.reshape(data, (2, 3)))
    np.testing.assert_array_equal(infer(make_model(), tensor), expected.reshape(2, 1, 3, 1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"datatype": "FP64"}, "`noise` must have datatype FP32. Received: 'FP64'")]
    + [({"shape": [6]}, r"shape \[num, 3\] with num from 1 to 4. Received: \[6\]")]
    + [({"shape": shape}, r"shape \[num, 3\]") for shape in ([], [3, 2], [-1, 3], [10**30, 3])]
    + [({"shape": [0, 3], "data": []}, "num from 1 to 4")]
    + [({"shape": [5, 3], "data": [0.0] * 15}, r"num from 1 to 4. Received: \[5, 3\]")]
    + [({"data": NUMBERS[:5]}, r"FP32 values of shape \[2, 3\]")]
    + [({"data": [NUMBERS[:3], NUMBERS[:2]]}, "values of shape")]
    + [({"data": ["0.5"] * 6}, "FP32 numbers. Received: .'0.5', '0.5'")]
    + [({"data": [value] * 6}, "FP32 numbers") for value in (True, None)]
    + [({"data": [value] * 6}, "FP32 values of shape") for value in ({}, 10**400)]
    + [({"data": [float(value)] * 6}, "`noise` must be finite") for value in ("nan", "inf")],
)
def test_unusable_noise(make_model, changes, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        infer(make_model(), noise(**changes))
    assert "\n" not in str(caught.value)


NAMES = ["cat", "dog", "föx", "a b", "c"]


@pytest.mark.parametrize("kind", ["text", "bytes", "raw"])
def test_labels_by_the_names_of_classes(labelled, kind):
    asked = ["föx", "dog"]
    with pytest.raises(InvalidInput, match="must have datatype INT32. Received: 'BYTES'"):
        infer(labelled, noise(), labels(datatype="BYTES", data=asked))
    before, labelled.generator.class_names = labelled.max_body_bytes, NAMES
    assert labelled.max_body_bytes == before + 4 * len('"f\\u00f6x"')
    encoded = np.array([name.encode() for name in asked], "object")
    named = labels(datatype="BYTES", data=asked if kind == "text" else encoded.tolist())
    if kind == "raw":
        named.set_data_from_numpy(encoded, binary_data=True)
    numbered = infer(labelled, noise(), labels(data=[2, 1]))
    np.testing.assert_array_equal(infer(labelled, noise(), named), numbered)
    wrong = [({"data": ["cat", "dig"]}, "be names of classes. Received: 'dig'; did you mean 'dog'")]
    wrong += [({"data": [each] * 2}, "be names of classes") for each in (1, None, {}, b"\xff", "")]
    wrong += [({"data": ["cat"]}, "hold BYTES values of shape"), ({"shape": [2, 1]}, "have shape")]
    wrong += [
        ({"data": [["cat"], ["dog", "c"]]}, "hold BYTES values of shape"),
        ({"data": None}, "hold BYTES"),
    ]
    wrong += [({"data": ["x\ny" * 500, "cat"]}, "be names of classes")]
    wrong += [
        ({"datatype": "FP32"}, "have datatype INT32, or BYTES for class names. Received: 'FP32'")
    ]
    for changes, message in wrong:
        with pytest.raises(InvalidInput, match=f"`labels` must {message}") as caught:
            infer(labelled, noise(), labels(**{"datatype": "BYTES", "data": asked, **changes}))
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    with pytest.raises(InvalidInput, match="`noise` must have datatype FP32. Received"):
        infer(labelled, noise(datatype="BYTES"), named)


def test_labels_come_in_any_order_and_unusable_ones_are_refused(labelled):
    assert infer(labelled, labels(), noise())[:, 0, 0, 0].tolist() == [2.0, 0.0]
    wrong = [({"shape": [1], "data": [1]}, "shape"), ({"datatype": "INT64"}, "datatype INT32")]
    wrong += [({"data": data}, "INT32 numbers") for data in ([0.5, 1.0], ["0", "1"])]
    wrong += [({"data": [0, 2**31]}, "INT32 values")]
    wrong += [({"data": [0, 5]}, ".*5"), ({"data": [-1, 0]}, ".*-1")]
    for changes, message in wrong:
        with pytest.raises(InvalidInput, match=f"`labels` must .*{message}"):
            infer(labelled, noise(), labels(**changes))


@pytest.mark.parametrize(
    "tensors", [[], [noise()], [labels()], [noise(), noise()], [noise(), labels(name="z")]]
)
def test_missing_double_and_unknown_inputs(labelled, tensors):
    with pytest.raises(InvalidInput, match="The inputs must be noise and labels. Received: "):
        infer(labelled, *tensors)


def test_workers_run_at_the_same_time_and_wait_for_a_free_generator(make_model):
    barrier = threading.Barrier(2)
    model = make_model(*(Doubling(lambda: barrier.wait(20)) for _ in range(2)))

    async def four():
        requests = [kserve.InferRequest("cats", [noise()]) for _ in range(4)]
        return await asyncio.gather(*(model(request) for request in requests))

    assert [response.outputs[0].shape for response, _ in asyncio.run(four())] == [[2, 1, 3, 1]] * 4


def test_faults_of_the_generator_and_protocol_v1(make_model):
    def break_down():
        raise ValueError("broken")

    # A fault of the generator is not a mistake of the client.
    with pytest.raises(RuntimeError, match="The generator failed: broken"):
        infer(make_model(Doubling(break_down)), noise())
    model = make_model()
    model.generator.run_batch = lambda noise, labels: np.full((len(noise), 1, 3, 1), np.nan, "f4")
    with pytest.raises(InvalidInput, match="not finite"):
        infer(model, noise())
    with pytest.raises(InvalidInput, match="POST /v2/models/cats/infer"):
        asyncio.run(model({"instances": [[0.5, 1.0, 2.0]]}))
