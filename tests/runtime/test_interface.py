"""Which inputs and output of a file are which."""

import pytest

from tfgan_kit.runtime.interface import read_interface
from tfgan_kit.utils.errors import InvalidArgument

NOISE = ((None, 100), "float32")
LABELS = ((None, 10), "int32")
IMAGES = ((None, 28, 28, 1), "float32")


def test_noise_has_its_name_or_is_of_floats_and_labels_may_be_missing():
    for inputs in (
        {"a": NOISE, "b": LABELS},
        {"b": LABELS, "noise": NOISE},
        {"b": LABELS, "a": NOISE},
    ):
        noise, labels, images, sizes = read_interface("file", inputs, {"x": IMAGES})
        assert (inputs[noise], inputs[labels], images) == (NOISE, LABELS, "x")
        assert (sizes["label_shape"], sizes["label_dtype"]) == ((10,), "int32")
    *names, sizes = read_interface("file", {"z": ((4, 100), "float32")}, {"x": IMAGES})
    assert names == ["z", None, "x"]
    assert sizes == {"latent_dim": 100, "image_shape": (28, 28, 1), "batch_size": 4}


@pytest.mark.parametrize(
    "inputs, outputs",
    [
        ({}, {"x": IMAGES}),
        ({"a": NOISE, "b": LABELS, "c": LABELS}, {"x": IMAGES}),
        ({"a": NOISE}, {}),
        ({"a": NOISE}, {"x": IMAGES, "y": IMAGES}),
        ({"a": LABELS}, {"x": IMAGES}),
        ({"a": ((None, None), "float32")}, {"x": IMAGES}),
        ({"a": ((None, 10, 10), "float32")}, {"x": IMAGES}),
        ({"a": NOISE}, {"x": ((None, 28, 28, 1), "uint8")}),
        ({"a": NOISE}, {"x": ((None, None, 28, 1), "float32")}),
        ({"a": NOISE}, {"x": ((None,), "float32")}),
    ],
)
def test_other_interfaces(inputs, outputs):
    with pytest.raises(InvalidArgument, match=r"file must map float32 noise .* Received: .* to "):
        read_interface("file", inputs, outputs)
