"""Images a second of every recipe beside the tutorial's loop and PyTorch, and their limit.

    python benchmarks/throughput.py [SOURCE] [--batch 256] [--rounds 8] [--seconds 3]
    python benchmarks/throughput.py --sides "tutorial*" "kit dcgan*" rate*
    python benchmarks/throughput.py --check      (PyTorch's networks are Keras's)
    python benchmarks/throughput.py --profile    (where the time of a step goes)

Each side is a process of its own, so that thread pools do not disturb each other, and is
told in turn to train for `--seconds` while all others sleep; the ratio is that of the
medians over the rounds, of which a very slow side has two. Memory is the peak of that
process with all its libraries.

- `tutorial loop` is what a reader of the tutorial has, in TensorFlow as it is installed.
  `oneDNN off` and `on` set TF_ENABLE_ONEDNN_OPTS; one of them is TensorFlow's own choice,
  so that how far it is from the first row shows the noise.
- `kit NAME` is a recipe, with its pipeline, through `gan.fit`, at the batch asked for and
  not its own; `XLA` is with `jit_compile=True`. `plain` leaves out the recipe's penalties,
  augmentation, average and further steps: what PyTorch's twin of the same networks does.
- `torch` sides have the same layers, in channels-last memory, the same algorithm and
  Adam; bfloat16 is autocast.
- `rate` sides multiply 2048 x 2048 matrices. The share is of the fastest round of
  these in the side's own precision, where the processor has it, else in float32. How operations are
  counted: `_flops.py`. Penalties are counted, with their second derivatives.
"""

import argparse
import dataclasses
import fnmatch
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

BASELINE = "tutorial loop"
# A side of which one step takes so many times `--seconds` has only so many rounds.
SLOW, SLOW_ROUNDS = 3, 2
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_tile")


@dataclasses.dataclass
class Side:
    """A row of the table: what its process is told, and what came back."""

    name: str
    job: dict
    environment: dict = dataclasses.field(default_factory=dict)
    script: str = __file__
    python: str = sys.executable
    operations: float = None
    own_batch: int = None
    seconds: list = dataclasses.field(default_factory=list)
    processor: list = dataclasses.field(default_factory=list)
    peak: int = None
    slow: bool = False
    failed: str = None
    process: object = None

    def start(self, job):
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, read when the process ends
        self.process = subprocess.Popen(
            [self.python, self.script, "--worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        return self.ask(json.dumps({**job, **self.job}))

    def ask(self, line=""):
        """The answer to a line, or None once the process has failed."""
        try:
            print(line, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if answer:
            return json.loads(answer)
        code = self.process.wait()
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines() or [""]
        self.failed = f"exit code {code}: {lines[-1]}"
        print(f"{self.name}: {self.failed}", file=sys.stderr, flush=True)
        return None

    def round(self):
        answer = self.ask()
        if answer:
            self.seconds.append(answer["seconds"])
            self.processor.append(answer["processor"])
            self.peak = answer["peak"]

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def once(name, **job):
    """The one answer of a process that does something else than train."""
    side = Side(name, job)
    answer = side.start({})
    if answer:
        side.stop()
    return answer or {"failed": side.failed}


def flags_of_processor():
    """Linux's names of vector and matrix instructions that matter here."""
    found = _cpuinfo("flags").split()
    return [flag for flag in FLAGS if flag in found]


def _cpuinfo(key):
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def machine():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _cpuinfo("model name") or platform.processor(),
        "cores": cores,
        "flags": flags_of_processor(),
        "system": platform.platform(),
    }


def multiplies_bfloat16():
    return bool({"avx512_bf16", "amx_bf16"} & set(flags_of_processor()))


def make_sides(names, default):
    """All rows that this machine can have."""
    switches = {"oneDNN off": "0", "oneDNN on": "1"}
    environments = {key: {"TF_ENABLE_ONEDNN_OPTS": value} for key, value in switches.items()}
    plain = {"kind": "kit", "recipe": default, "plain": True}
    sides = [Side(BASELINE, {"kind": "tutorial"})]
    for key, environment in environments.items():
        sides.append(Side(f"{BASELINE}, {key}", {"kind": "tutorial"}, environment))
    sides += [Side(f"kit {name}", {"kind": "kit", "recipe": name}) for name in names]
    for key, environment in environments.items():
        sides.append(Side(f"kit {default}, {key}", {"kind": "kit", "recipe": default}, environment))
    for name in dict.fromkeys(("tutorial", default)):
        job = {"kind": "kit", "recipe": name, "build": {"jit_compile": True}}
        sides.append(Side(f"kit {name}, XLA", job))
    sides.append(Side(f"kit {default} plain", plain))
    precisions = ["float32", "bfloat16"] if multiplies_bfloat16() else ["float32"]
    if "bfloat16" in precisions:
        for name in dict.fromkeys(("tutorial", default)):
            build = {"precision": "mixed_bfloat16"}
            job = {"kind": "kit", "recipe": name, "precision": "bfloat16", "build": build}
            sides.append(Side(f"kit {name} bfloat16", job))
    libraries = ["tensorflow"]
    if importlib.util.find_spec("torch") is not None:
        libraries.append("torch")
        for name in dict.fromkeys(("tutorial", default)):
            for precision in ("float32", "bfloat16"):
                job = {"kind": "torch", "recipe": name, "precision": precision}
                sides.append(Side(f"torch {name} {precision}", job))
    for library in libraries:
        for precision in precisions:
            job = {"kind": "rate", "library": library, "precision": precision}
            sides.append(Side(f"rate {library} {precision}", job))
    return sides


def count(side, job):
    """Give a side its operations, and a twin the layers that it is made of."""
    from _flops import step_of_layers
    from _throughput_workers import RATE_OPERATIONS

    kind = side.job["kind"]
    if kind == "rate":
        side.operations = RATE_OPERATIONS
        return
    recipe = side.job.get("recipe", "tutorial")
    # The tutorial's loop has the networks of the recipe of that name and nothing else.
    plain = kind != "kit" or side.job.get("plain", False)
    found = _count_once(recipe, plain, **job)
    side.failed = found.get("failed")
    if side.failed:
        return
    side.operations, side.own_batch = found["operations"], found["own_batch"]
    if kind == "torch":
        if "untranslatable" in found:
            side.failed = f"no PyTorch twin: {found['untranslatable']}"
            return
        networks = {role: found[role] for role in ("generator", "discriminator")}
        side.operations = step_of_layers(**networks, batch_size=job["batch"])
        side.job.update(networks)


_counted = {}


def _count_once(recipe, plain, **job):
    if (recipe, plain) not in _counted:
        job = {**job, "kind": "count", "recipe": recipe, "plain": plain}
        _counted[recipe, plain] = once(f"operations of {recipe}", **job)
    return _counted[recipe, plain]


def measure(sides, job, rounds):
    """Start all sides, then let each in turn train for a round."""
    for side in sides:
        if not side.failed:
            answer = side.start(job)
            if answer:
                side.slow = answer["seconds"] > SLOW * job["seconds"]
                print(f"{side.name}: {answer['steps']} steps a round", file=sys.stderr, flush=True)
    for index in range(rounds):
        for side in sides if index % 2 == 0 else sides[::-1]:
            if not side.failed and not (side.slow and index >= SLOW_ROUNDS):
                side.round()
        print(f"round {index + 1} of {rounds}", file=sys.stderr, flush=True)
    for side in sides:
        side.stop()


def summarise(sides, batch):
    """A dict for each side, in the order of the table."""
    medians = {s.name: statistics.median(s.seconds) for s in sides if not s.failed}
    rates = {}
    for side in sides:
        if side.job["kind"] == "rate" and not side.failed:
            rate = side.operations / min(side.seconds)
            precision = side.job["precision"]
            rates[precision] = max(rate, rates.get(precision, 0))
    rows = []
    for side in sides:
        row = {"side": side.name, "own_batch": side.own_batch}
        if side.failed:
            rows.append({**row, "failed": side.failed})
            continue
        median = medians[side.name]
        row |= {
            "seconds_a_step": median,
            "peak_bytes": side.peak,
            "operations_a_step": side.operations,
            "operations_a_second": side.operations / median,
            "all_seconds_a_step": side.seconds,
        }
        if side.job["kind"] != "rate":
            row["images_a_second"] = batch / median
            if BASELINE in medians:
                row["ratio"] = medians[BASELINE] / median
        precision = side.job.get("precision", "float32")
        limit = rates.get(precision, rates.get("float32"))
        if limit:
            row["share_of_rate"] = row["operations_a_second"] / limit
        rows.append(row)
    return rows


def print_rows(rows, title):
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    table.add_column("side", no_wrap=True)
    for name in ("own batch", "ms a step", "range", "images/s", "x tutorial", "peak MiB",
                 "GFLOP a step", "GFLOP/s", "share of rate"):  # fmt: skip
        table.add_column(name, justify="right")
    for row in rows:
        own = str(row["own_batch"] or "")
        if "failed" in row:
            table.add_row(row["side"], own, row["failed"][:60])
            continue
        milliseconds = [1000 * each for each in row["all_seconds_a_step"]]
        table.add_row(
            row["side"],
            own,
            f"{1000 * row['seconds_a_step']:.1f}",
            f"{min(milliseconds):.0f}-{max(milliseconds):.0f}",
            _cell(row.get("images_a_second"), ".0f"),
            _cell(row.get("ratio"), ".2f"),
            f"{row['peak_bytes'] / 2**20:.0f}",
            f"{row['operations_a_step'] / 1e9:.1f}",
            f"{row['operations_a_second'] / 1e9:.0f}",
            _cell(row.get("share_of_rate"), ".0%"),
        )
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _cell(value, form):
    return "" if value is None else format(value, form)


def check(names, job):
    """Compare every recipe that has a twin; exit with an error if one differs."""
    failed = False
    for name in names:
        found = once(name, **job, kind="check", recipe=name)
        failed = failed or "failed" in found
        print(name, found.get("failed") or f"outputs differ by at most {max(found['differences'])}"
              f", {found['counts'][0] / 1e9:.2f} GFLOP a step by graph and by layers")  # fmt: skip
    raise SystemExit(failed)


def profile(names, job):
    from rich.console import Console
    from rich.table import Table

    for name in names:
        found = once(name, **job, kind="profile", recipe=name)
        if "failed" in found:
            continue
        title = f"{name}: {found['milliseconds']:.0f} ms a step"
        table = Table(title=f"{title}, float32 products at {found['rate'] / 1e9:.0f} GFLOP/s")
        table.add_column("operation", no_wrap=True)
        for column in ("ms", "share", "GFLOP/s"):
            table.add_column(column, justify="right")
        for row in found["rows"]:
            rate = row["operations"] / row["seconds"] / 1e9 if row["operations"] else None
            table.add_row(row["name"], f"{1000 * row['seconds']:.1f}",
                          f"{row['share']:.1%}", _cell(rate, ".0f"))  # fmt: skip
        Console(width=None if sys.stdout.isatty() else 150).print(table)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="digits", help="as for tfgan-kit train")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each side in a round")
    parser.add_argument("--sides", nargs="+", default=["*"], help="names or patterns of rows")
    parser.add_argument("--recipes", nargs="+", help="by default all")
    parser.add_argument("--check", action="store_true", help="compare PyTorch's networks, then end")
    parser.add_argument("--profile", action="store_true", help="the operations of a step, then end")
    parser.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path(__file__).with_suffix(".json")
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.worker:
        from _throughput_workers import work

        work()
        return
    here = machine()
    with tempfile.TemporaryDirectory() as folder:
        job = {key: getattr(arguments, key) for key in ("source", "batch", "seconds")}
        job |= {"pixels": f"{folder}/pixels.npy", "cores": here["cores"]}
        survey = once("survey", **job, kind="survey")
        if "failed" in survey:
            raise SystemExit(1)
        job["image_shape"] = survey["image_shape"]
        names = arguments.recipes or survey["recipes"]
        if arguments.check or arguments.profile:
            twins = arguments.recipes or dict.fromkeys(("tutorial", survey["default"]))
            (check if arguments.check else profile)(twins, job)
            return
        sides = [
            side
            for side in make_sides(names, survey["default"])
            if any(fnmatch.fnmatchcase(side.name, pattern) for pattern in arguments.sides)
        ]
        for side in sides:
            count(side, job)
        measure(sides, job, arguments.rounds)
    rows = summarise(sides, arguments.batch)
    versions = dict(survey["versions"])
    if importlib.util.find_spec("torch") is not None:
        versions["torch"] = importlib.metadata.version("torch")
    told = f"{here['processor']}, {here['cores']} cores, {' '.join(here['flags'])}"
    print_rows(rows, f"{told}; batch {arguments.batch} of {survey['source']}")
    print(", ".join(f"{package} {version}" for package, version in versions.items()))
    record = {
        "machine": here,
        "versions": versions,
        "load_average_at_the_end": os.getloadavg(),
        "source": survey["source"],
        "batch_size": arguments.batch,
        "rounds": arguments.rounds,
        "rows": rows,
    }
    arguments.output.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
