"""Images a second of `pgan` and `stylegan` beside pytorch_GAN_zoo's own networks in PyTorch.

    git clone https://github.com/facebookresearch/pytorch_GAN_zoo /tmp/zoo
    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    python benchmarks/zoo_throughput.py --zoo /tmp/zoo --torch-python /tmp/torch/bin/python

Each side is a process of its own; those of one row take turns, as in `throughput.py`. Both have
the same widths, latent dimension and batch, an average of the generator, and images in memory.

- `pgan`: WGAN-GP with drift, one step of each network. The kit's side has the networks of the
  largest size and reduces images of that size; the zoo's has layers up to the level, and images
  of the level's size. In a fade half of each image is of the level below.
- `stylegan`: logistic loss and R1 in each step, which is the zoo's default. The kit's networks are
  StyleGAN2's and have the full size from the start, the zoo's StyleGAN's and grow; only 8x8 and
  more exist there. `lazy` is the recipe's: R1 every 16 steps and path length every 4.

Training is `GAN.fit` and `optimizeParameters`, sampling `GAN.generate` and `test` with the average.
"cpu" is images in a second of the processor, of all threads: on a busy machine `--threads 1` and
these columns say more.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from throughput import Side, machine, measure

SAMPLES = 512


def rows(arguments):
    """Jobs by name: the kit's sides of a row, and the zoo's."""
    sizes = [size for size in (4, 8, 16, 32, 64, 128, 256) if size <= max(arguments.sizes)]
    for task, batch in (("train", arguments.batch), ("sample", SAMPLES)):
        common = {"task": task, "batch": batch}
        for level, size in enumerate(sizes):
            if size not in arguments.sizes:
                continue
            widths = [arguments.width // 2 ** max(0, k - 3) for k in range(len(sizes))]
            job = {**common, "family": "pgan", "level": level, "widths": widths}
            job |= {"latent_dim": widths[0], "size": sizes[-1], "fade": 0}
            yield f"pgan {size}", task, {"kit": job}, job
            if level:
                job = {**job, "fade": 0.5}
                yield f"pgan {size} fading", task, {"kit": job}, job
                widths = [min(arguments.style_width << (level - k), 512) for k in range(level + 1)]
                job = {**common, "family": "stylegan", "level": level, "widths": widths}
                job |= {"latent_dim": widths[0], "size": size, "fade": 0, "same_terms": True}
                lazy = {"kit lazy": {**job, "same_terms": False}} if task == "train" else {}
                yield f"stylegan {size}", task, {"kit": job, **lazy}, job


def measure_row(kits, zoo, arguments, common):
    side = {"script": __file__}
    sides = [Side(name, {**job, "kind": "kit"}, **side) for name, job in kits.items()]
    sides.append(Side("zoo", {**zoo, "kind": "zoo"}, python=arguments.torch_python, **side))
    measure(sides, {**common, "pixels": common["pixels"][zoo["size"]]}, arguments.rounds)
    return sides


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--zoo", help="folder of pytorch_GAN_zoo")
    parser.add_argument("--torch-python", help="a Python that has torch and numpy")
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 8, 16, 32, 64])
    parser.add_argument("--width", type=int, default=32, help="of pgan, up to 32x32")
    parser.add_argument("--style-width", type=int, default=16, help="of stylegan at its full size")
    parser.add_argument("--batch", type=int, default=16, help="in training; the zoo's default")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each side in a round")
    parser.add_argument("--threads", type=int, default=0, help="0 for one a core")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path(__file__).with_suffix(".json")
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        from _zoo_workers import work

        work()
        return
    if not (arguments.zoo and arguments.torch_python):
        parser.error("--zoo and --torch-python are needed")

    import numpy as np
    from rich.console import Console
    from rich.table import Table

    here, found = machine(), []
    table = Table(title=f"{here['processor']}, {here['cores']} cores; images a second")
    columns = ("kit", "zoo", "ratio", "kit cpu", "zoo cpu", "ratio", "MiB", "MiB zoo", "load")
    for column in ("task", "row", *columns):
        table.add_column(column, justify="left" if column in ("task", "row") else "right")
    with tempfile.TemporaryDirectory() as folder:
        pixels = {size: f"{folder}/{size}.npy" for size in arguments.sizes}
        for size, path in pixels.items():
            random = np.random.default_rng(0)
            np.save(path, random.integers(0, 256, (512, size, size, 3), "uint8"))
        common = {"zoo": arguments.zoo, "seconds": arguments.seconds}
        common |= {"threads": arguments.threads or here["cores"], "pixels": pixels}
        for name, task, kits, zoo in rows(arguments):
            if arguments.only not in f"{task} {name}":
                continue
            *sides, zoo_side = measure_row(kits, zoo, arguments, common)
            for side in sides:
                row = {"row": f"{name}{side.name.removeprefix('kit')}", "task": task}
                row |= {"load": os.getloadavg()[0], "failed": side.failed or zoo_side.failed}
                found.append(row)
                if row["failed"]:
                    table.add_row(task, row["row"], row["failed"][:60])
                    continue
                for key, each in (("kit", side), ("zoo", zoo_side)):
                    median, processor = map(statistics.median, (each.seconds, each.processor))
                    row[key] = {"seconds": median, "processor": processor, "peak": each.peak}
                    row[key] |= {"all_seconds": each.seconds, "all_processor": each.processor}
                images, ratios = [], []
                for key in ("seconds", "processor"):
                    images += [f"{zoo['batch'] / row[each][key]:.0f}" for each in ("kit", "zoo")]
                    ratios.append(f"{row['zoo'][key] / row['kit'][key]:.2f}")
                peaks = [f"{row[each]['peak'] / 2**20:.0f}" for each in ("kit", "zoo")]
                cells = [*images[:2], ratios[0], *images[2:], ratios[1], *peaks]
                table.add_row(task, row["row"], *cells, f"{row['load']:.1f}")
                print(task, row["row"], *cells, file=sys.stderr, flush=True)
    Console(width=None if os.isatty(1) else 110).print(table)
    torch = "import torch; print(torch.__version__)"
    version = subprocess.run(
        [arguments.torch_python, "-c", torch], capture_output=True, text=True, check=True
    )
    record = {"machine": here, "torch": version.stdout.strip(), "batch_size": arguments.batch}
    record |= {
        "threads": common["threads"],
        "width": arguments.width,
        "style_width": arguments.style_width,
        "rows": found,
    }
    arguments.output.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
