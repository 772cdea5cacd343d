"""The Python in docs/*.md runs as it is printed, and tests that are cited exist."""

import pathlib
import re
import subprocess
import sys
import venv

import numpy as np
import pytest

from tfgan_kit import export, models, recipes
from tfgan_kit.export.exportable import Exportable

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
CITED = re.compile(r"`((?:\w+/)*test_\w+\.py)::(test_\w+)`")


def script(page="tflite.md", at=0):
    return EXAMPLE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))[at]


def test_cited_tests_exist():
    cited = set()
    for page in (ROOT / "docs").glob("*.md"):
        cited |= set(CITED.findall(page.read_text(encoding="utf-8")))
    assert len(cited) > 50
    texts = {file: (ROOT / "tests" / file).read_text(encoding="utf-8") for file, _ in cited}
    assert [f"{file}::{name}" for file, name in cited if f"def {name}(" not in texts[file]] == []


def check_image(folder, generator):
    header, _, pixels = (folder / "image.ppm").read_bytes().partition(b"\n")
    assert header == b"P5 8 8 255"
    noise = np.random.default_rng(0).normal(size=(1, 6)).astype("float32")
    expected = np.clip(generator.predict(noise, verbose=0) * 127.5 + 127.5, 0, 255).round()
    drawn = np.frombuffer(pixels, "uint8").reshape(expected.shape).astype(int)
    assert np.abs(drawn - expected).max() <= 1


def test_script_without_tensorflow(first_export, tflite_file, tmp_path):
    (tmp_path / "script.py").write_text(
        script() + "\nimport sys\nassert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, capture_output=True)
    check_image(tmp_path, first_export[0])


@pytest.mark.slow
def test_script_in_an_environment_with_two_packages(first_export, tflite_file, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "ai-edge-litert>=2.1,<3", "numpy"]
    subprocess.run(install, check=True, capture_output=True)
    (tmp_path / "script.py").write_text(script())
    subprocess.run([python, "script.py"], cwd=tmp_path, check=True, capture_output=True)
    check_image(tmp_path, first_export[0])
    listed = [python, "-c", "import importlib.util as u; print(u.find_spec('tensorflow'))"]
    assert subprocess.run(listed, capture_output=True, text=True).stdout.strip() == "None"


def test_labels(unproven, monkeypatch, capsys, tmp_path):
    networks = models.dcgan((16, 16, 1), latent_dim=4, width=4, num_classes=8)
    exportable = Exportable(networks[0], 8, [*"abcdefgh"])
    export.to_tflite(exportable, tmp_path / "generator.tflite")
    monkeypatch.chdir(tmp_path)
    exec(script(at=1), {})
    assert capsys.readouterr().out == f"{[*'abcdefgh']} None\n"


def test_recipe_of_ones_own(tmp_path):
    (tmp_path / "boundary.py").write_text(script("recipes.md"))
    gan = recipes.get(tmp_path / "boundary.py").build((16, 16, 1))
    # Half the mean square of the logits.
    assert float(gan.adversarial_loss.generator_loss(np.array([[2.0], [-4.0]]))) == 5
