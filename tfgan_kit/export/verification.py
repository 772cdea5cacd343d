"""An exported file beside the model that it was made from: the same noise, the same images?"""

import dataclasses
import math
import numbers
import pathlib

import numpy as np

from tfgan_kit import metrics
from tfgan_kit.export import tflite_file
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.media import images
from tfgan_kit.runtime.loading import find_file
from tfgan_kit.runtime.manifest import fingerprint
from tfgan_kit.runtime.probe import probe
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["FrechetJudge", "Limits", "Verification", "check_judge", "verify"]

_NUM = 256
_BATCH_SIZES = (1, 64)


@dataclasses.dataclass(frozen=True)
class Limits:
    """What an export may differ by from its model, on images in [-1, 1].

    Args:
        max_error: Float, the largest difference of a value. Defaults to infinity.
        psnr: Float, decibels, the least peak signal-to-noise ratio. Defaults to 0.
        frechet_change: Float, the largest relative change of the Fréchet distance, where
            there is a judge. Defaults to infinity.

    Example:

    ```python
    from tfgan_kit import export

    export.Limits(max_error=1e-4)
    ```
    """

    max_error: float = math.inf
    psnr: float = 0.0
    frechet_change: float = math.inf

    def __post_init__(self):
        for name, value in vars(self).items():
            if not (isinstance(value, numbers.Real) and value >= 0):
                raise InvalidArgument(
                    f"`{name}` must be a number of 0 or more. Received: {name}={value!r}"
                )

    @classmethod
    def of(cls, quantize):
        """The limits that the kit sets for a kind.

        Args:
            quantize: String, as for `to_tflite`.

        Returns:
            `Limits`.

        Raises:
            InvalidArgument: If there is no such kind.
        """
        if quantize not in _LIMITS:
            raise InvalidArgument(
                f"`quantize` must be one of {', '.join(_LIMITS)}. Received: quantize={quantize!r}"
            )
        return _LIMITS[quantize]


_LIMITS = {
    "none": Limits(max_error=1e-4),
    "float16": Limits(max_error=5e-3),
    "dynamic": Limits(psnr=25.0, frechet_change=0.1),
    "int8": Limits(psnr=20.0, frechet_change=0.1),
    "int16x8": Limits(psnr=25.0, frechet_change=0.1),
}


@dataclasses.dataclass(frozen=True, eq=False)
class FrechetJudge:
    """How near images are to real ones, for exports whose pixels may differ a little.

    Args:
        real: `metrics.Samples` of real images.
        extractor: The `metrics.FeatureExtractor` of their features.
        num: Integer, images that are judged; the more, the smaller a change can be told
            from chance. Defaults to 2,000.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import export, metrics

    real = metrics.Samples.of(np.zeros((64, 8, 8, 1), "uint8"), metrics.Pixels())
    export.FrechetJudge(real, metrics.Pixels(), num=64).distance(np.zeros((64, 8, 8, 1)))
    ```
    """

    real: metrics.Samples
    extractor: metrics.FeatureExtractor
    num: int = 2_000

    def __post_init__(self):
        for name, kind in (("real", metrics.Samples), ("extractor", metrics.FeatureExtractor)):
            if not isinstance(getattr(self, name), kind):
                raise InvalidArgument(
                    f"`{name}` must be a metrics.{kind.__name__}. "
                    f"Received: {name}={getattr(self, name)!r}"
                )
        if type(self.num) is not int or self.num < 2:
            raise InvalidArgument(
                f"`num` must be an integer of 2 or more. Received: num={self.num!r}"
            )

    def distance(self, float_images):
        """The Fréchet distance of images to the real ones.

        Args:
            float_images: Float array `(num, height, width, channels)` in [-1, 1].

        Returns:
            A float.
        """
        fake = metrics.Samples.of(images.to_uint8(float_images), self.extractor)
        (measurement,) = metrics.Frechet()(self.real, fake).values()
        return float(measurement.value)


@dataclasses.dataclass(frozen=True)
class Verification:
    """What was seen of an exported file, beside the model that it was made from.

    Args:
        path: String, the file or folder.
        max_error: Float, the largest difference of a value on images in [-1, 1].
        mean_error: Float, the mean of all absolute differences.
        psnr: Float, decibels: `10 log10(4 / mean squared error)`; infinite where equal.
        sample_distance: Float, the sliced Wasserstein distance between the two sets of
            images, or None where they are no images of 1 or 3 channels.
        bytes: Integer, the size of the file, or of all files of a folder.
        latency: Dict from a batch size to the median seconds of a call.
        operations: Dict from a TFLite operation to how often it is used; empty for others.
        needs: List of strings, the large libraries that running it loaded.
        frechet: Dict of `model`, `export` and `change`, or None without a judge.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    generator, _ = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    verification = export.to_tflite(generator, "generator.tflite", batch_size=1)
    verification.max_error < 1e-4  # True
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

    def at(self, path):
        """The same figures of a file that was moved.

        Args:
            path: String or `os.PathLike`, where it is now.

        Returns:
            A `Verification`.
        """
        return dataclasses.replace(self, path=str(path))

    def check(self, limits):
        """Refuse an export that differs too much.

        Args:
            limits: `Limits`.

        Raises:
            InvalidArgument: If a figure crosses its limit, or is no number, or `limits` is
                something else.
        """
        if not isinstance(limits, Limits):
            raise InvalidArgument(f"`limits` must be export.Limits. Received: {limits!r}")
        crossed = []
        if not self.max_error <= limits.max_error:
            crossed.append(f"largest error {self.max_error:.3g}, at most {limits.max_error:g}")
        if not self.psnr >= limits.psnr:
            crossed.append(f"PSNR {self.psnr:.1f} dB, at least {limits.psnr:g}")
        change = self.frechet["change"] if self.frechet else 0.0
        if not abs(change) <= limits.frechet_change:
            crossed.append(
                f"Fréchet distance changed by {change:+.1%}, at most {limits.frechet_change:.0%}"
            )
        if crossed:
            raise InvalidArgument(
                f"{self.path} does not give the model's images: {'; '.join(crossed)}"
            )


def verify(gan_or_generator, path, judge=None):
    """Run an exported file in a fresh process, and compare it with the model.

    Both get the same 256 fixed noise vectors (and, with a judge, as many as it wants).

    Args:
        gan_or_generator: As for `to_tflite`.
        path: String or `os.PathLike`, as for `load`.
        judge: A `FrechetJudge`, or None. Defaults to None.

    Returns:
        A `Verification`. It is not held against limits; `Verification.check` does that.

    Raises:
        InvalidArgument: If the file cannot be loaded or run, its noise, labels or images
            have another shape than the model's, or its images are not finite.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    generator, _ = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite")
    export.verify(generator, "generator.tflite").psnr
    ```
    """
    exportable = gan_or_generator
    if not isinstance(exportable, Exportable):
        exportable = Exportable(gan_or_generator)
    check_judge(judge)
    path = find_file(path)
    num = _NUM if judge is None else max(_NUM, judge.num)
    noise, labels = exportable.noise(num), exportable.labels(num)
    seen = probe(path, noise, labels, batch_sizes=_BATCH_SIZES)
    expected = exportable.images(noise, labels)
    if seen.images.shape != expected.shape:
        raise InvalidArgument(
            f"{path} gives images {seen.images.shape[1:]}; the model's are {expected.shape[1:]}"
        )
    difference = np.abs(seen.images[:_NUM].astype("float64") - expected[:_NUM])
    mean_square = float(np.mean(difference**2))
    return Verification(
        path=str(path),
        max_error=float(difference.max()),
        mean_error=float(difference.mean()),
        psnr=math.inf if mean_square == 0 else 10 * math.log10(4 / mean_square),
        sample_distance=_sample_distance(expected[:_NUM], seen.images[:_NUM]),
        bytes=sum(file["bytes"] for file in fingerprint(path).values()),
        latency=seen.latency,
        operations=_operations(path),
        needs=seen.modules,
        frechet=None if judge is None else _frechet(judge, expected, seen.images),
    )


def check_judge(judge):
    """Refuse what is neither None nor a judge."""
    if judge is not None and not isinstance(judge, FrechetJudge):
        raise InvalidArgument(
            f"`judge` must be None or an export.FrechetJudge. Received: judge={judge!r}"
        )


def _frechet(judge, expected, seen):
    model, export = judge.distance(expected), judge.distance(seen)
    return {"num": len(seen), "model": model, "export": export, "change": export / model - 1}


def _sample_distance(expected, seen):
    if expected.ndim != 4 or expected.shape[-1] not in (1, 3) or min(expected.shape[1:3]) < 7:
        return None
    distance = metrics.sliced_wasserstein(images.to_uint8(expected), images.to_uint8(seen))
    return float(distance.mean)


def _operations(path):
    path = pathlib.Path(path)
    if path.is_file() and path.suffix == ".tflite":
        return tflite_file.operations(path.read_bytes())
    return {}
