"""Evaluate generated images, and write numbers, a verdict and pictures into a folder."""

import pathlib

from tfgan_kit.evaluation import people, pictures
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.media.page import fill_page
from tfgan_kit.runs import page
from tfgan_kit.runs.directory import check_new_path, next_free_path
from tfgan_kit.runs.subjects import open_real, open_subject
from tfgan_kit.runs.training import write_real
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.text import count
from tfgan_kit.utils.validation import check_integer

__all__ = ["check_out", "evaluate"]


def evaluate(
    generated,
    data_source=None,
    features="auto",
    num=10_000,
    seed=0,
    cache_dir=None,
    console=None,
    out=None,
    image_size=None,
):
    """Evaluate a run's best generator, an exported file, or any set of generated images.

    `evaluation.json` has the numbers, `index.html` shows them with pictures. Those of a run go into
    its directory, those of anything else into a new folder.

    Args:
        generated: A `Run`; the path of a run, of an exported generator, of a folder of images or of
            a `.npz`, `.npy` or IDX file; an array or a `Source`.
        data_source: String, `os.PathLike`, array or `Source`: real images, which are resized to
            the shape of the generated ones if necessary, with a warning. Defaults to None: the
            training images of a run; anything else needs them. Only those of a run are searched
            for copies.
        features: `"auto"` (a classifier trained on the real images if they have labels, else
            Inception, and random features if its weights cannot be loaded), `"classifier"`,
            `"inception"`, `"random"`, `"pixels"`, or the path of a classifier's `.keras` file.
            Defaults to `"auto"`.
        num: Integer of at least 50, number of real and of generated images; at most half of the
            real images, of which copies count once, and all of the generated ones. Defaults to
            10,000.
        seed: Integer in [0, 2**31). Defaults to 0.
        cache_dir: String or `os.PathLike`, the folder for features and classifiers. Defaults to
            None: the user's cache.
        console: A `rich.console.Console` for progress bars. Defaults to None: standard error.
        out: String or `os.PathLike`, the output folder: a new or empty one, or that of an earlier
            evaluation. Defaults to None: a run's directory, or the first of `evaluation`,
            `evaluation-2`, ... that does not exist.
        image_size: Integer, side to which generated and real images are cropped and resized, for
            sets of images. Defaults to None: the size of the generated images.

    Returns:
        An `evaluation.Report`.

    Raises:
        InvalidArgument: If there is no generator yet, real images are missing or too few, the
            training images are missing or changed without others to compare with, or `out` has
            other files.

    Example:

    ```python
    from tfgan_kit import data, runs

    digits = data.open_source("digits").read(range(1000))
    settings = {"features": "pixels", "num": 200, "cache_dir": "cache"}
    report = runs.evaluate(digits[:400], digits[400:], **settings, out="evaluation")
    report.values["coverage"]  # about 0.9
    ```
    """
    subject = open_subject(generated, image_size)
    out = subject.run.path if out is None and subject.run else check_out(out)
    source, num = open_real(data_source, subject), check_integer("num", num, 1)
    judge = Judge(source, features, min(num, subject.num or num), seed, cache_dir, console)
    report = subject.report(judge)
    if subject.run:
        report = people.with_people(report, subject.run.judgements)
    pictures.write_pictures(out / "evaluation", judge, subject.training, report)
    report.save(out / "evaluation.json")
    if subject.run and out == subject.run.path:
        if subject.training:
            write_real(subject.run, subject.training)
        page.write_page(subject.run)
    else:
        _write_page(out, subject, judge, report)
    return report


def check_out(out, name="evaluation"):
    """The output folder, if nothing but an earlier result is in it."""
    if out is None:
        return next_free_path(name)
    out = pathlib.Path(out)
    if (out / "config.json").exists() or not (out / f"{name}.json").is_file():
        check_new_path(out)
    return out


def _write_page(out, subject, judge, report):
    title, num = f"Evaluation: {subject.name}", count(len(judge.real), "image")
    state = f"{num} of {subject.name}, and as many real ones of {judge.source.name}"
    sections = page.evaluation_sections(out, report, out / "evaluation")
    atomic_write_text(out / "index.html", fill_page(title, state, sections))
