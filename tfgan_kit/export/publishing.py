"""What every exporter does last: prove the file, and write down what it is."""

import contextlib
import dataclasses
import json
import math
import os
import pathlib

from tfgan_kit.export.model_card import quality, write_model_card
from tfgan_kit.export.verification import Limits, check_judge, verify
from tfgan_kit.runtime.manifest import Manifest, ManifestEntry, fingerprint
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.versions import installed_versions

__all__ = ["check_target", "prove", "record"]


def check_target(path, run, judge, suffix=None):
    """Refuse, before any work is done, what could not be written at the end."""
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise InvalidArgument(f"`path` must be a string or a path. Received: path={path!r}")
    path = pathlib.Path(path)
    _check_run(run)
    check_judge(judge)
    if suffix is not None and path.suffix != suffix:
        raise InvalidArgument(f"`path` must end in {suffix}. Received: {path}")
    _check_place(path, is_folder=suffix is None)
    if suffix is None:
        return path
    manifest = Manifest.at(path.parent)
    if not manifest.entries and (path.parent / "MODEL_CARD.md").exists():
        raise InvalidArgument(
            f"{path.parent / 'MODEL_CARD.md'} was not written by an export, and would be replaced; "
            "choose another folder, or rename it"
        )
    return path


def _check_place(path, is_folder):
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.stat()
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"`path` cannot be a path: {error}. Received: {path!r}") from error
    if path.exists() and path.is_dir() != is_folder:
        kinds = ("file", "folder") if path.is_dir() else ("folder", "file")
        raise InvalidArgument(f"`path` must be a {kinds[0]}, and {path} is a {kinds[1]}")
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise InvalidArgument(f"{path} cannot be written: {parent} is a file")
    beside = () if is_folder else ("export.json", "MODEL_CARD.md")
    for name in beside:
        if (path.parent / name).is_dir():
            raise InvalidArgument(f"{path.parent / name} would be written, and is a folder")


def _check_run(run):
    try:
        json.dumps(run, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"`run` must hold what JSON can hold: {error}") from error
    texts = ("title", "data", "recipe", "training", "license")
    if run is not None and not (
        isinstance(run, dict) and all(isinstance(run.get(key, ""), str) for key in texts)
    ):
        raise InvalidArgument(
            f"`run` must be None or a dict, with strings for {', '.join(texts)}. "
            f"Received: run={run!r}"
        )
    try:
        quality((run or {}).get("report"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "`run['report']` must be what `evaluation.Report.to_dict` gives. "
            f"Received: {run['report']!r}"
        ) from error


def prove(exportable, temporary, path, quantize, judge):
    """Compare a file that stands under its temporary name with the model."""
    try:
        verification = verify(exportable, temporary, judge).at(path)
        verification.check(Limits.of(quantize))
    except InvalidArgument as error:
        told = str(error).replace(str(temporary), str(path))
        raise InvalidArgument(f"{told}. Nothing was written") from error
    return verification


def record(exportable, path, export_format, settings, verification, run):
    """Write `export.json` and the model card beside a file that has been proven."""
    path = pathlib.Path(path)
    labels = None
    if exportable.label_shape is not None:
        labels = {"shape": list(exportable.label_shape), "dtype": exportable.label_dtype}
    figures = dataclasses.asdict(verification)
    del figures["path"]
    if math.isinf(figures["psnr"]):
        figures["psnr"] = None
    entry = ManifestEntry(
        name="." if path.is_dir() else path.name,
        format=export_format,
        files=fingerprint(path),
        latent_dim=exportable.latent_dim,
        image_shape=list(exportable.image_shape),
        labels=labels,
        settings=settings,
        verification=figures,
        versions=installed_versions(),
        source=run or {},
    )
    manifest = Manifest.at(path if path.is_dir() else path.parent)
    manifest.write(entry)
    write_model_card(manifest)
    return verification.at(path)
