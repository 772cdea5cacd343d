"""Compare an exported file with the model it was made from, on the same noise."""

import dataclasses
import math

import numpy as np

from tfgan_kit import metrics
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.media import images
from tfgan_kit.runtime.loading import find_file
from tfgan_kit.runtime.manifest import fingerprint
from tfgan_kit.runtime.probe import probe
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["FrechetChange", "Verification", "verify"]

_NUM = 256
_BATCH_SIZES = (1, 64)


@dataclasses.dataclass(frozen=True, eq=False)
class FrechetChange:
    """Measures how an export changes the Fréchet distance to real images.

    For quantized exports, whose pixels may differ a little from the model's.

    Args:
        real: `metrics.Samples` of real images.
        extractor: The `metrics.FeatureExtractor` that made their features.
        num: Integer of at least 2, number of generated images. With more images, smaller
            changes differ from chance. Defaults to 2,000.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import export, metrics

    real = metrics.Samples.of(np.zeros((64, 8, 8, 1), "uint8"), metrics.Pixels())
    export.FrechetChange(real, metrics.Pixels(), num=64)
    ```
    """

    real: metrics.Samples
    extractor: metrics.FeatureExtractor
    num: int = 2_000


@dataclasses.dataclass(frozen=True)
class Verification:
    """How an exported file compares with its model.

    Args:
        path: String, the file or folder.
        max_error: Float, largest difference of a value, on images in [-1, 1].
        mean_error: Float, mean absolute difference.
        psnr: Float, decibels: `10 log10(4 / mean squared error)`; infinite for equal images.
        sample_distance: Float, sliced Wasserstein distance between the two sets of images,
            or None unless they have 1 or 3 channels.
        bytes: Integer, size of the file, or of all files in a folder.
        latency: Dict from batch size to median seconds of a call.
        operations: Dict from each TFLite operation to its count; empty for other formats.
        needs: List of strings, large libraries that running it loads.
        frechet: Dict of `num`, `model`, `export` and `change`, or None if not measured.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite").max_error < 1e-4  # True
    ```
    """

    path: str
    max_error: float
    mean_error: float
    psnr: float
    sample_distance: float
    bytes: int
    latency: dict
    operations: dict
    needs: list
    frechet: dict = None


def verify(gan_or_generator, path, frechet=None):
    """Run an exported file in a fresh process, and compare its images with the model's.

    Both get the same 256 fixed noise vectors, or more if there are more classes or `frechet`
    needs them, with all classes in turn.

    Args:
        gan_or_generator: As for `to_tflite`.
        path: String or `os.PathLike`, as for `load`.
        frechet: A `FrechetChange`, or None. Defaults to None.

    Returns:
        A `Verification`.

    Raises:
        InvalidArgument: If the file cannot be loaded or run on the model's noise and labels,
            or its images have another shape or are not finite.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite")
    export.verify(generator, "generator.tflite").psnr
    ```
    """
    exportable = Exportable.of(gan_or_generator)
    path = find_file(path)
    compared = max(_NUM, exportable.num_classes or 0)
    num = compared if frechet is None else max(compared, frechet.num)
    noise, labels = exportable.noise(num), exportable.labels(num)
    result = probe(path, noise, labels, batch_sizes=_BATCH_SIZES)
    expected = exportable.images(noise, labels)
    if result.images.shape != expected.shape:
        raise InvalidArgument(
            f"{path} gives images {result.images.shape[1:]}; the model's are {expected.shape[1:]}"
        )
    difference = np.abs(result.images[:compared].astype("float64") - expected[:compared])
    mean_square = float(np.mean(difference**2))
    return Verification(
        path=str(path),
        max_error=float(difference.max()),
        mean_error=float(difference.mean()),
        psnr=math.inf if mean_square == 0 else 10 * math.log10(4 / mean_square),
        sample_distance=_sample_distance(expected[:compared], result.images[:compared]),
        bytes=sum(file["bytes"] for file in fingerprint(path).values()),
        latency=result.latency,
        operations=result.operations,
        needs=result.modules,
        frechet=None if frechet is None else _frechet(frechet, expected, result.images),
    )


def _frechet(frechet, expected, exported):
    model, export = (_frechet_distance(frechet, each) for each in (expected, exported))
    return {"num": len(exported), "model": model, "export": export, "change": export / model - 1}


def _frechet_distance(frechet, float_images):
    fake = metrics.Samples.of(images.to_uint8(float_images), frechet.extractor)
    (measurement,) = metrics.Frechet()(frechet.real, fake).values()
    return float(measurement.value)


def _sample_distance(expected, exported):
    if expected.ndim != 4 or expected.shape[-1] not in (1, 3) or min(expected.shape[1:3]) < 7:
        return None
    distance = metrics.sliced_wasserstein(images.to_uint8(expected), images.to_uint8(exported))
    return float(distance.mean)
