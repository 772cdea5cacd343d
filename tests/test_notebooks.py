"""Notebooks: stored without outputs, and run from top to bottom on a small budget."""

import pathlib

import nbclient
import nbformat
import numpy as np
import pytest

from tfgan_kit import data

FOLDER = pathlib.Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# What replaces the cell tagged `parameters`.
BUDGETS = {
    "01_dcgan_tutorial": 'EPOCHS = 1\nSOURCE = "few.npz"',
    "02_stability_and_mode_collapse": "STEPS = 20\nSEED = 0\nSNAPSHOTS = 2",
    "03_evaluating_a_gan": (
        'SOURCE = "few.npz"\nEPOCHS = 1\nNUM = 150\nJUDGE_STEPS = 20\nGRID_EPOCHS = 2'
    ),
    "04_export_and_serve": 'EPOCHS = 1\nSOURCE = "few.npz"',
}
# Those that end in an animation.
ANIMATED = {"01_dcgan_tutorial"}
LONG = {"02_stability_and_mode_collapse", "03_evaluating_a_gan", "04_export_and_serve"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells and all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.fixture
def few_digits(tmp_path):
    """`few.npz`, a quarter of the digits: an epoch of them is a quarter as long."""
    digits = data.open_source("digits")
    images, labels = digits.read(range(400)), digits.labels[:400]
    np.savez(tmp_path / "few.npz", images=images, labels=labels)


# Jupyter's client warns of its own sockets and event loops.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize(
    "path",
    [pytest.param(each, marks=[pytest.mark.slow] * (each.stem in LONG)) for each in NOTEBOOKS],
    ids=lambda path: path.stem,
)
def test_runs_from_top_to_bottom(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    parameters.source = BUDGETS[path.stem]
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = [
        kind
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind in output.get("data", {})
    ]
    assert "image/png" in shown
    assert ("image/gif" in shown) == (path.stem in ANIMATED)
    assert not any(
        output.get("name") == "stderr" and "Warning" in output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
