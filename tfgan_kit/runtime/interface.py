"""Which inputs and output of a file are noise, labels and images."""

from typing import NamedTuple

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Interface", "TensorSpec", "read_interface"]


class TensorSpec(NamedTuple):
    """An input or output of a file."""

    shape: tuple
    dtype: str


class Interface(NamedTuple):
    """The names of inputs and output, and the arguments of `ExportedGenerator`."""

    noise: str
    labels: str
    images: str
    sizes: dict


def read_interface(path, inputs, outputs):
    """Find noise, labels and images among the inputs and outputs of a file."""
    noise = "noise" if "noise" in inputs else next(iter(inputs), None)
    labels = [name for name in inputs if name != noise]
    images = next(iter(outputs), None)
    if (
        len(labels) > 1
        or len(outputs) != 1
        or not _is_known(inputs.get(noise), rank=2)
        or not _is_known(outputs[images])
    ):
        raise InvalidArgument(
            f"{path} must map float32 noise (batch, latent_dim), and at most one input of labels, "
            f"to one output of float32 images. Received: {_text(inputs)} to {_text(outputs)}"
        )
    batch_size, latent_dim = inputs[noise].shape
    sizes = {"latent_dim": latent_dim, "image_shape": outputs[images].shape[1:]}
    sizes["batch_size"] = batch_size
    if labels:
        label = inputs[labels[0]]
        sizes |= {"label_shape": label.shape[1:], "label_dtype": label.dtype}
    return Interface(noise, labels[0] if labels else None, images, sizes)


def _is_known(spec, rank=None):
    """Whether the dtype is float32 and all dimensions but the batch are known."""
    if spec is None or spec.dtype != "float32" or len(spec.shape) < 2 or None in spec.shape[1:]:
        return False
    return rank is None or len(spec.shape) == rank


def _text(specs):
    return ", ".join(f"{name} {spec.dtype} {spec.shape}" for name, spec in specs.items()) or "none"
