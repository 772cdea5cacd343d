"""A web page that runs the generator in the browser."""

import base64
import hashlib
import html
import importlib.resources
import io
import json
import string
import tarfile
import urllib.request

import numpy as np

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, publish
from tfgan_kit.export.tflite import convert
from tfgan_kit.export.tflite_metadata import with_metadata
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path, cache_path
from tfgan_kit.utils.text import shorten

__all__ = ["litert_js", "to_web"]

VERSION = "2.5.3"
_REGISTRY = "https://registry.npmjs.org/@litertjs"
# Archive: its SHA-512, from npm.
_ARCHIVES = {
    f"core/-/core-{VERSION}.tgz": (
        "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ=="
    ),
    f"wasm-utils/-/wasm-utils-{VERSION}.tgz": (
        "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ=="
    ),
}
# The build without relaxed SIMD, which every browser with WebAssembly SIMD runs.
_CORE, _GLUE, _WASM = (
    "package/dist/index.js",
    "package/wasm/litert_wasm_compat_internal.js",
    "package/wasm/litert_wasm_compat_internal.wasm",
)
_LOADER_IMPORT = 'import { createWasmLib } from "@litertjs/wasm-utils";'
_TIMEOUT = 60
# The arrays in which LiteRT.js takes labels.
_ARRAYS = {"int32": "Int32Array", "float32": "Float32Array"}
_NOTICE = f"""runtime.js holds LiteRT.js {VERSION} (https://www.npmjs.com/package/@litertjs/core),
Copyright Google LLC, licensed under the Apache License 2.0,
https://www.apache.org/licenses/LICENSE-2.0.
"""


def to_web(gan_or_generator, path, title=None, frechet=None, run=None, cache_dir=None):
    """Export a generator as a web page that draws images in the browser.

    `path/index.html` opens with a double click or from any static server, and needs no network:
    the folder holds LiteRT.js and a float32 TFLite file of batch size 1. The page has a button
    for new images, a slider that interpolates, a list of the classes if there are any, and
    `window.generate(noise)` or `window.generate(noise, label)` for scripts.

    Args:
        gan_or_generator: As for `to_tflite`; images of 1 or 3 channels, and labels, if it takes
            any, of a known number of classes.
        path: String or `os.PathLike`, output folder, which must not exist.
        title: String, heading of the page. Defaults to the title in `run`.
        frechet: As for `to_tflite`. Defaults to None.
        run: As for `to_tflite`. Defaults to None.
        cache_dir: String or `os.PathLike`, cache for LiteRT.js (11 MB from npm's registry), or
            None for the user's cache. Defaults to None.

    Returns:
        A `Verification` of the TFLite file in the folder.

    Raises:
        InvalidArgument: If `path` exists, the generator makes no pictures or takes other labels,
            LiteRT.js cannot be downloaded, or the images differ from the model's; then
            nothing is written.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    try:
        export.to_web(generator, "page")
    except ValueError as error:
        print(error)  # Without a network.
    ```
    """
    exportable = Exportable.of(gan_or_generator)
    path = check_target("web", path, frechet, run)
    if path.exists():
        raise InvalidArgument(f"{path} exists. Choose another folder, or remove it")
    labels = None
    if exportable.label_shape is not None:
        labels = f"{exportable.num_classes} classes, labels {exportable.label_dtype}"
    classes_known = exportable.draws_labels and exportable.label_dtype in _ARRAYS
    if not exportable.draws_pictures or (labels and not classes_known):
        raise InvalidArgument(
            "A page needs a generator of images with 1 or 3 channels, without labels or with "
            "class numbers of a known number of classes. Received: a generator of "
            f"{exportable.image_shape}" + (f", {labels}" if labels else "")
        )
    title = title or (run or {}).get("title") or "A generator"
    runtime = litert_js(cache_dir)

    def write(folder, entry):
        content = with_metadata(convert(exportable, batch_size=1), entry)
        (folder / "generator.tflite").write_bytes(content)
        (folder / "index.html").write_text(_page(exportable, title), encoding="utf-8")
        (folder / "model.js").write_text(_script("MODEL", {"tflite": content}), encoding="utf-8")
        (folder / "runtime.js").write_text(_script("RUNTIME", runtime), encoding="utf-8")
        (folder / "NOTICE.txt").write_text(_NOTICE, encoding="utf-8")
        return folder / "generator.tflite"

    settings = {"litert_js": VERSION, "quantize": "none", "batch_size": 1}
    return publish(exportable, "web", path, write, settings, frechet=frechet, run=run)


def _script(name, files):
    """Files as a script, since a page opened from disk may load nothing but scripts."""
    encoded = {key: base64.b64encode(content).decode() for key, content in files.items()}
    return f"window.{name} = {json.dumps(encoded)};\n"


def _page(exportable, title):
    template = importlib.resources.files("tfgan_kit.export").joinpath("page.html")
    height, width, channels = exportable.image_shape
    names, limits, picker = None, [], ""
    if exportable.label_shape is not None:
        names = [*map(shorten, exportable.class_names or range(exportable.num_classes))]
        limits = np.cumsum(exportable.class_shares or [1.0] * len(names))
        limits = (limits / limits[-1]).tolist()
        options = [("", "All classes"), *enumerate(names)]
        options = [f'<option value="{at}">{html.escape(name)}</option>' for at, name in options]
        picker = f'<label>Class <select id="class" disabled>{"".join(options)}</select></label>\n'
    return string.Template(template.read_text(encoding="utf-8")).substitute(
        title=html.escape(title, quote=False),
        height=height,
        width=width,
        channels=channels,
        latent_dim=exportable.latent_dim,
        picker=picker,
        held="the seed and the class" if picker else "the seed",
        # In a script, `<` could end it.
        names=json.dumps(names).replace("<", "\\u003c"),
        limits=json.dumps(limits),
        label_array=_ARRAYS.get(exportable.label_dtype, "null"),
        label_shape=[1, *(exportable.label_shape or ())],
    )


def litert_js(cache_dir=None):
    """The files of LiteRT.js that a page needs, from the cache or from npm's registry."""
    archives = [_archive(name, cache_path(cache_dir)) for name in _ARCHIVES]
    core, glue, wasm = _members(archives[0], _CORE, _GLUE, _WASM)
    (loader,) = _members(archives[1], _CORE)
    loader = loader.decode().replace("export {\n  createWasmLib\n};", "")
    return {
        "core": core.decode().replace(_LOADER_IMPORT, loader).encode(),
        "glue": glue,
        "wasm": wasm,
    }


def _archive(name, cache):
    path = cache / "litert-js" / name.rpartition("/")[2]
    if path.exists() and _is_known(name, path.read_bytes()):
        return path.read_bytes()
    url = f"{_REGISTRY}/{name}"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
            content = response.read()
    except OSError as error:
        raise InvalidArgument(
            f"A web page needs LiteRT.js, but {url} cannot be downloaded ({error}). Without a "
            f"network, put that file at {path}"
        ) from error
    if not _is_known(name, content):
        raise InvalidArgument(f"{url} is not LiteRT.js {VERSION}: its hash differs")
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return content


def _is_known(name, content):
    return base64.b64encode(hashlib.sha512(content).digest()).decode() == _ARCHIVES[name]


def _members(archive, *names):
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return [opened.extractfile(name).read() for name in names]
