"""KServe's part of it, and what is said where KServe is missing."""

import asyncio
import sys
import warnings

import numpy as np
import pytest
from serving_processes import SlowGenerator, needs_kserve, noise_of

from tfgan_kit.serving import ModelSignature, RequestError, WorkerPool
from tfgan_kit.serving.data_plane import import_kserve, make_data_plane
from tfgan_kit.utils.errors import InvalidArgument


def test_without_kserve(monkeypatch):
    monkeypatch.setitem(sys.modules, "kserve", None)
    with pytest.raises(InvalidArgument, match=r"pip install 'tfgan_kit\[serve\]'"):
        import_kserve()


def test_command_line_is_hidden_from_an_import(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "argv", ["tfgan-kit", "serve", "--workers", "many"])
    monkeypatch.setattr(
        "tfgan_kit.serving.data_plane.importlib.import_module",
        lambda name: seen.append(list(sys.argv)),
    )
    import_kserve()
    assert seen == [["tfgan-kit"]]
    assert sys.argv == ["tfgan-kit", "serve", "--workers", "many"]


@needs_kserve
def test_metadata_and_inference():
    pool = WorkerPool([SlowGenerator(lambda: None)])
    signature = ModelSignature.of(pool.generators[0], "cats", 8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plane = make_data_plane(pool, signature)

    async def ask():
        told = await plane.model_metadata("cats")
        answer, _ = await plane.infer("cats", {"noise": noise_of(2), "labels": None})
        with pytest.raises(RequestError, match="'dogs' does not exist"):
            await plane.model_ready("dogs")
        return told, await plane.model_ready("cats"), answer["images"]

    told, ready, images = asyncio.run(ask())
    assert (told["platform"], ready) == ("tensorflow_tflite", True)
    assert (told["inputs"], told["outputs"]) == (signature.inputs(), signature.outputs())
    np.testing.assert_array_equal(images, np.zeros((2, 4, 4, 1)))
    assert plane.metadata()["extensions"] == ["binary_tensor_data"]
    pool.close()
