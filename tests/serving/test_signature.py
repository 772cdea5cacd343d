"""Metadata of what is served."""

import pytest

from tfgan_kit import runtime
from tfgan_kit.serving import ModelSignature
from tfgan_kit.utils.errors import InvalidArgument


class Described(runtime.ExportedGenerator):
    """Tells what it takes and gives; a signature is made without running it."""

    format = "tflite"

    def run_batch(self, noise, labels):
        raise AssertionError("a signature must not run the generator")


def generator(**labels):
    return Described(64, [28, 28, 1], **labels)


def test_without_labels():
    signature = ModelSignature.of(generator(), "cats", 32)
    assert signature.inputs() == [{"name": "noise", "datatype": "FP32", "shape": [-1, 64]}]
    assert signature.outputs() == [{"name": "images", "datatype": "FP32", "shape": [-1, 28, 28, 1]}]
    assert (signature.name, signature.platform, signature.max_batch) == (
        "cats",
        "tensorflow_tflite",
        32,
    )


@pytest.mark.parametrize(
    "shape, dtype, expected",
    [((), "int32", ("INT32", [-1])), ((10,), "float32", ("FP32", [-1, 10]))],
)
def test_with_labels(shape, dtype, expected):
    signature = ModelSignature.of(generator(label_shape=shape, label_dtype=dtype), "cats", 32)
    labels = signature.inputs()[1]
    assert (labels["name"], labels["datatype"], labels["shape"]) == ("labels", *expected)


def test_labels_of_another_kind():
    with pytest.raises(InvalidArgument, match="must be numbers. Received: string"):
        ModelSignature.of(generator(label_shape=(), label_dtype="string"), "cats", 32)


def test_body_limit_holds_the_largest_batch_and_not_much_more():
    signature = ModelSignature.of(generator(), "cats", 256)
    assert 25 * 256 * 64 < signature.max_body_bytes < 2**20
