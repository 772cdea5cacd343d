"""What every exporter does last: prove the file, and write down what it is."""

import dataclasses
import math
import pathlib

from tfgan_kit.export.model_card import write_model_card
from tfgan_kit.export.verification import Limits, verify
from tfgan_kit.runtime.manifest import Manifest, ManifestEntry, fingerprint
from tfgan_kit.versions import installed_versions

__all__ = ["prove", "record"]


def prove(exportable, path, quantize, judge):
    """Compare a file that stands under its temporary name with the model.

    Args:
        exportable: An `Exportable`.
        path: `pathlib.Path`, the temporary name.
        quantize: String, whose limits it must keep.
        judge: A `FrechetJudge` or None.

    Returns:
        A `Verification`.

    Raises:
        InvalidArgument: If it does not give the model's images.

    Example:

    ```python
    import pathlib
    from tfgan_kit import export, models
    from tfgan_kit.export.exportable import Exportable
    from tfgan_kit.export.publishing import prove

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite")
    prove(Exportable(generator), pathlib.Path("generator.tflite"), "none", judge=None)
    ```
    """
    verification = verify(path, exportable, judge)
    verification.check(Limits.of(quantize))
    return verification


def record(exportable, path, export_format, settings, verification, run):
    """Write `export.json` and the model card beside a file that has been proven.

    Args:
        exportable: An `Exportable`.
        path: `pathlib.Path`, the file, or the folder that is one export.
        export_format: String, as in `ManifestEntry`.
        settings: Dict, what was asked of the exporter.
        verification: A `Verification`.
        run: Dict of where the generator comes from, or None.

    Returns:
        The `Verification`, with `path` in it.

    Example:

    ```python
    import pathlib
    from tfgan_kit import export, models
    from tfgan_kit.export.exportable import Exportable
    from tfgan_kit.export.publishing import record

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    verification = export.to_tflite(generator, "generator.tflite")
    path, exportable = pathlib.Path("generator.tflite"), Exportable(generator)
    record(exportable, path, "tflite", {}, verification, {"title": "Blobs"})
    ```
    """
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
