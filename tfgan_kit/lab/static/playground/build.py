"""Bundle the playground's ES modules and d3 into `../playground.js`, with the licences of d3.

`npm install`, then `python build.py`, in this folder; users need neither.
"""

import hashlib
import pathlib
import subprocess

FOLDER = pathlib.Path(__file__).parent
BUNDLE = FOLDER.parent / "playground.js"


def fingerprint():
    """A hash of the sources, which stands in the first line of the bundle."""
    sources = sorted([*FOLDER.glob("*.js"), FOLDER / "package.json"])
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def licences():
    """The licence texts of the packages in the bundle."""
    folders = sorted(FOLDER.glob("node_modules/d3-*")) + [FOLDER / "node_modules/internmap"]
    return "\n".join(f"{path.name}\n{(path / 'LICENSE').read_text()}" for path in folders)


def main():
    """Write the bundle."""
    command = ["npx", "esbuild", "index.js", "--bundle", "--format=esm", "--minify"]
    made = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True).stdout
    banner = f"/* sources {fingerprint()}\n\n{licences()}*/\n"
    BUNDLE.write_text(banner + made, encoding="utf-8")
    print(f"Wrote {BUNDLE.name}, {BUNDLE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
