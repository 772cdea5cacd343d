"""Export a run's best generator, with all that its model card wants to tell."""

import json
import pathlib

from tfgan_kit import export
from tfgan_kit.evaluation import Judge
from tfgan_kit.runs.evaluation import open_run_source
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["FORMATS", "describe_run", "export_run"]

_JUDGED_KINDS = ("int8", "int16x8")


def _saved_model(generator, output, quantize, batch_size, **told):
    return export.to_saved_model(generator, output, **told)


def _tflite(generator, output, quantize, batch_size, **told):
    return export.to_tflite(generator, output, quantize, batch_size, **told)


def _onnx(generator, output, quantize, batch_size, **told):
    return export.to_onnx(generator, output, **told)


def _web(generator, output, quantize, batch_size, **told):
    return export.to_web(generator, output, **told)


# Format: its exporter, and what the run's name gets behind it where no output is named.
FORMATS = {
    "saved_model": (_saved_model, "-saved_model"),
    "tflite": (_tflite, ".tflite"),
    "onnx": (_onnx, ".onnx"),
    "web": (_web, "-web"),
}


def export_run(
    run,
    export_format="tflite",
    output=None,
    quantize="none",
    batch_size=None,
    judged=None,
    cache_dir=None,
    license_text=None,
):
    """Export a run's best generator.

    Args:
        run: A `Run`.
        export_format: `"saved_model"`, `"tflite"`, `"onnx"` or `"web"`. Defaults to
            `"tflite"`.
        output: String or `os.PathLike`, or None for `export/` in the run. Defaults to None.
        quantize: As for `export.to_tflite`; other formats are float32 only. Defaults to
            `"none"`.
        batch_size: As for `export.to_tflite`. Defaults to None.
        judged: Boolean, whether the change of the Fréchet distance is measured with the
            run's own data, or None: for integer kinds where the data has labels and is
            still there. Defaults to None.
        cache_dir: As for `evaluate`. Defaults to None.
        license_text: String, what the model card says of the licence of weights and data,
            or None for that it is not told. Defaults to None.

    Returns:
        An `export.Verification`.

    Raises:
        InvalidArgument: If there is no generator yet, or as the exporter.

    Example:

    ```python
    from tfgan_kit import runs

    try:
        runs.export_run(runs.Run("runs/digits-dcgan"), "tflite", quantize="float16").psnr
    except ValueError as error:
        print(error)  # Before `tfgan-kit train`.
    ```
    """
    if export_format not in FORMATS:
        raise InvalidArgument(
            f"`export_format` must be one of {', '.join(FORMATS)}. Received: {export_format!r}"
            + did_you_mean(export_format, FORMATS)
        )
    if export_format != "tflite" and (quantize != "none" or batch_size is not None):
        raise InvalidArgument(
            f"Only TFLite files are quantized or have a fixed batch; {export_format} is float32 "
            "and takes any batch"
        )
    generator = run.load_generator()
    exporter, ending = FORMATS[export_format]
    if output is None:
        kind = "" if quantize == "none" else f".{quantize}"
        output = run.path / "export" / f"generator{kind}{ending}"
    judge = _judge(run, judged, quantize, cache_dir)
    told = describe_run(run)
    if license_text is not None:
        told["license"] = license_text
    return exporter(generator, pathlib.Path(output), quantize, batch_size, judge=judge, run=told)


def describe_run(run):
    """What a model card tells of the run that a generator comes from."""
    config, status = run.config, run.status
    name, num_images = _without_folders(config.data["name"]), config.data["num_images"]
    best = "" if run.best is None else f", the best epoch ({run.best['epoch']})"
    told = {
        "title": f"{name}, {config.recipe.name}",
        "run": run.path.name,
        "data": f"{name}, {num_images:,} images",
        "recipe": f"{config.recipe.name}: {config.recipe.description}",
        "training": f"{status['step']:,} steps of {config.recipe.batch_size} images, "
        f"{status['seconds'] / 60:.1f} minutes{best}, seed {config.seed}, {config.precision}",
    }
    return told if run.report is None else {**told, "report": _public(run.report)}


def _public(report):
    """A report as JSON has it, without the places where this machine keeps things."""
    content = json.loads(json.dumps(report.to_dict()))
    protocol = content["protocol"]
    for key in ("data", "run"):
        if key in protocol:
            protocol[key] = _without_folders(protocol[key])
    return content


def _without_folders(name):
    """The last part of a path; other names of data, as `cifar10/plain`, as they are."""
    path = pathlib.Path(name)
    return path.name if path.is_absolute() else name


def _judge(run, judged, quantize, cache_dir):
    if judged is None:
        judged = quantize in _JUDGED_KINDS and _has_labels(run)
    if not judged:
        return None
    judge = Judge(open_run_source(run), num=2_000, cache_dir=cache_dir)
    return export.FrechetJudge(judge.real, judge.extractor, num=2_000)


def _has_labels(run):
    try:
        return open_run_source(run).labels is not None
    except InvalidArgument:
        return False
