"""Copy the panorama viewer Pannellum, as npm has it, to `../pannellum.js` and `.css`.

`npm install`, then `python build.py`, in this folder; users need neither.
"""

import hashlib
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent
FILES = [FOLDER.parent / name for name in ("pannellum.js", "pannellum.css")]


def banner(content, licence=""):
    """The first lines of a file: its version, its hash and the licence."""
    version = json.loads((FOLDER / "package.json").read_text())["dependencies"]["pannellum"]
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"/* Pannellum {version}, SHA-256 {digest}\n{licence}*/\n"


def main():
    """Write both files."""
    package = FOLDER / "node_modules" / "pannellum"
    for path in FILES:
        content = (package / "build" / path.name).read_text(encoding="utf-8").strip() + "\n"
        licence = "\n" + (package / "COPYING").read_text(encoding="utf-8")
        path.write_text(banner(content, licence) + content, encoding="utf-8")
        print(f"Wrote {path.name}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
