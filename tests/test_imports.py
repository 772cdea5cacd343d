"""The plan of the house: what each room may import, and what must stay quick to import."""

import ast
import pathlib
import subprocess
import sys

import pytest

import tfgan_kit

PACKAGE = pathlib.Path(tfgan_kit.__file__).parent

# Room: the rooms it may import. Those of the ground are open to all.
PLAN = {
    "errors": [],
    "files": [],
    "streams": [],
    "keras_private": [],
    "versions": [],
    "images": [],
    "animation": ["images"],
    "checks": [],
    "latent": [],
    "precision": [],
    "adam": [],
    "ema": [],
    "layers": [],
    "losses": [],
    "augment": ["latent"],
    "penalties": ["latent"],
    "replay": ["latent"],
    "optimizers": [],
    "models": ["layers"],
    "updates": ["optimizers"],
    "trainer": ["augment", "ema", "losses", "optimizers", "penalties", "replay", "updates"],
    "gan": ["adam", "checks", "latent", "layers", "optimizers", "trainer"],
    "data": ["images"],
    "metrics": [],
    "callbacks": ["animation", "checks", "images", "latent", "metrics"],
    "runtime": ["gan", "latent"],
    "export": ["gan", "images", "latent", "metrics", "runtime", "versions"],
    "serving": ["runtime"],
    "recipes": ["adam", "ema", "gan", "latent", "models", "penalties", "precision"],
    "runs": [
        *("recipes", "data", "callbacks", "export", "images", "latent", "metrics"),
        *("precision", "versions"),
    ],
    "cli_console": [],
    "cli_shipping": ["cli_console", "images", "latent", "runs", "runtime", "serving"],
    "cli": ["cli_console", "cli_shipping", "callbacks", "recipes", "runs"],
    "__main__": ["cli"],
    "__init__": [],
}
GROUND = ["errors", "files", "streams", "keras_private"]


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported(path):
    """The rooms that a file imports, also inside functions and by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_quietly":
            names = [node.args[0].value] if isinstance(node.args[0], ast.Constant) else []
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "tfgan_kit" and len(parts) > 1:
                yield parts[1]


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_plan(path):
    room = room_of(path)
    allowed = {room, *PLAN[room], *GROUND, "__version__"}
    assert set(rooms_imported(path)) <= allowed


def test_plan_has_no_arrow_upward():
    built = set(GROUND)
    for room, below in PLAN.items():
        assert set(below) <= built, f"{room} stands before what it imports"
        built.add(room)


def test_every_room_is_in_the_plan():
    assert {room_of(path) for path in FILES} == set(PLAN)


def test_every_module_has_its_tests():
    def test_file(path):
        stem = "_".join(path.relative_to(PACKAGE).with_suffix("").parts)
        return f"test_{stem.removesuffix('___init__')}.py"

    shared = {
        f"test_{room}.py"
        for room in (
            "__init__",
            "__main__",
            "data",
            "callbacks",
            "metrics",
            "runtime",
            "export",
            "serving",
        )
    }
    expected = {test_file(path) for path in FILES} - shared - {"test_runs.py"}
    present = {path.name for path in pathlib.Path(__file__).parent.glob("test_*.py")}
    assert expected - present == set()


def test_no_file_is_too_long():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {str(path): length for path, length in lengths.items() if length > 450} == {}


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_package_and_cli_import_without_tensorflow():
    code = "import sys, tfgan_kit.cli; print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    assert run(code) == "False False"


def test_every_name_of_the_package_is_there():
    assert all(getattr(tfgan_kit, name) for name in tfgan_kit.__all__)


def test_optional_and_slow_packages_are_not_imported():
    code = (
        "import sys, tfgan_kit; [getattr(tfgan_kit, n) for n in tfgan_kit.__all__]; "
        "tfgan_kit.data.open_source('digits'); "
        "print([n for n in ('imageio_ffmpeg', 'imageio', 'tensorflow_datasets') "
        "if n in sys.modules])"
    )
    assert run(code) == "[]"


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'GANs'"):
        tfgan_kit.GANs  # noqa: B018
