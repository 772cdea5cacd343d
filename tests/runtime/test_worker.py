"""The worker alone: a job in, an answer out; `test_probe.py` has the rest."""

import json
import subprocess
import sys

import numpy as np


def run(path, folder):
    job = {"path": str(path), "folder": str(folder), "batch_sizes": []}
    code = "from tfgan_kit.runtime.worker import work; work()"
    np.savez(folder / "inputs.npz")
    command = [sys.executable, "-c", code]
    subprocess.run(command, input=json.dumps(job), text=True, check=True, capture_output=True)
    return json.loads((folder / "answer.json").read_text())


def test_without_noise_it_draws_two_images(tflite_file, tmp_path):
    answer = run(tflite_file, tmp_path)
    assert answer["modules"] == ["ai_edge_litert"] and answer["seconds"] == []
    assert np.load(tmp_path / "images.npy").shape[0] == 2


def test_a_mistake_becomes_an_error_in_the_answer(tmp_path):
    (tmp_path / "text.tflite").write_text("no generator")
    assert "is in none of the formats" in run(tmp_path / "text.tflite", tmp_path)["error"]
