"""Export a run's best generator, with a model card that describes the run."""

import inspect
import json
import pathlib
import pkgutil
import warnings

from tfgan_kit import export, latent
from tfgan_kit.evaluation import Judge
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.runs import labels
from tfgan_kit.runtime.formats import WRITABLE
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.text import count
from tfgan_kit.utils.validation import check_choice

__all__ = ["describe_run", "export_run"]

_JUDGED_KINDS = ("int8", "int16x8")


def export_run(
    run,
    export_format="tflite",
    output=None,
    quantize="none",
    batch_size=None,
    judged=None,
    cache_dir=None,
    license_text=None,
    truncation=None,
):
    """Export a run's best generator.

    Args:
        run: A `Run`.
        export_format: `"saved_model"`, `"tflite"`, `"onnx"` or `"web"`. Defaults to `"tflite"`.
        output: String or `os.PathLike`. Defaults to None: a name in the run's `export/`.
        quantize: As for `export.to_tflite`; only for TFLite. Defaults to `"none"`.
        batch_size: As for `export.to_tflite`; only for TFLite. Defaults to None.
        judged: Boolean, whether to measure the change of the Fréchet distance on the run's data.
            Defaults to None: for `"int8"` and `"int16x8"`, if there is data, labels and enough
            images; otherwise it warns.
        cache_dir: As for `evaluate`. Defaults to None.
        license_text: String, license of weights and data for the model card. Defaults to None:
            unknown.
        truncation: As for `GAN.generate`, fixed in the file. Defaults to None.

    Returns:
        An `export.Verification`.

    Raises:
        InvalidArgument: If there is no generator yet, or from the exporter.

    Example:

    ```python
    from tfgan_kit import runs

    try:
        runs.export_run(runs.Run("runs/digits-dcgan"), "tflite", quantize="float16").psnr
    except ValueError as error:
        print(error)  # Before `tfgan-kit train`.
    ```
    """
    check_choice("export_format", export_format, tuple(WRITABLE))
    exporter = pkgutil.resolve_name(WRITABLE[export_format].writer)
    options = {} if quantize == "none" else {"quantize": quantize}
    options |= {} if batch_size is None else {"batch_size": batch_size}
    for name in options.keys() - inspect.signature(exporter).parameters.keys():
        raise InvalidArgument(f"`{name}` does not work with the format {export_format!r}")
    generator = latent.truncated(run.load_generator(), truncation)
    if output is None:
        kind = "" if quantize == "none" else f".{quantize}"
        output = run.path / "export" / f"generator{kind}{WRITABLE[export_format].suffix}"
    frechet = _frechet_change(run, judged, quantize, cache_dir)
    description = describe_run(run)
    if license_text is not None:
        description["license"] = license_text
    if truncation is not None:
        description["training"] += f"; styles truncated to {truncation}"
    num_classes = run.num_classes(generator)
    names = None if num_classes is None else run.config.data.get("class_names")
    shares = None if num_classes is None else run.config.data.get("class_shares")
    exportable = Exportable(generator, num_classes, names, shares)
    return exporter(exportable, output, **options, frechet=frechet, run=description)


def describe_run(run):
    """What a model card shows about the run."""
    config, status, report = run.config, run.status, run.report
    name, num_images = _without_folders(config.data["name"]), config.data["num_images"]
    best = f", the best state ({run.best_name})" if run.best else ""
    clusters = config.data.get("num_clusters")
    clusters = f", {count(clusters, 'cluster')} found in them" if clusters else ""
    attributes = config.data.get("attributes") if config.conditional else None
    attributes = f"; {labels.describe_shares(config)}" if attributes else ""
    description = {
        "title": f"{name}, {config.recipe.name}",
        "run": run.path.name,
        "data": f"{name}, {num_images:,} images{clusters}{attributes}",
        "recipe": f"{config.recipe.name}: {config.recipe.description}",
        "training": f"{count(status['step'], 'step')} of {config.recipe.batch_size} images, "
        f"{status['seconds'] / 60:.1f} minutes{best}, seed {config.seed}, {config.precision}",
    }
    return description if report is None else {**description, "report": _public(report)}


def _public(report):
    """A report as JSON, without this machine's folders."""
    content = json.loads(json.dumps(report.to_dict()))
    protocol = content["protocol"]
    for key in {"data", "run"} & set(protocol):
        protocol[key] = _without_folders(protocol[key])
    return content


def _without_folders(name):
    """The last part of a path; other names, such as `cifar10/plain`, unchanged."""
    path = pathlib.Path(name)
    return path.name if path.is_absolute() else name


def _frechet_change(run, judged, quantize, cache_dir):
    if not (quantize in _JUDGED_KINDS if judged is None else judged):
        return None
    try:
        source = run.open_source().complete()
        if judged is None and source.labels is None:
            raise InvalidArgument("the data has no labels. `--judge` measures it without them")
        judge = Judge(source, num=2_000, cache_dir=cache_dir)
    except InvalidArgument as error:
        if judged:
            raise InvalidArgument(f"`judged` (--judge) does not work here: {error}") from error
        warnings.warn(
            f"Exported without the Fréchet distance, as with --no-judge: {error}", stacklevel=3
        )
        return None
    return export.FrechetChange(judge.real, judge.extractor, num=2_000)
