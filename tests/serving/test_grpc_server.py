"""gRPC, asked of a real server by KServe's stubs."""

import functools

import numpy as np
import pytest
from serving_processes import (
    CLASSES,
    grpc_messages,
    local,
    needs_kserve,
    noise_of,
    shared_server,
)

pytestmark = needs_kserve


@functools.cache
def stub(labelled=False):
    import grpc

    channel = grpc.insecure_channel(shared_server(labelled).grpc_address)
    return grpc_messages()[1].GRPCInferenceServiceStub(channel)


def message(kind, **fields):
    return getattr(grpc_messages()[0], kind)(**fields)


def typed(num=2, **changes):
    """A right input whose numbers are in typed contents, with fields changed at will."""
    contents = {"fp32_contents": noise_of(num).ravel()}
    fields = {"name": "noise", "datatype": "FP32", "shape": [num, 4], "contents": contents}
    return {**fields, **changes}


def raw(**changes):
    return {**{key: value for key, value in typed().items() if key != "contents"}, **changes}


def labels(*values, **changes):
    contents = {"int_contents": values}
    fields = {"name": "labels", "datatype": "INT32", "shape": [len(values)], "contents": contents}
    return {**fields, **changes}


def infer(*inputs, labelled=False, **fields):
    fields = {"model_name": "generator", **fields}
    request = message("ModelInferRequest", inputs=inputs, **fields)
    return stub(labelled).ModelInfer(request, timeout=30)


def images_of(answer):
    (output,) = answer.outputs
    assert (output.name, output.datatype) == ("images", "FP32")
    values = np.array(output.contents.fp32_contents, "float32")
    if answer.raw_output_contents:
        assert not len(values)
        values = np.frombuffer(answer.raw_output_contents[0], "<f4")
    return values.reshape(output.shape)


def test_what_it_tells_of_itself():
    assert stub().ServerLive(message("ServerLiveRequest")).live
    assert stub().ServerReady(message("ServerReadyRequest")).ready
    assert stub().ServerMetadata(message("ServerMetadataRequest")).name == "kserve"
    assert stub().ModelReady(message("ModelReadyRequest", name="generator")).ready
    told = stub(True).ModelMetadata(message("ModelMetadataRequest", name="generator"))
    assert (told.name, told.platform) == ("generator", "tensorflow_tflite")
    tensors = [
        (each.name, each.datatype, list(each.shape)) for each in [*told.inputs, *told.outputs]
    ]
    assert tensors == [
        ("noise", "FP32", [-1, 4]),
        ("labels", "INT32", [-1]),
        ("images", "FP32", [-1, 4, 4, 1]),
    ]


def test_typed_images_are_those_of_a_local_run():
    answer = infer(typed(3), id="mine")
    assert (answer.model_name, answer.id) == ("generator", "mine")
    assert not answer.raw_output_contents
    np.testing.assert_allclose(images_of(answer), local("tflite").run(noise_of(3)), atol=1e-5)


def test_raw_images_are_those_of_a_local_run():
    answer = infer(raw(), raw_input_contents=[noise_of(2).tobytes()])
    assert answer.raw_output_contents
    np.testing.assert_allclose(images_of(answer), local("tflite").run(noise_of(2)), atol=1e-5)


def test_labelled_images_are_those_of_a_local_run():
    answer = infer(typed(), labels(1, 4), labelled=True)
    expected = local("tflite", labelled=True).run(noise_of(2), [1, 4])
    np.testing.assert_allclose(images_of(answer), expected, atol=1e-5)


def refused(*inputs, **fields):
    import grpc

    with pytest.raises(grpc.RpcError) as caught:
        infer(*inputs, **fields)
    assert "\n" not in caught.value.details()
    return caught.value.code().name


TYPED_WRONG = {
    "name": {"name": "latent"},
    "datatype": {"datatype": "FP64"},
    "unknown datatype": {"datatype": "COMPLEX"},
    "no datatype": {"datatype": ""},
    "bytes": {"datatype": "BYTES", "contents": {"bytes_contents": [b"a"] * 8}},
    "flat shape": {"shape": [8]},
    "no shape": {"shape": []},
    "other latent_dim": {"shape": [4, 2]},
    "no rows": {"shape": [0, 4], "contents": {}},
    "negative": {"shape": [-2, 4]},
    "huge shape": {"shape": [2**62, 4]},
    "too many": {"shape": [17, 4], "contents": {"fp32_contents": [0.0] * 68}},
    "few numbers": {"contents": {"fp32_contents": [0.0] * 7}},
    "many numbers": {"contents": {"fp32_contents": [0.0] * 9}},
    "no numbers": {"contents": {}},
    "not a number": {"contents": {"fp32_contents": [float("nan")] * 8}},
    "infinity": {"contents": {"fp32_contents": [float("inf")] * 8}},
    "another field": {"contents": {"fp64_contents": [0.0] * 8}},
    "two fields": {"contents": {"fp32_contents": [0.0] * 8, "int_contents": [0]}},
}


@pytest.mark.parametrize("changes", TYPED_WRONG.values(), ids=list(TYPED_WRONG))
def test_wrong_input(changes):
    assert refused(typed(**changes)) == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "inputs, contents",
    [
        ([], []),
        ([raw(), raw()], [b"\0" * 32] * 2),
        ([raw()], [b"\0" * 31]),
        ([raw()], [b""]),
        ([raw()], [b"\0" * 32] * 2),
        ([raw()], [np.full(8, np.nan, "<f4").tobytes()]),
        ([raw(datatype="BYTES")], [b"\0" * 32]),
        ([typed(), labels(0, 1)], []),
    ],
    ids=["none", "twice", "short", "empty", "more", "nan", "bytes", "labels"],
)
def test_wrong_inputs(inputs, contents):
    assert refused(*inputs, raw_input_contents=contents) == "INVALID_ARGUMENT"


@pytest.mark.parametrize("given", [[], [labels(0)], [labels(0, CLASSES)], [labels(0, -1)]])
def test_wrong_labels(given):
    assert refused(typed(), *given, labelled=True) == "INVALID_ARGUMENT"


def test_wrong_output():
    assert refused(typed(), outputs=[{"name": "noise"}]) == "INVALID_ARGUMENT"


def test_what_there_is_not():
    assert refused(typed(), model_name="dogs") == "NOT_FOUND"
    assert refused(typed(), model_name="") == "NOT_FOUND"
    assert refused(typed(), model_version="2") == "NOT_FOUND"


def test_too_large_message():
    assert refused(raw(), raw_input_contents=[b"\0" * 300_000]) == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("kind", ["Load", "Unload"])
def test_models_are_not_loaded_or_unloaded(kind):
    import grpc

    call = getattr(stub(), f"RepositoryModel{kind}")
    with pytest.raises(grpc.RpcError) as caught:
        call(message(f"RepositoryModel{kind}Request", model_name="generator"), timeout=30)
    assert caught.value.code().name == "UNIMPLEMENTED"
    assert len(images_of(infer(typed()))) == 2


def test_unknown_model_in_questions():
    import grpc

    for name in ("ModelReady", "ModelMetadata"):
        with pytest.raises(grpc.RpcError) as caught:
            getattr(stub(), name)(message(f"{name}Request", name="dogs"), timeout=30)
        assert caught.value.code().name == "NOT_FOUND"


def test_no_fault_was_logged():
    assert "Traceback" not in shared_server().error_text()
    assert "Traceback" not in shared_server(True).error_text()
