"""The plan of the house: what each room may import, and what must stay quick to import."""

import ast
import pathlib
import subprocess
import sys

import pytest
from house import CONTRIBUTING, FLOOR_OF, TABLE, table

import tfgan_kit

PACKAGE = pathlib.Path(tfgan_kit.__file__).parent


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
def test_a_room_imports_only_from_lower_floors(path):
    room = room_of(path)
    if room == "__init__":
        return  # It imports by name, on first use.
    floor = FLOOR_OF.get(room, len(FLOOR_OF))
    others = set(rooms_imported(path)) - {room, "__version__"}
    others = {"gan" if other == "GAN" else other for other in others}
    assert {other for other in others if FLOOR_OF[other] >= floor} == set()


def test_every_room_is_in_the_plan():
    assert {room_of(path) for path in FILES} == {*FLOOR_OF, "__init__", "__main__"}


def test_the_table_of_contributing_is_the_plan():
    assert TABLE.search(CONTRIBUTING.read_text(encoding="utf-8")).group() == table(), (
        "run `python tests/house.py`"
    )


def test_every_module_has_its_tests():
    def test_file(path):
        module = path.relative_to(PACKAGE)
        return str(module.parent / f"test_{module.name}")

    # Tested through their table and through the app.
    together = {"recipes", "cli"}
    single = [path for path in FILES if room_of(path) not in together]
    expected = {test_file(path) for path in single if not path.name.startswith("__")}
    tests = pathlib.Path(__file__).parent
    present = {str(path.relative_to(tests)) for path in tests.rglob("test_*.py")}
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
