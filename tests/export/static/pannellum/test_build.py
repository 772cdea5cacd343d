"""The vendored viewer is the one that `package.json` names, unchanged, with its licence."""

import importlib.util
import pathlib

# The sources are not installed.
ROOT = pathlib.Path(__file__).parents[4]
SPEC = importlib.util.spec_from_file_location(
    "build", ROOT / "tfgan_kit" / "export" / "static" / "pannellum" / "build.py"
)
build = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(build)


def test_files_are_those_of_npm():
    for file in build.FILES:
        head, content = file.read_text(encoding="utf-8").split("*/\n", 1)
        assert "Copyright (c) 2011-2026 Matthew Petroff" in head and "WITHOUT WARRANTY" in head
        assert build.banner(content).startswith(head.partition("\n")[0])
