"""Evaluate a run's generator: numbers, a verdict and pictures, kept in the run's directory."""

import dataclasses

from tfgan_kit import data
from tfgan_kit.evaluation import pictures
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.runs import page
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["evaluate", "open_like", "open_run_source"]


def evaluate(
    run, data_source=None, features="auto", num=10_000, seed=0, cache_dir=None, console=None
):
    """Judge a run's best generator, and write what was found into its directory.

    `evaluation.json` has the numbers, `evaluation/` the pictures, and
    `index.html` shows both.

    Args:
        run: A `Run`.
        data_source: String, `os.PathLike`, array or `Source`: real images that
            were kept out of the training, of the same shape. Defaults to None:
            the training images.
        features: `"auto"` (a classifier trained on the data where it has labels,
            else Inception), `"classifier"`, `"inception"`, `"random"`,
            `"pixels"`, or the path of a classifier's `.keras` file. Defaults to
            `"auto"`.
        num: Integer, 50 or more, samples on each side; half of the real images
            where there are not twice as many. Defaults to 10,000.
        seed: Integer in [0, 2**31), of everything random. Defaults to 0.
        cache_dir: String or `os.PathLike` for features and classifiers, or None
            for the user's cache. Defaults to None.
        console: A `rich.console.Console` for progress bars, or None for standard
            error. Defaults to None.

    Returns:
        An `evaluation.Report`.

    Raises:
        InvalidArgument: If there is no generator yet, its data is gone or
            changed, or the real images do not fit it.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", minutes=0.02))
    run = runs.start(plan, "runs/judged")
    report = runs.evaluate(run, features="random", num=200, cache_dir="cache")
    report.values["coverage"]
    ```
    """
    generator = run.load_generator()
    training = open_run_source(run)
    source = training if data_source is None else open_like(data_source, training)
    judge = Judge(source, features, num, seed, cache_dir, console)
    heldout = judge.is_heldout(training)
    report = judge.judge(generator, training, heldout)
    report = dataclasses.replace(report, protocol={**report.protocol, **_of_run(run, heldout)})
    pictures.write_pictures(run.evaluation_path, judge, training, report)
    report.save(run.report_path)
    page.write_page(run)
    return report


def open_run_source(run):
    """Open the images that a run was trained on.

    Args:
        run: A `Run`.

    Returns:
        A `tfgan_kit.data.Source`.

    Raises:
        InvalidArgument: If they are gone or changed.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits"))
    len(runs.open_run_source(runs.Run.create("runs/opened", plan.config)))  # 1797
    ```
    """
    config = run.config
    source = config.open_source()
    if source.fingerprint != config.data.get("fingerprint"):
        raise InvalidArgument(
            f"The data at {config.source} is not what {run.path} was trained on "
            f"({config.data.get('num_images')} images then, {len(source)} now, or other content)"
        )
    return source


def open_like(given, training):
    """Open other images in the shape of the training images."""
    height, _, channels = training.image_shape
    if isinstance(given, data.Source):
        return given
    opened = data.open_source(given)
    if opened.image_shape == training.image_shape:
        return opened
    return data.open_source(given, image_size=height, channels=channels)


def _of_run(run, heldout):
    best = run.best
    return {
        "run": str(run.path),
        "checkpoint": "newest" if best is None else f"best of {best['monitor']}",
        "epoch": len(run.metrics) if best is None else best["epoch"],
        "heldout": heldout,
    }
