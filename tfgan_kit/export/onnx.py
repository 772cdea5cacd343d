"""ONNX files, by Keras's own exporter (the extra `onnx`)."""

import importlib.util
import warnings

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, prove, record
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path

__all__ = ["to_onnx"]

_NEEDED = ("onnx", "onnxruntime", "tf2onnx")


def to_onnx(gan_or_generator, path, judge=None, run=None):
    """Export a generator as an ONNX file, for ONNX Runtime in any language.

    Its input is `noise` float32 `(batch, latent_dim)`, and `labels` of a conditional
    generator, its output `images` float32 in [-1, 1]. It is loaded in a fresh process and
    compared with the model before it appears.

    Args:
        gan_or_generator: A `GAN`, whose average is taken where it has one, or a Keras model
            from noise, or noise and labels, to images.
        path: String or `os.PathLike`, the file to write, ending in `.onnx`.
        judge: As for `to_tflite`. Defaults to None.
        run: As for `to_tflite`. Defaults to None.

    Returns:
        A `Verification`.

    Raises:
        InvalidArgument: If the extra is not installed, an argument cannot be used, or the
            file does not give the model's images; then `path` stays as it was.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    networks = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    gan = tfgan_kit.GAN(*networks, latent_dim=8)
    try:
        export.to_onnx(gan, "generator.onnx")
    except ValueError as error:
        print(error)  # Without the extra `onnx`.
    ```

    Reference: https://onnx.ai.
    """
    check_installed()
    exportable = Exportable(gan_or_generator)
    path = check_target(path, run, judge, ".onnx")
    with atomic_path(path) as temporary:
        _convert(exportable, temporary)
        verification = prove(exportable, temporary, path, "none", judge)
    return record(exportable, path, "onnx", {}, verification, run)


def _convert(exportable, path):
    signature = exportable.signature()
    with warnings.catch_warnings():
        # Keras 3.15 looks for `numpy.object` in order to mend tf2onnx.
        warnings.filterwarnings(
            "ignore", message="In the future `np.object`", category=FutureWarning
        )
        exportable.model_in_float32().export(
            path,
            format="onnx",
            verbose=False,
            input_signature=signature if len(signature) == 1 else [signature],
        )


def check_installed():
    """Refuse to go on without what ONNX export needs."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InvalidArgument(
            f"ONNX export needs {', '.join(missing)}: pip install 'tfgan_kit[onnx]'"
        )
