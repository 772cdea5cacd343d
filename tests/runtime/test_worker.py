"""The fresh process itself, which runs TFLite files without TensorFlow."""

import json
import subprocess
import sys

import numpy as np


def run(job):
    done = subprocess.run(
        [sys.executable, "-m", "tfgan_kit.runtime.worker"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""


def test_job_is_answered_in_its_folder(tflite_file, tmp_path):
    np.save(tmp_path / "noise.npy", np.zeros((3, 6)))
    run({"path": str(tflite_file), "folder": str(tmp_path), "batch_sizes": [2]})
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["modules"] == ["ai_edge_litert"]
    assert 0 < answer["seconds"][0] < 1
    assert np.load(tmp_path / "images.npy").shape == (3, 8, 8, 1)


def test_error_is_an_answer(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"no model")
    run({"path": str(tmp_path / "a.tflite"), "folder": str(tmp_path), "batch_sizes": []})
    assert "none of the formats" in json.loads((tmp_path / "answer.json").read_text())["error"]
