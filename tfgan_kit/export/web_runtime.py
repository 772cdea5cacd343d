"""LiteRT.js, which runs exported web pages: downloaded once, with a known hash."""

import base64
import hashlib
import io
import tarfile
import urllib.request

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path, cache_path

__all__ = ["web_runtime"]

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


def web_runtime(cache_dir=None):
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
