"""Notebooks: stored with outputs, and run on a small budget."""

import pathlib
import re

import nbclient
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt

from tfgan_kit import data, recipes

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# What replaces the cell with the tag `parameters`.
BUDGETS = {
    "01_dcgan_tutorial": 'SOURCE = "few.npz"\nBATCH_SIZE = 32\nEPOCHS = 1',
    "02_stability_and_mode_collapse": "STEPS = 20\nSEED = 0\nSNAPSHOTS = 2",
    "03_evaluating_a_gan": (
        'SOURCE = "few.npz"\nEPOCHS = 1\nNUM = 150\nCLASSIFIER_STEPS = 20\nGRID_EPOCHS = 2'
    ),
    "04_export_and_serve": 'EPOCHS = 1\nSOURCE = "few.npz"',
    "05_conditional": 'SOURCE = "few.npz"\nEPOCHS = 1\nCLASSIFIER_STEPS = 20',
    "06_zoo": 'SOURCE = "few.npz"\nMINUTES = 0.02\nCLASSIFIER_STEPS = 20',
    "07_lab": (
        f"MODEL = {str(ROOT / 'saved_models/mnist_styles')!r}\n"
        'SOURCE = "few.npz"\nMINUTES = 0.05\nITERATIONS = 40'
    ),
    "08_latent_space_and_inpainting": (
        f"MODEL = {str(ROOT / 'saved_models/mnist_styles/generator.keras')!r}\n"
        'SOURCE = "few.npz"\nMINUTES = 0.02\nHELD_OUT = 20\nSTEPS = 4\nCLASSIFIER_STEPS = 20'
    ),
    "09_more_data_and_textures": (
        'SOURCE = "few.npz"\nMINUTES = 0.02\nTEXTURE_MINUTES = 0.02\nNUM = 20\nSEEDS = 2\n'
        "AGREEMENT = False\nCLASSIFIER_STEPS = 10"
    ),
}
MACHINE_PATH = re.compile(r"(?<![\w.])/(tmp|home|root|work|opt|Users|var)/")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def pictures(notebook):
    return {
        kind
        for output in outputs(notebook)
        for kind in output.get("data", {})
        if kind.startswith("image/")
    }


def texts(notebook):
    for output in outputs(notebook):
        data = output.get("data", {})
        yield from (data[kind] for kind in data if kind.startswith("text/"))
        yield output.get("text", "")


def markdown(path):
    notebook = nbformat.read(path, as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@each_notebook
def test_first_cell_says_how_long_it_takes(path):
    first = nbformat.read(path, as_version=4).cells[0].source
    assert re.search(r"It takes about (three|four|eleven) minutes on two cores", first)


def test_notebook_01_has_the_learning_rates_of_the_recipes():
    text = markdown(FOLDER / "01_dcgan_tutorial.ipynb")
    for name, stated in (("tutorial", "Adam(1e-4)"), ("dcgan", "Adam(2e-3, beta_1=0.5)")):
        adam = recipes.get(name).build(seed=0).generator_optimizer
        rate, beta_1 = re.fullmatch(r"Adam\(([^,]+)(?:, beta_1=(.+))?\)", stated).groups("0.9")
        np.testing.assert_allclose(adam.learning_rate, float(rate))
        assert adam.beta_1 == float(beta_1)
        assert stated in text and f"`{name}`" in text


def read_small(path):
    """The notebook with its budget for tests."""
    notebook = nbformat.read(path, as_version=4)
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    parameters.source = BUDGETS[path.stem]
    return notebook


@each_notebook
def test_stored_with_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run it from top to bottom"
    assert "image/png" in pictures(notebook)
    assert path.stat().st_size < 1.5e6
    for output in outputs(notebook):
        # No errors, and no messages of TensorFlow's start.
        assert output.output_type != "error" and output.get("name") != "stderr"
    for text in texts(notebook):
        assert len(text.splitlines()) < 60
        assert not MACHINE_PATH.search(text)


def few_digits(folder, num):
    """`few.npz`, the first of the digits: fewer steps per epoch."""
    digits = data.open_source("digits")
    np.savez(folder / "few.npz", images=digits.read(range(num)), labels=digits.labels[:num])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_tutorial_runs(tmp_path, monkeypatch):
    """In this process, which has imported TensorFlow."""
    few_digits(tmp_path, 32)
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    notebook = read_small(FOLDER / "01_dcgan_tutorial.ipynb")
    exec("\n".join(cell.source for cell in code_cells(notebook)), {})
    plt.close("all")
    names = {path.name for path in (tmp_path / "dcgan").iterdir()}
    assert {"training.gif", "losses.png", "gan.keras", "generator.keras"} <= names


# Jupyter's client warns about its own sockets and event loops.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@each_notebook
def test_runs_in_jupyter(path, tmp_path):
    few_digits(tmp_path, 400)
    notebook = read_small(path)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    assert pictures(notebook) == pictures(nbformat.read(path, as_version=4))
    assert not any(
        output.get("name") == "stderr" and "Warning" in output.text for output in outputs(notebook)
    )
