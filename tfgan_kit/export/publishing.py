"""What all exporters share: check the arguments, prove the file, describe it."""

import dataclasses
import json
import math
import pathlib
from typing import NamedTuple

from tfgan_kit.export.model_card import model_card
from tfgan_kit.export.verification import FrechetChange, verify
from tfgan_kit.runtime.formats import FORMATS
from tfgan_kit.runtime.manifest import Manifest, ManifestEntry, fingerprint
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_folder, atomic_path, atomic_write_text
from tfgan_kit.utils.streams import quiet
from tfgan_kit.utils.versions import installed_versions

__all__ = ["FLOAT32", "Limits", "check_limits", "check_target", "publish"]

_CARD = "MODEL_CARD.md"


class Limits(NamedTuple):
    """How much the images of an export may differ from the model's, in [-1, 1]."""

    max_error: float = math.inf
    psnr: float = 0.0  # Decibels.
    frechet_change: float = math.inf  # Relative, if it is measured.


FLOAT32 = Limits(max_error=1e-4)


def check_target(export_format, path, frechet, run):
    """The output as a path, after checks that save a long export from failing at its end."""
    path, suffix = pathlib.Path(path), FORMATS[export_format].suffix
    is_file = suffix.startswith(".")
    if is_file and path.suffix != suffix:
        raise InvalidArgument(f"`path` must end in {suffix}. Received: {path}")
    if frechet is not None and not isinstance(frechet, FrechetChange):
        raise InvalidArgument(
            f"`frechet` must be None or an export.FrechetChange. Received: frechet={frechet!r}"
        )
    _check_run(run)
    if is_file and not Manifest.find(path).entries and (path.parent / _CARD).exists():
        raise InvalidArgument(
            f"{path.parent / _CARD} was not written by an export and would be replaced. Choose "
            "another folder, or rename it"
        )
    return path


def _check_run(run):
    try:
        json.dumps(run, allow_nan=False)
        model_card([ManifestEntry("", "", {}, 1, [1], source=run or {})])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "`run` must be None or a dict for a JSON file, with strings for title, data, recipe, "
            "training and license, and what `evaluation.Report.to_dict` returns for report. "
            f"Received: a value that raises {type(error).__name__}: {error}"
        ) from error


def publish(
    exportable, export_format, path, write, settings=None, limits=FLOAT32, frechet=None, run=None
):
    """Write to a temporary path, prove the file, move it to `path` and describe it.

    `write` gets the temporary path and what is known of the generator, as a manifest entry. It may
    return the path of the file to prove, if that is not the temporary path itself.
    """
    is_file = FORMATS[export_format].suffix.startswith(".")
    entry = _entry(exportable, export_format, settings or {}, run or {})
    with (atomic_path if is_file else atomic_folder)(path) as temporary:
        with quiet():
            proven = write(temporary, entry) or temporary
        verification = prove(exportable, proven, path, limits, frechet)
        if not is_file:
            _describe(temporary, verification, entry)
    if is_file:
        _describe(path, verification, entry)
    return verification


def prove(exportable, file, path, limits, frechet):
    """Compare a file with the model; errors name the path where it is to appear."""
    try:
        verification = verify(exportable, file, frechet)
        verification = dataclasses.replace(verification, path=str(path))
        check_limits(verification, limits)
    except InvalidArgument as error:
        message = str(error).replace(str(file), str(path))
        raise InvalidArgument(f"{message}. Nothing was written") from error
    return verification


def check_limits(verification, limits):
    """Refuse an export that differs too much from its model, or by NaN."""
    change = verification.frechet["change"] if verification.frechet else 0.0
    problems = {
        f"the largest error is {verification.max_error:.3g} (limit {limits.max_error:g})": (
            verification.max_error <= limits.max_error
        ),
        f"the PSNR is {verification.psnr:.1f} dB (limit {limits.psnr:g})": (
            verification.psnr >= limits.psnr
        ),
        f"the Fréchet distance changes by {change:+.1%} (limit {limits.frechet_change:.0%})": (
            abs(change) <= limits.frechet_change
        ),
    }
    found = "; ".join(problem for problem, within in problems.items() if not within)
    if found:
        raise InvalidArgument(f"{verification.path} does not give the model's images: {found}")


def _entry(exportable, export_format, settings, source):
    labels = None
    if exportable.label_shape is not None:
        labels = {"shape": list(exportable.label_shape), "dtype": exportable.label_dtype}
        labels["shares"] = exportable.class_shares
    return ManifestEntry(
        name="",
        format=export_format,
        files={},
        latent_dim=exportable.latent_dim,
        image_shape=list(exportable.image_shape),
        labels=labels,
        num_classes=exportable.num_classes,
        class_names=exportable.class_names,
        settings=settings,
        source=source,
        versions=installed_versions(),
    )


def _describe(path, verification, entry):
    """Write `export.json` and the model card beside a file or into a folder."""
    figures = dataclasses.asdict(verification)
    del figures["path"]
    if math.isinf(figures["psnr"]):
        figures["psnr"] = None  # JSON has no infinity.
    manifest = Manifest.find(path)
    name, files = "." if path.is_dir() else path.name, fingerprint(path)
    manifest.write(dataclasses.replace(entry, name=name, files=files, verification=figures))
    atomic_write_text(manifest.folder / _CARD, model_card(Manifest.find(path).entries))
