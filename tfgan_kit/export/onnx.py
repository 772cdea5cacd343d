"""ONNX files, written by Keras's own exporter (the extra `onnx`)."""

import importlib.util
import warnings

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, publish
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["to_onnx"]

_NEEDED = ("onnx", "onnxruntime", "tf2onnx")


def to_onnx(gan_or_generator, path, frechet=None, run=None):
    """Export a generator as an ONNX file, for ONNX Runtime in any language.

    Inputs and output are as in `to_tflite`. Needs the extra `onnx`.

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

    def write(file):
        signature = exportable.signature()
        with warnings.catch_warnings():
            # Keras 3.15 reads `numpy.object` to repair tf2onnx.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            exportable.model.export(
                file,
                format="onnx",
                verbose=False,
                input_signature=signature if len(signature) == 1 else [signature],
            )

    return publish(exportable, "onnx", path, write, frechet=frechet, run=run)


def check_installed():
    """Refuse to export without the packages that ONNX needs."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InvalidArgument(
            f"ONNX export needs {', '.join(missing)}: pip install 'tfgan_kit[onnx]'"
        )
