"""Damaged model files: does one crash the kit, or give a wrong image for a right one?

    python benchmarks/corrupted_files.py [--num 1000] [--foreign 200]

Files of every format are truncated, have bits flipped, are emptied, filled with noise or
swapped for another kind, in the model and in the manifest beside it, and loaded in a process
of their own that loads many. Each must either be refused in one line or give the model's own
images. Then the same without a manifest: there nothing can tell a wrong image, but the
process must live.
"""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

CHILD = """
import json, sys, warnings
import numpy as np
from tfgan_kit import export
warnings.simplefilter("ignore")
for line in sys.stdin:
    path, expected = json.loads(line)
    try:
        images = export.load(path).run(np.load(expected)["noise"])
    except ValueError as error:
        outcome = "refused" if "\\n" not in str(error).strip() else "several lines"
    else:
        right = np.abs(images - np.load(expected)["images"]).max() < 1e-3
        outcome = "right images" if right else "WRONG IMAGES"
    print(json.dumps(outcome), flush=True)
"""


def write_models(folder):
    import tfgan_kit
    from tfgan_kit import export

    generator, discriminator = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=8, seed=0)
    (folder / "tflite").mkdir()
    export.to_tflite(gan, folder / "tflite" / "generator.tflite")
    export.to_saved_model(gan, folder / "saved_model", version=1)
    noise = np.random.default_rng(0).normal(size=(4, 8)).astype("float32")
    np.savez(folder / "expected.npz", noise=noise, images=gan.generator.predict(noise, verbose=0))
    (folder / "keras").mkdir()
    generator.save(folder / "keras" / "generator.keras")
    return {
        "tflite": ("tflite", "generator.tflite"),
        "saved_model": ("saved_model/1", "."),
        "keras": ("keras", "generator.keras"),
    }


def damage(path, rng, others):
    content = bytearray(path.read_bytes())
    kind = rng.choice(["truncated", "flipped", "many flipped", "empty", "noise", "other kind"])
    if kind == "truncated":
        content = content[: rng.integers(1, len(content))]
    elif kind in ("flipped", "many flipped"):
        for _ in range(1 if kind == "flipped" else 50):
            content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    elif kind == "empty":
        content = b""
    elif kind == "noise":
        content = rng.bytes(len(content))
    else:
        content = others[rng.integers(len(others))].read_bytes()
    path.write_bytes(bytes(content))
    return str(kind)


class Child:
    """A process that loads one file after another, and is replaced where it dies."""

    def __init__(self):
        self.process = None

    def load(self, path, expected):
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        print(json.dumps([str(path), str(expected)]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if answer:
            return json.loads(answer)
        code = self.process.wait()
        self.process = None
        return f"CRASH {code}"


def run(models, folder, num, with_manifest, rng):
    outcomes, child = collections.Counter(), Child()
    others = [each for each in folder.rglob("*") if each.is_file()]
    formats = list(models)
    for number in range(num):
        name = formats[number % len(formats)]
        if with_manifest and name == "keras":
            name = "tflite"  # The kit writes no manifest for Keras files.
        place, file = models[name]
        copy = folder.parent / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder / place, copy)
        if not with_manifest:
            (copy / "export.json").unlink(missing_ok=True)
        files = sorted(
            each for each in copy.rglob("*") if each.is_file() and each.name != "MODEL_CARD.md"
        )
        kind = damage(files[rng.integers(len(files))], rng, others)
        outcome = child.load(copy / file, folder / "expected.npz")
        outcomes[f"{name}: {outcome}"] += 1
        if outcome.isupper() or "CRASH" in outcome:
            print(f"number {number}: {name}, {kind}: {outcome}", flush=True)
    return outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num", type=int, default=1000, help="files beside a manifest")
    parser.add_argument("--foreign", type=int, default=200, help="files without one")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "models"
        folder.mkdir()
        models = write_models(folder)
        for title, num, with_manifest in (
            ("with a manifest", arguments.num, True),
            ("without one", arguments.foreign, False),
        ):
            outcomes = run(models, folder, num, with_manifest, rng)
            print(f"{num} damaged files {title}:")
            for outcome, count in sorted(outcomes.items()):
                print(f"    {count:5d}  {outcome}")


if __name__ == "__main__":
    main()
