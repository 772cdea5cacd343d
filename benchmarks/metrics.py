"""Time and peak memory of every metric, beside SciPy's classical way and torch-fidelity.

    python benchmarks/metrics.py [--quick] [--only frechet] [--num 50000] [--width 2048]

Every measurement is a process of its own, so that its peak memory is its own:
features are made, the peak so far is noted, and the metric runs once. `beside`
is what the peak rose by, `total` includes Python, libraries and both arrays of
float32 features. The sides alternate from round to round; ratios are those of
the medians. A side that is not installed, fails or takes longer than `--timeout`
is listed as such.

`share` compares the kit with the machine's limit, the rate of float64 products
of matrices measured in the same run. Counted are, with N rows of width d on each
side, a multiplication and an addition as two:

- frechet_of_statistics: the same from saved means and covariances, without a share.
- frechet: two symmetric products N d^2; two Cholesky factors d^3 / 3, their
  product 2 d^3, its symmetric square d^3 and the eigenvalues of that 4/3 d^3.
  Eigenvalues run at a part of the rate, as half of their work is bound by memory.
- kernel: 2 d for each pair, of which symmetric ones count once; of the subsets
  or of the whole sets, whichever are fewer.
- precision_recall, density_coverage: 2 d for each of 2 N^2 pairs.

The others are bound by memory or sorting and have no share.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time
from unittest import mock

import numpy as np

SIDES = {
    "frechet": ("kit", "scipy sqrtm", "torch-fidelity"),
    "frechet_of_statistics": ("kit", "scipy sqrtm"),
    "kernel": ("kit", "torch-fidelity"),
    "inception_score": ("kit", "torch-fidelity"),
    "precision_recall": ("kit", "torch-fidelity"),
    "density_coverage": ("kit",),
    "sliced": ("kit",),
}
PACKAGES = ("tfgan_kit", "numpy", "scipy", "scikit-learn", "torch", "torch-fidelity")
NUM_SUBSETS, SUBSET_SIZE = 100, 1000


def make_features(num, width):
    """Two float32 sets, above 0 and of falling variances as Inception's are."""
    random = np.random.default_rng(0)
    scales = (np.exp(-4 * np.arange(width) / width)).astype("float32")
    both = np.empty((2, num, width), "float32")
    for side, features in enumerate(both):
        for start in range(0, num, 2000):
            block = features[start : start + 2000]
            random.standard_normal(out=block, dtype="float32")
            np.abs(block, out=block)
            block *= scales * np.float32(1 + 0.1 * side)
    return both


def make_images(num):
    """Two uint8 sets of grey 28x28 images."""
    return np.random.default_rng(0).integers(0, 256, (2, num, 28, 28, 1), "uint8")


def by_square_root(real, fake):
    """The formula of the paper as most programs have it."""
    import scipy.linalg

    moments = [
        each
        if isinstance(each, tuple)
        else (each.mean(axis=0, dtype="float64"), np.cov(each, rowvar=False))
        for each in (real, fake)
    ]
    (real_mean, real_covariance), (fake_mean, fake_covariance) = moments
    root = scipy.linalg.sqrtm(real_covariance @ fake_covariance)
    step = real_mean - fake_mean
    return step @ step + np.trace(real_covariance) + np.trace(fake_covariance) - 2 * root.trace()


def saved_statistics(features, side):
    """What is on disk when statistics of features were saved."""
    from tfgan_kit.metrics.statistics import GaussianStatistics

    statistics = GaussianStatistics.from_features(features)
    return statistics if side == "kit" else (statistics.mean, statistics.covariance)


def kit_function(case):
    from tfgan_kit import metrics

    return {
        "frechet": metrics.frechet_distance,
        "frechet_of_statistics": metrics.frechet_distance,
        "kernel": lambda real, fake: metrics.kernel_distance(real, fake, NUM_SUBSETS).mean,
        "inception_score": lambda real, fake: metrics.inception_score(real).mean,
        "precision_recall": lambda real, fake: metrics.precision_recall(real, fake, k=3)[0],
        "density_coverage": lambda real, fake: metrics.density_coverage(real, fake, k=5)[0],
        "sliced": lambda real, fake: metrics.sliced_wasserstein(real, fake).mean,
    }[case]


def fidelity_function(case):
    import torch

    if importlib.util.find_spec("torchvision") is None:
        # The package imports it for data sets and networks, which no metric uses.
        for name in ("", ".datasets", ".transforms", ".transforms.functional", ".models"):
            sys.modules[f"torchvision{name}"] = mock.MagicMock()
    from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

    def frechet(real, fake):
        both = [metric_fid.fid_features_to_statistics(each) for each in (real, fake)]
        return metric_fid.fid_statistics_to_metric(*both, verbose=False)

    def kernel(real, fake):
        # It multiplies in the features' own precision; the kit in float64.
        return metric_kid.kid_features_to_metric(
            real.double(), fake.double(), kid_subsets=NUM_SUBSETS, kid_subset_size=SUBSET_SIZE,
            rng_seed=0, verbose=False,
        )  # fmt: skip

    def precision_recall(real, fake):
        return metric_prc.prc_features_to_metric(
            fake, real, prc_neighborhood=3, prc_batch_size=10000, save_cpu_ram=True, verbose=False
        )

    def inception_score(real, fake):
        return metric_isc.isc_features_to_metric(real)

    function = {
        "frechet": frechet,
        "kernel": kernel,
        "inception_score": inception_score,
        "precision_recall": precision_recall,
    }[case]

    def call(real, fake):
        return next(iter(function(torch.from_numpy(real), torch.from_numpy(fake)).values()))

    return call


def peak_bytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure(case, side, num, width):
    """One measurement, in this process."""
    if side == "kit":
        function = kit_function(case)
    elif side == "scipy sqrtm":
        function = by_square_root
    else:
        function = fidelity_function(case)
    real, fake = make_images(num) if case == "sliced" else make_features(num, width)
    if case == "frechet_of_statistics":
        real, fake = saved_statistics(real, side), saved_statistics(fake, side)
    before = peak_bytes()
    started = time.perf_counter()
    value = function(real, fake)
    seconds = time.perf_counter() - started
    total = peak_bytes()
    return {"value": float(np.real(value)), "seconds": seconds, "beside": total - before,
            "total": total}  # fmt: skip


def measure_rate():
    """Float64 operations a second of a product of matrices, the best of five."""
    factor = np.random.default_rng(0).normal(size=(2048, 2048))
    other = factor.T.copy()
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        factor @ other
        seconds.append(time.perf_counter() - started)
    return {"rate": 2 * 2048**3 / min(seconds)}


def in_a_process(timeout, *worker):
    command = [sys.executable, __file__, "--worker", *map(str, worker)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return {"failed": f"more than {timeout} s"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {"failed": lines[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def count_operations(case, num, width):
    if case == "frechet":
        return 2 * num * width**2 + (2 / 3 + 2 + 1 + 4 / 3) * width**3
    if case == "kernel":
        return 2 * width * min(2 * num**2, NUM_SUBSETS * 2 * SUBSET_SIZE**2)
    if case in ("precision_recall", "density_coverage"):
        return 2 * width * 2 * num**2
    return None


def summarise(case, num, width, rounds, rate):
    """Medians of each side, ratios to the kit's, and the kit's share of the limit."""
    rows = []
    for side in rounds:
        runs = [each for each in rounds[side] if "failed" not in each]
        row = {"case": case, "num": num, "width": width, "side": side}
        if len(runs) < len(rounds[side]):
            row["failed"] = next(each["failed"] for each in rounds[side] if "failed" in each)
        else:
            for key in ("value", "seconds", "beside", "total"):
                row[key] = statistics.median(each[key] for each in runs)
            row["all_seconds"] = [each["seconds"] for each in runs]
        rows.append(row)
    kit = rows[0]
    for row in rows:
        if kit["side"] == "kit" and "failed" not in row and "failed" not in kit:
            row["time_ratio"] = row["seconds"] / kit["seconds"]
            row["memory_ratio"] = row["total"] / kit["total"]
    operations = count_operations(case, num, width)
    if operations and rate and kit["side"] == "kit" and "failed" not in kit:
        kit["share_of_limit"] = operations / rate / kit["seconds"]
    return rows


def print_rows(rows, rate):
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"float64 products of matrices: {(rate or 0) / 1e9:.0f} GFLOP/s")
    for name in ("metric", "num", "width", "side", "value"):
        table.add_column(name, no_wrap=True)
    for name in ("seconds", "x kit", "beside MiB", "total MiB", "x kit ", "share"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        cells = [row["case"], f"{row['num']:,}", f"{row['width']:,}", row["side"]]
        if "failed" in row:
            table.add_row(*cells, "-", row["failed"][:40])
            continue
        share = row.get("share_of_limit")
        table.add_row(
            *cells,
            f"{row['value']:.7g}",
            f"{row['seconds']:.3f}",
            f"{row.get('time_ratio', float('nan')):.2f}",
            f"{row['beside'] / 2**20:.0f}",
            f"{row['total'] / 2**20:.0f}",
            f"{row.get('memory_ratio', float('nan')):.2f}",
            "" if share is None else f"{share:.0%}",
        )
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def installed_versions():
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return versions


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only 2,000 rows of width 64")
    parser.add_argument("--only", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--num", nargs="+", type=int, default=[2000, 10_000, 50_000])
    parser.add_argument("--width", nargs="+", type=int, default=[64, 2048])
    parser.add_argument("--sides", nargs="+", help="by default all, e.g. kit 'scipy sqrtm'")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=1800, help="seconds of one measurement")
    parser.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path(__file__).with_suffix(".json")
    )
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.num, arguments.width = [2000], [64]
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.worker:
        case, *rest = arguments.worker
        found = measure_rate() if case == "rate" else measure(case, rest[0], *map(int, rest[1:]))
        print(json.dumps(found))
        return
    rate = in_a_process(arguments.timeout, "rate").get("rate")
    rows = []
    for case in arguments.only:
        sides = [s for s in SIDES[case] if not arguments.sides or s in arguments.sides]
        if not sides:
            continue
        widths = arguments.width if case != "sliced" else [28 * 28]
        for num, width in ((num, width) for num in arguments.num for width in widths):
            rounds = {side: [] for side in sides}
            for index in range(arguments.rounds):
                for side in sides if index % 2 == 0 else sides[::-1]:
                    if any("failed" in each for each in rounds[side]):
                        continue
                    found = in_a_process(arguments.timeout, case, side, num, width)
                    rounds[side].append(found)
                    told = found.get("failed") or f"{found['seconds']:.3f} s"
                    print(f"{case} {num}x{width} {side}: {told}", file=sys.stderr, flush=True)
            rows += summarise(case, num, width, rounds, rate)
    print_rows(rows, rate)
    record = {
        "versions": installed_versions(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average_at_the_end": os.getloadavg(),
        "matrix_product_operations_a_second": rate,
        "rounds": arguments.rounds,
        "rows": rows,
    }
    arguments.output.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
