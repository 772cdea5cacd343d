"""A fresh process: its results, and crashes in it."""

import numpy as np
import pytest

from tfgan_kit import export
from tfgan_kit.runtime import probe as probe_module
from tfgan_kit.runtime.probe import probe
from tfgan_kit.utils.errors import InvalidArgument


def test_images_latency_and_libraries(tflite_file):
    noise = np.random.default_rng(0).normal(size=(5, 6))
    result = probe(tflite_file, noise, batch_sizes=(1, 3))
    np.testing.assert_allclose(result.images, export.load(tflite_file).run(noise), atol=1e-6)
    assert set(result.latency) == {1, 3}
    assert result.modules == ["ai_edge_litert"]
    assert result.operations["CONV_2D"] == 4 and result.operations["TANH"] == 1


def test_error_in_the_other_process_is_raised_here(tflite_file):
    with pytest.raises(InvalidArgument, match=r"`noise` must have shape \(num, 6\)"):
        probe(tflite_file, np.zeros((2, 7)))


@pytest.mark.parametrize(
    "code, message",
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", r"damaged \(signal 11\)"),
        ("import sys; sys.exit('no memory')", "no memory"),
        ("import time; time.sleep(60)", "took more than 1 s"),
    ],
)
def test_process_that_ends_or_hangs(tflite_file, monkeypatch, code, message):
    monkeypatch.setattr(probe_module, "_CODE", code)
    with pytest.raises(InvalidArgument, match=message):
        probe(tflite_file, timeout=1 if "sleep" in code else 60)
