"""Which inputs and output of a file are noise, labels and images."""

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import data_position

__all__ = ["read_interface"]


def read_interface(path, inputs, outputs):
    """The names of noise, labels and images among the `{name: (shape, dtype)}` of a file.

    With the arguments of `ExportedGenerator` as a fourth value.
    """
    names = list(inputs)
    noise = names[data_position([(name, inputs[name][1]) for name in names])] if names else None
    labels = next((name for name in names if name != noise), None)
    images = next(iter(outputs), None)
    if (
        not 1 <= len(inputs) <= 2
        or len(outputs) != 1
        or not _is_known(*inputs[noise], ranks=[2])
        or not _is_known(*outputs[images], ranks=range(2, 10))
    ):
        raise InvalidArgument(
            f"{path} must map float32 noise (batch, latent_dim), and at most one input of labels, "
            f"to one output of float32 images. Received: {_text(inputs)} to {_text(outputs)}"
        )
    (batch_size, latent_dim), _ = inputs[noise]
    sizes = {"latent_dim": latent_dim, "image_shape": outputs[images][0][1:]}
    sizes["batch_size"] = batch_size
    if labels:
        shape, dtype = inputs[labels]
        sizes |= {"label_shape": shape[1:], "label_dtype": dtype}
    return noise, labels, images, sizes


def _is_known(shape, dtype, ranks):
    """Whether the dtype is float32 and all dimensions but the batch are known."""
    return dtype == "float32" and len(shape) in ranks and None not in shape[1:]


def _text(specs):
    return ", ".join(f"{name} {dtype} {shape}" for name, (shape, dtype) in specs.items()) or "none"
