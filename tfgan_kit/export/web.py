"""A folder with one page that runs the generator in the browser, without any server."""

import base64
import importlib.resources
import json
import pathlib
import string
import tempfile

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, record
from tfgan_kit.export.tflite import to_tflite
from tfgan_kit.export.web_runtime import VERSION, web_runtime
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_folder

__all__ = ["to_web"]

_NOTICE = f"""runtime.js holds LiteRT.js {VERSION} (https://www.npmjs.com/package/@litertjs/core),
Copyright Google LLC, licensed under the Apache License 2.0,
https://www.apache.org/licenses/LICENSE-2.0.
"""


def to_web(gan_or_generator, path, title=None, judge=None, run=None, cache_dir=None):
    """Export a generator as a web page that draws images where it is opened.

    `path/index.html` opens with a double click, or from any static server, and needs no
    network: LiteRT.js and the model, a float32 TFLite file of batch 1 that is proven as
    `to_tflite` does it, stand beside it. The page has a button for new images, a slider
    that walks from one set of noise to the next, and `window.generate(noise)` for scripts
    and tests.

    Args:
        gan_or_generator: A `GAN`, whose average is taken where it has one, or a Keras model
            from noise to images of 1 or 3 channels; without labels.
        path: String or `os.PathLike`, the folder to make.
        title: String, the page's heading. Defaults to the run's title or the model's name.
        judge: As for `to_tflite`. Defaults to None.
        run: As for `to_tflite`. Defaults to None.
        cache_dir: String or `os.PathLike`, where LiteRT.js is kept once it was fetched from
            npm's registry (11 MB), or None for the user's cache. Defaults to None.

    Returns:
        A `Verification`, of the TFLite file in the folder.

    Raises:
        InvalidArgument: If `path` exists, the generator has labels or makes no images, LiteRT.js
            cannot be had, or the file does not give the model's images; then there is no
            folder.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    generator, _ = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    try:
        export.to_web(generator, "page")
    except ValueError as error:
        print(error)  # A second time, or without a network.
    ```
    """
    exportable = Exportable(gan_or_generator)
    path = check_target(path, run, judge)
    if title is not None and not isinstance(title, str):
        raise InvalidArgument(f"`title` must be None or a string. Received: title={title!r}")
    if path.exists():
        raise InvalidArgument(f"{path} exists; choose another folder, or remove it")
    shape = exportable.image_shape
    if exportable.label_shape is not None or len(shape) != 3 or shape[-1] not in (1, 3):
        raise InvalidArgument(
            "A page draws images of 1 or 3 channels from noise alone. Received: a generator of "
            f"{shape}" + (" with labels" if exportable.label_shape is not None else "")
        )
    runtime = web_runtime(cache_dir)
    with atomic_folder(path) as folder:
        with tempfile.TemporaryDirectory() as work:
            model = pathlib.Path(work) / "generator.tflite"
            verification = to_tflite(gan_or_generator, model, batch_size=1, judge=judge)
            content = model.read_bytes()
        (folder / "generator.tflite").write_bytes(content)
        title = title or (run or {}).get("title") or "A generator"
        (folder / "index.html").write_text(_page(exportable, title), encoding="utf-8")
        (folder / "model.js").write_text(_script("MODEL", {"tflite": content}), encoding="utf-8")
        (folder / "runtime.js").write_text(_script("RUNTIME", runtime), encoding="utf-8")
        (folder / "NOTICE.txt").write_text(_NOTICE, encoding="utf-8")
        settings = {"litert_js": VERSION, "quantize": "none", "batch_size": 1}
        record(exportable, folder, "web", settings, verification, run)
    return verification.at(path)


def _script(name, files):
    """Files as a script: a page that was opened from a disk may load scripts, and nothing else."""
    encoded = {key: base64.b64encode(content).decode() for key, content in files.items()}
    return f"window.{name} = {json.dumps(encoded)};\n"


def _page(exportable, title):
    template = importlib.resources.files("tfgan_kit.export").joinpath("page.html")
    height, width, channels = exportable.image_shape
    return string.Template(template.read_text(encoding="utf-8")).substitute(
        title=title.replace("&", "&amp;").replace("<", "&lt;"),
        height=height,
        width=width,
        channels=channels,
        latent_dim=exportable.latent_dim,
    )
