"""Evaluate a run's generator and write numbers, a verdict and pictures into its directory."""

import dataclasses

from tfgan_kit import data
from tfgan_kit.evaluation import pictures
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.runs import page

__all__ = ["evaluate", "judge_run", "open_like"]


def evaluate(
    run, data_source=None, features="auto", num=10_000, seed=0, cache_dir=None, console=None
):
    """Evaluate a run's best generator and write the results into its directory.

    `evaluation.json` has the numbers, `evaluation/` the pictures, and `index.html` shows both.

    Args:
        run: A `Run`.
        data_source: String, `os.PathLike`, array or `Source`: held-out real images of the same
            shape. Defaults to None: the training images.
        features: `"auto"` (a classifier trained on the data if it has labels, else Inception),
            `"classifier"`, `"inception"`, `"random"`, `"pixels"`, or the path of a classifier's
            `.keras` file. Defaults to `"auto"`.
        num: Integer of at least 50, number of real and of generated images; at most half of the
            images. Defaults to 10,000.
        seed: Integer in [0, 2**31). Defaults to 0.
        cache_dir: String or `os.PathLike`, the folder for features and classifiers. Defaults to
            None: the user's cache.
        console: A `rich.console.Console` for progress bars. Defaults to None: standard error.

    Returns:
        An `evaluation.Report`.

    Raises:
        InvalidArgument: If there is no generator yet, the training images are missing or changed,
            or the real images have a different shape.

    Example:

    ```python
    from tfgan_kit import runs

    plan = runs.plan(runs.RunConfig(source="digits", minutes=0.02))
    run = runs.start(plan, "runs/evaluated")
    report = runs.evaluate(run, features="random", num=200, cache_dir="cache")
    report.values["coverage"]
    ```
    """
    generator, training = run.load_generator(), run.open_source()
    source = training if data_source is None else open_like(data_source, training)
    judge = Judge(source, features, num, seed, cache_dir, console)
    report, heldout = judge_run(judge, run, generator, training)
    best = run.best
    protocol = {
        **report.protocol,
        "run": str(run.path),
        "checkpoint": "newest" if best is None else f"best of {best['monitor']}",
        "epoch": len(run.metrics) if best is None else best["epoch"],
        "heldout": heldout,
    }
    report = dataclasses.replace(report, protocol=protocol)
    pictures.write_pictures(run.evaluation_path, judge, training, report)
    report.save(run.report_path)
    page.write_page(run)
    return report


def judge_run(judge, run, generator, training):
    """The report of a run's generator, and whether the real images are held-out ones."""
    heldout, num_classes = judge.is_heldout(training), run.num_classes(generator)
    return judge.judge(generator, training, heldout, num_classes), heldout


def open_like(given, training):
    """Open other images in the shape of the training images."""
    if isinstance(given, data.Source):
        return given
    opened = data.open_source(given)
    if opened.image_shape == training.image_shape:
        return opened
    height, _, channels = training.image_shape
    return data.open_source(given, image_size=height, channels=channels)
