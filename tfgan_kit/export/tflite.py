"""TFLite files that use only builtin operations, in float or quantized."""

import tempfile
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf

# `tf.lite` raises it; TensorFlow 2.21 has no public name for it.
from tensorflow.lite.python.convert import ConverterError

from tfgan_kit import latent
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import FLOAT32, Limits, check_target, publish
from tfgan_kit.export.tflite_metadata import with_metadata
from tfgan_kit.export.tflite_twin import tflite_twin
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.validation import check_choice, check_integer

__all__ = ["convert", "to_tflite"]


class _Kind(NamedTuple):
    """Limits, converter settings, and whether to replace transposed convolutions."""

    limits: Limits
    operations: tuple = (tf.lite.OpsSet.TFLITE_BUILTINS,)
    optimize: bool = True
    types: tuple = ()
    calibrate: bool = False
    subpixel: bool = True


_KINDS = {
    "none": _Kind(FLOAT32, optimize=False),
    "float16": _Kind(Limits(max_error=5e-3), types=(tf.float16,)),
    "dynamic": _Kind(Limits(psnr=25.0, frechet_change=0.1)),
    "int8": _Kind(
        Limits(psnr=20.0, frechet_change=0.1),
        (tf.lite.OpsSet.TFLITE_BUILTINS_INT8,),
        calibrate=True,
    ),
    # DEPTH_TO_SPACE has no int16 kernel. Comparisons have none either, and stay in float.
    "int16x8": _Kind(
        Limits(psnr=25.0, frechet_change=0.1),
        (
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
            tf.lite.OpsSet.TFLITE_BUILTINS,
        ),
        calibrate=True,
        subpixel=False,
    ),
}


def to_tflite(
    gan_or_generator,
    path,
    quantize="none",
    batch_size=None,
    calibration=256,
    frechet=None,
    run=None,
):
    """Export a generator as a TFLite file, which runs in LiteRT without TensorFlow.

    The file has one signature, `serving_default`: `noise` float32 `(batch, latent_dim)`, and
    for a conditional generator `labels`, to `images` float32 in [-1, 1], for all kinds of
    quantization. Before the file appears, it is loaded in a fresh process and its images are
    compared with the model's.

    Args:
        gan_or_generator: A `GAN`, whose weight average is exported if it has one, or a Keras
            model from noise, or from noise and labels, to images.
        path: String or `os.PathLike`, output file, ending in `.tflite`. An existing file is
            replaced.
        quantize: `"none"`: float32. `"float16"`: half the size, float32 arithmetic.
            `"dynamic"`: int8 weights, activations scaled at run time. `"int8"`: weights and
            activations in int8, for integer hardware. `"int16x8"`: int8 weights, int16
            activations. Defaults to `"none"`.
        batch_size: Positive integer to fix the batch size, or None for any. Defaults to None.
        calibration: For `"int8"` and `"int16x8"`: positive integer, number of noise vectors
            on which the ranges of activations are measured, at least one for each class, or a
            float array `(num, latent_dim)` of these. Defaults to 256.
        frechet: A `FrechetChange`, to measure and limit the change of the Fréchet distance,
            or None. Defaults to None.
        run: Dict that describes the generator's origin for the model card, or None. Defaults
            to None.

    Returns:
        A `Verification`.

    Raises:
        InvalidArgument: If an argument is invalid, or the images differ from the model's by
            more than the limits for this quantization; then `path` is unchanged.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite", quantize="float16").max_error
    ```

    Reference: https://ai.google.dev/edge/litert/conversion/tensorflow/overview; Jacob et al.,
    2018, https://arxiv.org/abs/1712.05877 (integer arithmetic).
    """
    exportable = Exportable.of(gan_or_generator)
    path = check_target("tflite", path, frechet, run)
    check_choice("quantize", quantize, list(_KINDS))
    check_integer("batch_size", batch_size, 1, optional=True)
    noise = _calibration_noise(exportable, calibration)
    settings = {"quantize": quantize, "batch_size": batch_size}

    def write(file, entry):
        content = convert(exportable, quantize, batch_size, noise)
        file.write_bytes(with_metadata(content, entry))

    limits = _KINDS[quantize].limits
    return publish(exportable, "tflite", path, write, settings, limits, frechet, run)


def convert(exportable, quantize="none", batch_size=None, noise=None):
    """The content of a TFLite file; integer kinds are calibrated on `noise`."""
    kind = _KINDS[quantize]
    twin = Exportable(tflite_twin(exportable.model, kind.subpixel))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        twin.save(folder, batch_size)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = list(kind.operations)
        converter.target_spec.supported_types = list(kind.types)
        if kind.optimize:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind.calibrate:
            converter.representative_dataset = lambda: _examples(exportable, batch_size or 1, noise)
        # TensorFlow warns about its own deprecated interpreter, with which it calibrates.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter")
        try:
            return converter.convert()
        except (ConverterError, tf.errors.OpError, ValueError, RuntimeError) as error:
            raise InvalidArgument(
                "The generator cannot be converted to TFLite's builtin operations: "
                f"{first_line(error)}"
            ) from error


def _examples(exportable, batch_size, noise):
    """The calibration noise and labels, in batches of the size that the file takes."""
    for at in range(0, len(noise), batch_size):
        example = {"noise": np.resize(noise[at : at + batch_size], (batch_size, noise.shape[1]))}
        if exportable.label_shape is not None:
            labels = np.roll(exportable.labels(len(noise)), -at, axis=0)
            example["labels"] = np.resize(labels, (batch_size, *labels.shape[1:]))
        yield example


def _calibration_noise(exportable, calibration):
    if np.ndim(calibration) == 0:
        check_integer("calibration", calibration, 1)
        # Not the seed of the noise on which the file is compared with the model.
        num = max(calibration, exportable.num_classes or 0)
        return latent.sample(num, exportable.latent_dim, seed=1)
    noise = np.asarray(calibration, dtype="float32")
    shape = (max(len(noise), 1), exportable.latent_dim)
    if noise.shape != shape or not np.isfinite(noise).all():
        raise InvalidArgument(
            "`calibration` must be a positive integer, or finite noise of shape (num, "
            f"{exportable.latent_dim}). Received: {calibration!r}"
        )
    return noise
