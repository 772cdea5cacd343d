"""TFLite files of builtin operations alone, in float or quantized."""

import functools
import tempfile
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

# The one that `tf.lite` raises; TensorFlow 2.21 has no public name for it.
from tensorflow.lite.python.convert import ConverterError

from tfgan_kit import latent
from tfgan_kit.export import tflite_file
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, prove, record
from tfgan_kit.export.tflite_twin import tflite_twin
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean, first_line
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.streams import quiet
from tfgan_kit.utils.validation import check_integer

__all__ = ["to_tflite"]

_CALIBRATION = 256


def to_tflite(
    gan_or_generator,
    path,
    quantize="none",
    batch_size=None,
    calibration=_CALIBRATION,
    judge=None,
    run=None,
):
    """Export a generator as a TFLite file, which runs in LiteRT without TensorFlow.

    The file has one signature, `serving_default`: `noise` float32 `(batch, latent_dim)`,
    and `labels` of a conditional generator, to `images` float32 in [-1, 1], also where the
    arithmetic inside is in integers. It uses builtin operations only, which is checked in
    the file. It is loaded in a fresh process and compared with the model before it appears.

    Args:
        gan_or_generator: A `GAN`, whose average is taken where it has one, or a Keras model
            from noise, or noise and labels, to images.
        path: String or `os.PathLike`, the file to write, ending in `.tflite`. One that is
            there is replaced once the new one has been proven.
        quantize: What weights and arithmetic are kept in. `"none"`: float32.
            `"float16"`: half the size, float32 arithmetic. `"dynamic"`: int8 weights, and
            int8 activations scaled as they come. `"int8"`: all in int8, for integer
            hardware. `"int16x8"`: int8 weights, int16 activations. Defaults to `"none"`.
        batch_size: Integer, 1 or more, to fix the batch, or None for any. Defaults to None.
        calibration: For `"int8"` and `"int16x8"`, an integer, how many noise vectors of the
            generator's own the ranges of activations are measured on, or a float array
            `(num, latent_dim)` of these. Defaults to 256.
        judge: A `FrechetJudge` whose verdict goes into the figures, and into the limits of
            the integer kinds, or None. Defaults to None.
        run: Dict of where the generator comes from, for the model card, or None. Defaults
            to None.

    Returns:
        A `Verification`.

    Raises:
        InvalidArgument: If an argument cannot be used, or the file does not give the model's
            images within the limits of its kind; then `path` stays as it was.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    networks = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    gan = tfgan_kit.GAN(*networks, latent_dim=8)
    export.to_tflite(gan, "generator.tflite", quantize="float16", batch_size=1).max_error
    ```

    Reference: https://ai.google.dev/edge/litert/conversion/tensorflow/overview; Jacob et al.,
    2018, https://arxiv.org/abs/1712.05877 (integer arithmetic).
    """
    exportable = Exportable(gan_or_generator)
    path = check_target(path, run, judge, ".tflite")
    kind = _KINDS.get(quantize) if isinstance(quantize, str) else None
    if kind is None:
        raise InvalidArgument(
            f"`quantize` must be one of {', '.join(_KINDS)}. Received: quantize={quantize!r}"
            + did_you_mean(quantize, _KINDS)
        )
    check_integer("batch_size", batch_size, 1, optional=True)
    noise = _calibration_noise(exportable, calibration)
    prepared = Exportable(kind.prepare(exportable.model_in_float32()))
    content = _convert(prepared, kind.configure, batch_size, noise)
    tflite_file.check_builtin(content)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
        verification = prove(exportable, temporary, path, quantize, judge)
    settings = {"quantize": quantize, "batch_size": batch_size}
    return record(exportable, path, "tflite", settings, verification, run)


def _convert(exportable, configure, batch_size, noise):
    with tempfile.TemporaryDirectory() as folder, quiet(), warnings.catch_warnings():
        tf.saved_model.save(exportable, folder, signatures=exportable.function(batch_size))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        configure(converter, lambda: _examples(exportable, batch_size or 1, noise))
        # TensorFlow warns of its own interpreter, which calibrates; nobody else can change that.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter")
        try:
            return converter.convert()
        except (ConverterError, tf.errors.OpError, ValueError, RuntimeError) as error:
            raise InvalidArgument(
                "The generator cannot be converted to TFLite's builtin operations: "
                f"{first_line(error)}"
            ) from error


def _examples(exportable, batch_size, noise):
    """The calibration noise, a batch of the file's own size at a time."""
    for at in range(0, len(noise), batch_size):
        example = {"noise": np.resize(noise[at : at + batch_size], (batch_size, noise.shape[1]))}
        if exportable.label_shape is not None:
            example["labels"] = np.roll(exportable.labels(len(noise)), -at, axis=0)[:batch_size]
        yield example


def _calibration_noise(exportable, calibration):
    if isinstance(calibration, int) and not isinstance(calibration, bool) and calibration > 0:
        # Another seed than that of the noise that the file is judged on.
        return latent.sample(calibration, exportable.latent_dim, seed=1)
    try:
        noise = np.asarray(calibration, dtype="float32")
    except (TypeError, ValueError):
        noise = np.empty(0)
    shaped = noise.ndim == 2 and noise.shape[1] == exportable.latent_dim and len(noise)
    if not shaped or not np.isfinite(noise).all():
        raise InvalidArgument(
            "`calibration` must be an integer of 1 or more, or finite noise of shape (num, "
            f"{exportable.latent_dim}). Received: {calibration!r}"
        )
    return noise


def _none(converter, examples):
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]


def _float16(converter, examples):
    _none(converter, examples)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _dynamic(converter, examples):
    _none(converter, examples)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _int8(converter, examples):
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.representative_dataset = examples


def _int16x8(converter, examples):
    _int8(converter, examples)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]


class _Kind(NamedTuple):
    """What the converter is told, and what the model is made into before."""

    configure: Callable
    prepare: Callable = tflite_twin


_KINDS = {
    "none": _Kind(_none),
    "float16": _Kind(_float16),
    "dynamic": _Kind(_dynamic),
    "int8": _Kind(_int8),
    # There is no DEPTH_TO_SPACE of int16.
    "int16x8": _Kind(_int16x8, prepare=functools.partial(tflite_twin, subpixel=False)),
}
