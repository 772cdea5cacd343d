"""What can be evaluated: a run, an exported file, or a set of images."""

import dataclasses
import os
import pathlib
import typing
import warnings

import numpy as np

from tfgan_kit import data, media, runtime
from tfgan_kit.evaluation.reference import digests
from tfgan_kit.runs.directory import Run
from tfgan_kit.runtime.loading import is_run
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.streams import quiet

__all__ = ["Subject", "open_real", "open_subject"]

_FEWEST = 50
_KNOWN_SHARE = 0.01
_EXPORTED = (".tflite", ".onnx", ".keras")


class Subject(typing.NamedTuple):
    """A set of generated images, or what generates them."""

    name: str
    image_shape: tuple
    report: typing.Callable  # Of a `Judge`: the `Report`.
    path: pathlib.Path | None = None
    num: int | None = None  # Of images; None if any number can be generated.
    run: Run | None = None
    training: data.Source | None = None
    missing: str | None = None  # Why a run's training images cannot be opened.


def open_subject(given, image_size=None):
    """A `Run`, the path of a run, an exported file or a set of images, an array or a `Source`."""
    path = pathlib.Path(given) if isinstance(given, (str, os.PathLike)) else None
    if isinstance(given, Run) or (path and is_run(path)):
        subject = _open_run(given if isinstance(given, Run) else Run(path))
    elif path and _is_exported(path):
        subject = _open_file(path)
    else:
        return _open_images(data.open_source(given, image_size=image_size).complete(), path)
    if image_size not in (None, subject.image_shape[0]):
        raise InvalidArgument(
            f"`image_size` only works with sets of images; {subject.name} generates images of "
            f"{_text(subject.image_shape)}. Received: image_size={image_size}"
        )
    return subject


def open_real(given, subject):
    """The real images in the shape of the generated ones; a warning says what was changed."""
    if given is None:
        if subject.training is None:
            raise InvalidArgument(
                subject.missing
                or f"`data_source` (--data) must be the real images to compare {subject.name} "
                "with, since only a run knows its own"
            )
        return subject.training.complete()
    if isinstance(given, data.Source):
        return _numbered_as(subject, given.complete())
    # Held-out images of a run have the range that was stated of its own.
    options = {"value_range": subject.run.config.value_range if subject.run else None}
    height, width, channels = subject.image_shape
    opened = _numbered_as(subject, data.open_source(given, **options).complete())
    if opened.image_shape == subject.image_shape:
        return opened
    if height != width:
        raise InvalidArgument(
            f"Real and generated images must have one shape. Received: {_text(opened.image_shape)} "
            f"in {opened.name}, {_text(subject.image_shape)} in {subject.name}. Make both squares "
            "of one size: use --image-size"
        )
    changed = data.open_source(given, image_size=height, channels=channels, **options).complete()
    changed = _numbered_as(subject, changed)
    resized = opened.image_shape[:2] != changed.image_shape[:2]
    warnings.warn(
        f"The real images, {_text(opened.image_shape)}, are compared as "
        f"{_text(changed.image_shape)} like the generated ones"
        + (": cropped to squares and resized by Lanczos's filter" if resized else ""),
        stacklevel=3,
    )
    return changed


def _numbered_as(subject, source):
    """A source with the run's numbers of classes, since other images may lack some of them."""
    known = subject.run and subject.run.config.conditional
    names = known and subject.run.config.data.get("class_names")
    if not names or source.class_names in (None, names):
        return source
    # Attributes may stand in another order.
    numbers = {frozenset(name.split(", ")): number for number, name in enumerate(names)}
    found = [numbers.get(frozenset(name.split(", ")), -1) for name in source.class_names]
    labels = np.array(found)[source.labels]
    if (labels >= 0).all():
        return source.relabelled(labels, names)
    unknown = source.class_names[source.labels[labels.argmin()]]
    warnings.warn(
        f"The labels of {source.name} are not used: the run has no class {unknown}", stacklevel=3
    )
    return source.relabelled(None)


def _open_run(run):
    generator, training, missing = run.load_generator(), None, None
    try:
        training = run.open_source()
    except InvalidArgument as error:
        missing = str(error)  # Only copies of them cannot be found, if there are other real images.
    num_classes, best = run.num_classes(generator), run.best

    def report(judge):
        heldout = None if missing else judge.is_heldout(training.complete())
        if missing:
            warnings.warn(
                f"Copies of training images are not searched for: {missing}", stacklevel=4
            )
        found = judge.judge(generator, training, bool(heldout), num_classes)
        protocol = {
            "run": str(run.path),
            "checkpoint": "newest" if best is None else f"best of {best['monitor']}",
            "state": run.best_name,
            "epoch": len(run.metrics) if best is None else best["epoch"],
            "heldout": heldout,
        }
        return dataclasses.replace(found, protocol={**found.protocol, **protocol})

    shape = tuple(generator.output_shape[1:])
    return Subject(run.path.name, shape, report, run.path, None, run, training, missing)


def _open_file(path):
    generator = runtime.load(path)

    def report(judge):
        labels, num_classes = None, generator.num_classes
        if num_classes is not None:
            labels = judge.draw_labels(num_classes)
        # LiteRT writes messages when a file is first run.
        with quiet():
            made = generator.generate(len(judge.real), judge.seed, labels)
        return _with_name(judge.judge_images(media.to_uint8(made), labels), path)

    return Subject(str(path), generator.image_shape, report, path)


def _open_images(source, path):
    if len(source) < _FEWEST:
        raise InvalidArgument(
            f"{source.name} must have at least {_FEWEST} images. Received: {len(source)}"
        )

    def report(judge):
        order = np.random.default_rng(judge.seed).permutation(len(source))
        chosen = np.sort(order[: len(judge.real)])
        pixels, labels = source.read(chosen), None
        if source.labels is not None and source.class_names == judge.source.class_names:
            labels = source.labels[chosen]
        known = {*digests(judge.real.images), *digests(judge.floor.images)}
        copied = sum(digest in known for digest in digests(pixels))
        if copied > _KNOWN_SHARE * len(pixels):
            warnings.warn(
                f"{copied:,} of the {len(pixels):,} images of {source.name} are exact copies of "
                f"real images of {judge.source.name}: the two sets must not share images",
                stacklevel=4,
            )
        return _with_name(judge.judge_images(pixels, labels), source.name)

    return Subject(source.name, source.image_shape, report, path, len(source))


def _with_name(report, name):
    return dataclasses.replace(report, protocol={**report.protocol, "generated": str(name)})


def _is_exported(path):
    if path.is_file():
        return path.suffix in _EXPORTED
    names = "export.json", "saved_model.pb", "[0-9]*/saved_model.pb"
    return any(found for name in names for found in path.glob(name))


def _text(shape):
    height, width, channels = shape
    return f"{width}×{height} {'grey' if channels == 1 else 'RGB'}"
