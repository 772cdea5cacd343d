"""LiteRT.js: from the cache or from npm, always with the known hash."""

import io
import urllib.error

import pytest

from tfgan_kit.export import web_runtime
from tfgan_kit.utils.errors import InvalidArgument


def no_network(url, timeout):
    raise urllib.error.URLError("no network")


def test_no_network_names_the_file_to_put_there(monkeypatch, tmp_path):
    monkeypatch.setattr(web_runtime.urllib.request, "urlopen", no_network)
    with pytest.raises(InvalidArgument, match=r"core-2\.5\.3\.tgz cannot be downloaded .*put that"):
        web_runtime.web_runtime(tmp_path)
    assert list(tmp_path.rglob("*.tgz")) == []


def test_other_content_is_neither_used_nor_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(
        web_runtime.urllib.request, "urlopen", lambda url, timeout: io.BytesIO(b"something else")
    )
    with pytest.raises(InvalidArgument, match="is not LiteRT.js 2.5.3: its hash differs"):
        web_runtime.web_runtime(tmp_path)
    assert list(tmp_path.rglob("*.tgz")) == []


def test_damaged_cache_is_downloaded_again(monkeypatch, tmp_path):
    (tmp_path / "litert-js").mkdir()
    (tmp_path / "litert-js" / "core-2.5.3.tgz").write_bytes(b"half")
    monkeypatch.setattr(web_runtime.urllib.request, "urlopen", no_network)
    with pytest.raises(InvalidArgument, match="cannot be downloaded"):
        web_runtime.web_runtime(tmp_path)


def test_files_of_the_real_package(npm):
    files = web_runtime.web_runtime(npm)
    assert files["wasm"][:4] == b"\0asm"
    assert b"ModuleFactory" in files["glue"]
    assert b"loadAndCompile" in files["core"]
    assert b"import {" not in files["core"], "it is one script"
