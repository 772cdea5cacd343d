"""More data: generated images that pass filters, as a labelled folder; and whether they help."""

import csv
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import warnings

import numpy as np

from tfgan_kit import data, evaluation
from tfgan_kit.evaluation import augmentation
from tfgan_kit.evaluation.reference import Pictures, digests
from tfgan_kit.media.images import to_pil
from tfgan_kit.runs.directory import check_new_path
from tfgan_kit.runs.drawing import MOST, Maker
from tfgan_kit.runs.subjects import Subject, open_real
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path, atomic_write_text
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_integer

__all__ = ["check_synthesis", "synthesize"]

_RECORD = "synthesis.json"
_TABLE = "attributes.csv"
_MAX_TRAINING_BYTES = 2**30
_FEWEST_HELD_OUT = 100


def synthesize(
    path,
    out,
    num=10_000,
    balance=False,
    label=None,
    keep=0.5,
    agreement=True,
    novelty=True,
    seed=0,
    cache_dir=None,
    console=None,
):
    """Write generated images that pass filters as a labelled folder of PNG files.

    The files are `out/train/CLASS/000001.png` and so on, which `data.open_source`,
    `tfds.ImageFolder` and others read; images without labels are all of a class "image". If classes
    are combinations of attributes, `out/train/attributes.csv` has them. `out/synthesis.json` has
    all settings, and how many images each filter refused: see `evaluation.RejectionSampling`,
    `evaluation.Agreement` and `evaluation.Novelty`. Filters need a run, and all but the first its
    training images; a warning says which cannot be applied. If it is stopped, all files are whole,
    and the same call goes on.

    Args:
        path: String or `os.PathLike`: a run, an exported file, or a folder with one.
        out: String or `os.PathLike`, a new or empty folder, or one that the same call left
            unfinished.
        num: Integer from 1 to 1,000,000, number of images. Defaults to 10,000.
        balance: Boolean, whether each class that has training images gets as many as the others;
            else classes are drawn by their share in the training data. Defaults to False.
        label: As for `Run.generate`: only these classes, in equal parts. Defaults to None.
        keep: Float in (0, 1], the share of images that the discriminator keeps; 1 for no such
            filter. Defaults to 0.5.
        agreement: Boolean, whether a classifier of the training images must name the class that was
            asked for. Defaults to True.
        novelty: Boolean, whether copies of training images are refused. Defaults to True.
        seed: Integer in [0, 2**31). Defaults to 0.
        cache_dir: String or `os.PathLike`, the folder for classifiers. Defaults to None: the
            user's cache.
        console: A `rich.console.Console` for progress bars. Defaults to None: standard error.

    Returns:
        A dict, what `synthesis.json` holds.

    Raises:
        InvalidArgument: If the generator takes no labels and `balance` or `label` is given, `out`
            has other files, or filters refuse nearly all images of a class.

    Example:

    ```python
    from tfgan_kit import runs

    runs.start(runs.plan(runs.RunConfig(source="digits", minutes=0.02)), "runs/more")
    settings = {"keep": 1, "agreement": False, "cache_dir": "cache"}
    runs.synthesize("runs/more", "more", num=20, **settings)["complete"]  # True
    ```
    """
    maker = Maker(path, keep, agreement, novelty, seed, cache_dir, console)
    wanted = maker.wanted(num, balance, label)
    first = maker.make(np.flatnonzero(wanted)[:1].repeat(8), maker.seed)
    given = {"num": num, "balance": balance, "label": label, "keep": keep}
    given |= {"agreement": agreement, "novelty": novelty, "seed": seed}
    # Of the images, since a run may be trained on between two calls.
    given["first_images_sha256"] = hashlib.sha256(first.tobytes()).hexdigest()
    given = json.loads(json.dumps(given))
    out = pathlib.Path(out)
    state = _unfinished(out, given)
    drawing = maker.drawing(wanted)
    if state and state["refused"].keys() != drawing.state["refused"].keys():
        raise _different(out, "filters", list(state["refused"]), list(drawing.state["refused"]))
    drawing.state = state or drawing.state
    folders = _folders(maker.explorer.class_names, len(wanted) if maker.takes_labels else None)
    done, temporary = drawing.state, out / "train" / ".writing"
    try:
        for images, labels, numbers in maker.draw(drawing):
            if not (out / _RECORD).exists():
                _save(out, maker, drawing, folders, given, done)
            for each in np.unique(labels):
                (out / "train" / folders[each]).mkdir(parents=True, exist_ok=True)
            for image, each, number in zip(images, labels, numbers, strict=True):
                # Whole or not at all; to wait until it is on the disk would take longest.
                to_pil(image).save(temporary, format="PNG")
                os.replace(temporary, out / "train" / folders[each] / f"{number:06}.png")
            done = drawing.state
            _save(out, maker, drawing, folders, given, done)
    finally:
        temporary.unlink(missing_ok=True)
        if maker.explorer.attributes and sum(done["kept"]):
            _write_table(out / "train", folders, maker.explorer.attributes, done["kept"])
    return _save(out, maker, drawing, folders, given, done)


def _unfinished(out, given):
    """The state of a folder that the same call left unfinished; None for a new or empty one."""
    if out.is_file():
        raise InvalidArgument(f"`out` (-o) must be a folder. Received: {out}, a file")
    try:
        found = json.loads((out / _RECORD).read_text(encoding="utf-8"))
        before, state = found["settings"], found["state"]
    except FileNotFoundError:
        check_new_path(out)
        return None
    except (ValueError, KeyError) as error:
        raise InvalidArgument(f"{out / _RECORD} is damaged. Choose another folder") from error
    if found["complete"]:
        raise InvalidArgument(f"{out} has all images of an earlier call. Choose another folder")
    for name, value in given.items():
        if before.get(name) != value:
            raise _different(out, name, before.get(name), value)
    return state


def _different(out, name, before, now):
    return InvalidArgument(
        f"{out} has images that were made with other settings. Choose another folder, or repeat "
        f"the call: `{name}` was {before!r}. Received: {name}={now!r}"
    )


def _save(out, maker, drawing, folders, given, state):
    """Write `synthesis.json`."""
    record = {
        "generator": str(maker.path),
        "settings": given,
        "filters": {
            each.name: {**each.protocol, "refused": state["refused"][each.name]}
            for each in drawing.filters
        },
        "left_out": maker.left_out,
        "drawn": sum(state["drawn"]),
        "kept": {name: n for name, n in zip(folders, state["kept"], strict=True) if n},
        "classes": folders,
        "complete": state["kept"] == drawing.wanted.tolist(),
        "state": state,
    }
    atomic_write_text(out / _RECORD, json.dumps(record, indent=2) + "\n")
    return record


def _folders(names, num_classes):
    """The folder of each class, in the order of their numbers."""
    width = len(str((num_classes or 1) - 1))
    if not num_classes:
        return ["image"]
    if not names:
        return [f"{number:0{width}}" for number in range(num_classes)]
    plain = [re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(" .")[:60] for name in names]
    # A folder "train" within train/ would not be read as a class.
    taken = [each.lower() for each in plain]
    if len({*taken, "", "train"}) == len(taken) + 2:
        return plain
    return [f"{number:0{width}} {each}".strip() for number, each in enumerate(plain)]


def _write_table(folder, folders, attributes, kept):
    """`attributes.csv`, which `data.open_source` reads."""
    with atomic_path(folder / _TABLE) as temporary, temporary.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *attributes])
        for number, (each, num) in enumerate(zip(folders, kept, strict=True)):
            values = [column[number] for column in attributes.values()]
            table.writerows([f"{each}/{place + 1:06}.png", *values] for place in range(num))


def check_synthesis(
    path,
    held_out=None,
    num=10_000,
    balance=False,
    keep=0.5,
    agreement=True,
    novelty=True,
    seeds=5,
    steps=augmentation.STEPS,
    seed=0,
    cache_dir=None,
    console=None,
):
    """Whether a classifier gets better with a run's generated images, on images unknown to both.

    `evaluation.train_with` trains it on the run's training images, on these with classic
    augmentation, with generated images that pass the filters of `synthesize`, and with both, from
    each of some seeds. Each seed is tested on a part of the held-out images of its own, so that the
    interval over the seeds covers the choice of the images too.

    Args:
        path: String or `os.PathLike`, a conditional run.
        held_out: As `data_source` for `evaluate`: at least 100 labelled images that the run was not
            trained on; exact copies of its training images are left out. Defaults to None: the
            split test, or else validation, of the run's data.
        num: Positive integer, number of generated images, at most 1 GiB of them. Defaults to
            10,000.
        balance: As for `synthesize`. Defaults to False.
        keep: As for `synthesize`. Defaults to 0.5.
        agreement: As for `synthesize`. Defaults to True.
        novelty: As for `synthesize`. Defaults to True.
        seeds: Integer from 2 to 100, number of trainings in each way. Defaults to 5.
        steps: Positive integer, steps of a training. Defaults to 2000.
        seed: Integer in [0, 2**31). Defaults to 0.
        cache_dir: As for `synthesize`. Defaults to None.
        console: As for `synthesize`. Defaults to None.

    Returns:
        An `evaluation.Augmentation`; `verdict()` is about `"both"` against `"classic"`.

    Raises:
        InvalidArgument: If `path` is an exported file, there are no labels, training images or
            held-out images, or filters refuse nearly all images of a class.

    Example:

    ```python
    from tfgan_kit import data, runs

    digits = data.open_source("digits")
    config = runs.RunConfig(source="digits", minutes=0.02)
    runs.start(runs.plan(config), "runs/check")
    try:
        runs.check_synthesis("runs/check")
    except ValueError as error:
        print(error)  # digits has no other split
    ```
    """
    check_integer("seeds", seeds, 2, 100)
    check_integer("steps", steps, 1)
    maker = Maker(path, keep, agreement, novelty, seed, cache_dir, console)
    training = maker.training
    if not maker.takes_labels or training.labels is None:
        raise InvalidArgument(
            f"{path} takes no labels, and a classifier cannot be trained on images without. Train "
            "a run with labels"
        )
    most = _MAX_TRAINING_BYTES // int(np.prod(training.image_shape))
    check_integer("num", num, 1, min(MOST, most))
    wanted = maker.wanted(num, balance)
    test = _held_out(maker, held_out)
    random = np.random.default_rng(seed)
    chosen = np.sort(random.permutation(len(training))[:most])
    real = training.read(chosen), training.labels[chosen]
    images, labels, _ = map(np.concatenate, zip(*maker.draw(maker.drawing(wanted)), strict=True))
    found = {way: [] for way in augmentation.WAYS}
    total = seeds * len(found) * steps
    parts = np.array_split(random.permutation(len(test[0])), seeds)
    with progress_bar("Training classifiers", total, console) as advance:
        for number, part in enumerate(parts):
            options = (test[0][part], test[1][part]), seed + number, steps
            each = evaluation.train_with(real, (images, labels), *options, advance=advance)
            for way, accuracy in each.items():
                found[way].append(accuracy)
    return evaluation.Augmentation(found)


def _held_out(maker, given):
    """Images and labels that the run was not trained on."""
    run, training = maker.run, maker.training
    if given is None:
        given = _other_split(run.config)
    if given is None:
        raise InvalidArgument(
            "`held_out` (--data) must be given: images that the run was not trained on. "
            f"{run.config.source} has no other split"
        )
    subject = Subject(run.path.name, training.image_shape, None, run=run)
    source = open_real(given, subject)
    if source.labels is None:
        raise InvalidArgument(f"{source.name} has no labels of the classes of {run.path}")
    seen = set(digests(Pictures(training, np.arange(len(training)))))
    chosen = np.random.default_rng(maker.seed).permutation(len(source))
    chosen = np.sort(chosen[: _MAX_TRAINING_BYTES // int(np.prod(source.image_shape))])
    images, labels = source.read(chosen), source.labels[chosen]
    new = np.array([each not in seen for each in digests(images)])
    if not new.all():
        warnings.warn(
            f"{np.sum(~new):,} of the {len(new):,} images of {source.name} are training images, "
            "and are left out",
            stacklevel=3,
        )
    if new.sum() < _FEWEST_HELD_OUT:
        raise InvalidArgument(
            f"`held_out` (--data) must have at least {_FEWEST_HELD_OUT} images that the run was "
            f"not trained on. Received: {new.sum()} in {source.name}"
        )
    return images[new], labels[new]


def _other_split(config):
    """A split that is not trained on, as a source; None if there is none."""
    for split in ("test", "validation", "val"):
        if config.split not in (None, "train"):
            return None
        try:
            return dataclasses.replace(config, split=split).open_source()
        except data.DataError:
            continue
    return None
