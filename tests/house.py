"""The plan of the house: floors of rooms, and what each room holds.

A room may import from the rooms of lower floors only. `test_imports.py` enforces it, and
`python tests/house.py` writes the table of CONTRIBUTING.md from it.
"""

import pathlib
import re

# From the top floor down: room and what it holds.
FLOORS = (
    {"cli": "the commands: parse, validate, dispatch"},
    {
        "serving": "an exported generator on KServe",
        "lab": "pages in the browser: sessions that know no page, `pages/` without training maths",
    },
    {"runs": "a run directory: settings, training, resuming, evaluation, export, its page"},
    {"export": "write a generator as a file and prove it equal"},
    {
        "runtime": "read exported files and run them; TFLite and ONNX without TensorFlow",
        "evaluation": "the judge, the report, its tables, verdict and pictures",
        "recipes": "networks, compile arguments and batch size that go together; one a file",
        "callbacks": "one Keras callback a file",
    },
    {"gan": "`GAN(keras.Model)`: networks, noise, labels, `train_step`, `generate`"},
    {
        "training": "batch, steps, updates, critique, state, schedules, average, replay, "
        "optimizers, precision, distribution, augmentation",
        "data": "sources (`readers/`), `pixels/`, the pipeline; points in the plane",
        "metrics": "feature extractors, and float64 functions of features",
        "latent": "noise, images from it, walks, directions, searches, styles",
        "models": "builders of network pairs; one family a file",
    },
    {
        "layers": "layers of the GAN papers that Keras lacks",
        "losses": "pairs of losses; one paper a file",
        "penalties": "terms of either network's loss; one a file",
        "media": "pixels, grids and PNG; GIF, WebP and MP4; plots in one style",
    },
    {"utils": "errors, validation, serialization, files, progress, Keras's private names"},
)
FLOOR_OF = {room: len(FLOORS) - 1 - i for i, floor in enumerate(FLOORS) for room in floor}

CONTRIBUTING = pathlib.Path(__file__).parents[1] / "CONTRIBUTING.md"
TABLE = re.compile(r"(?<=<!-- floors -->\n).*?(?=<!-- end of floors -->)", re.DOTALL)


def table():
    """The plan as a Markdown table."""
    rows = ["| floor | room | holds |", "|---|---|---|"]
    for floor in FLOORS:
        for room, holds in floor.items():
            name = "gan.py" if room == "gan" else f"{room}/"
            rows.append(f"| {FLOOR_OF[room]} | `{name}` | {holds} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    text = CONTRIBUTING.read_text(encoding="utf-8")
    CONTRIBUTING.write_text(TABLE.sub(lambda _: table(), text), encoding="utf-8")
