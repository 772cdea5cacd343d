"""ONNX files, written by Keras's own exporter (the extra `onnx`)."""

import importlib.util
import warnings

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.model_card import description, properties
from tfgan_kit.export.publishing import check_target, publish
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import with_labels

__all__ = ["to_onnx"]

_NEEDED = ("onnx", "onnxruntime", "tf2onnx")


def to_onnx(gan_or_generator, path, frechet=None, run=None):
    """Export a generator as an ONNX file, for ONNX Runtime in any language.

    Inputs and output are as in `to_tflite`, with `batch` as the name of the batch's dimension. The
    file's metadata tell the noise, the range of the images, the classes and the origin. Needs the
    extra `onnx`.

    Args:
        gan_or_generator: As for `to_tflite`.
        path: String or `os.PathLike`, output file, ending in `.onnx`.
        frechet: As for `to_tflite`. Defaults to None.
        run: As for `to_tflite`. Defaults to None.

    Returns:
        A `Verification`.

    Raises:
        InvalidArgument: If the extra is not installed, an argument is invalid, or the images
            differ from the model's; then `path` is unchanged.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    try:
        export.to_onnx(generator, "generator.onnx")
    except ValueError as error:
        print(error)  # Without the extra `onnx`.
    ```

    Reference: https://onnx.ai.
    """
    check_installed()
    exportable = Exportable.of(gan_or_generator)
    path = check_target("onnx", path, frechet, run)

    def write(file, entry):
        noise, *labels = exportable.signature()
        inputs = with_labels(exportable.model, noise, *labels or [None])
        with warnings.catch_warnings():
            # Keras 3.15 reads `numpy.object` to repair tf2onnx.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            exportable.model.export(
                file,
                format="onnx",
                verbose=False,
                input_signature=[inputs],
            )
        _describe(file, entry)

    return publish(exportable, "onnx", path, write, frechet=frechet, run=run)


def _describe(file, entry):
    """Name the output and the batch, which Keras has no setting for, and add the metadata."""
    import onnx

    model = onnx.load(file)
    graph, (images,) = model.graph, model.graph.output
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = ["images" if name == images.name else name for name in names]
    images.name = "images"
    for each in (*graph.input, images):
        each.type.tensor_type.shape.dim[0].dim_param = "batch"
    model.producer_name, model.producer_version = "tfgan_kit", entry.versions["tfgan_kit"]
    model.doc_string = description(entry)
    onnx.helper.set_model_props(model, properties(entry))
    onnx.checker.check_model(model)
    onnx.save(model, file)


def check_installed():
    """Refuse to export without the packages that ONNX needs."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InvalidArgument(
            f"ONNX export needs {', '.join(missing)}: pip install 'tfgan_kit[onnx]'"
        )
