"""`Report`: every metric with its floor, its error and its protocol, and what that means."""

import dataclasses
import json
import math

import numpy as np

from tfgan_kit.evaluation.verdict import THRESHOLDS, Finding, judge
from tfgan_kit.metrics.feature_metrics import (
    Coverage,
    Frechet,
    Kernel,
    Score,
    error_of_mean,
)
from tfgan_kit.metrics.measures import Measurement
from tfgan_kit.metrics.memorization import memorization
from tfgan_kit.metrics.sample_metrics import Classes, Collapse, MsSsim, Sliced
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["Report", "Row", "default_metrics", "evaluate"]


@dataclasses.dataclass(frozen=True)
class Row:
    """One metric in a report.

    Args:
        name: String.
        value: Float, of the generated samples.
        floor: Float, the same between two sets of real images of the same size.
        error: Float, the standard error of `value`, or NaN.
        better: `"lower"`, `"higher"` or `"floor"`.
        note: String, how it was computed.

    Example:

    ```python
    from tfgan_kit.evaluation import report

    report.Row("precision", 0.7, 0.9, 0.01, "higher", "k=3").interval  # (0.6804, 0.7196)
    ```
    """

    name: str
    value: float
    floor: float
    error: float
    better: str
    note: str

    @property
    def interval(self):
        """Tuple of floats, 95 % of the normal distribution about `value`."""
        return self.value - 1.96 * self.error, self.value + 1.96 * self.error


@dataclasses.dataclass(frozen=True)
class Report:
    """What an evaluation found.

    Args:
        rows: Tuple of `Row`s.
        findings: Tuple of `Finding`s, the verdict.
        protocol: Dict: number of samples, extractor, hash of its weights, seed
            and whatever else the numbers depend on.
        copies: A `Memorization`, or None where no training images were given.

    Example:

    ```python
    from tfgan_kit.evaluation import report

    report.Report(rows=(), findings=(), protocol={"num": 10_000}).to_dict()["protocol"]
    ```
    """

    rows: tuple
    findings: tuple
    protocol: dict
    copies: object = None

    @property
    def values(self):
        """Dict of metric names and values."""
        return {row.name: row.value for row in self.rows}

    def to_dict(self):
        """The report as plain values; what is not finite is None, since JSON has no NaN.

        Returns:
            A dict of `protocol`, `metrics`, `verdict` and `thresholds`.
        """
        rows = [{**dataclasses.asdict(row), "interval_95": row.interval} for row in self.rows]
        return {
            "protocol": self.protocol,
            "metrics": [{key: _finite(value) for key, value in row.items()} for row in rows],
            "verdict": [dataclasses.asdict(finding) for finding in self.findings],
            "thresholds": THRESHOLDS,
        }

    def save(self, path):
        """Write the report as JSON, whole or not at all.

        Args:
            path: String or `os.PathLike`.
        """
        atomic_write_text(path, json.dumps(self.to_dict(), indent=2) + "\n")

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Args:
            path: String or `os.PathLike`.

        Returns:
            A `Report`, without `copies`.

        Raises:
            InvalidArgument: If the file is no such report.
        """
        try:
            with open(path, encoding="utf-8") as file:
                record = json.load(file)
            rows = [{**row} for row in record["metrics"]]
            for row in rows:
                del row["interval_95"]
                for key in ("value", "floor", "error"):
                    row[key] = math.nan if row[key] is None else row[key]
            findings = tuple(Finding(**finding) for finding in record["verdict"])
            return cls(tuple(Row(**row) for row in rows), findings, record["protocol"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidArgument(
                f"Cannot read a report from {path}: {error or type(error).__name__}"
            ) from error


def default_metrics(seed=0):
    """The metrics of a whole report.

    Args:
        seed: Integer in [0, 2**31), of everything random in them. Defaults to 0.

    Returns:
        A list of `Metric`s.

    Example:

    ```python
    from tfgan_kit.evaluation import report

    len(report.default_metrics())  # 8
    ```
    """
    return [
        Frechet(num_bootstrap=100, seed=seed),
        Kernel(seed=seed),
        Coverage(),
        Score(),
        Classes(num_bootstrap=100, seed=seed),
        Collapse(seed=seed),
        Sliced(num=1000, seed=seed),
        MsSsim(seed=seed),
    ]


def evaluate(real, floor, fake, metrics=None, train=None, heldout=None, protocol=None, seed=0):
    """Measure generated samples by every metric, beside real images measured the same way.

    Args:
        real: `Samples` of real images, the reference.
        floor: `Samples` of as many other real images: what a perfect generator
            would reach.
        fake: `Samples` of as many generated ones.
        metrics: Sequence of `Metric`s. Defaults to `default_metrics(seed)`.
        train: Float array `(num, width)`, features of the training images, to
            look for copies; or None. Defaults to None.
        heldout: Float array, features of real images that were not trained on,
            or None: training images then stand in. Defaults to None.
        protocol: Dict of what else to record. Defaults to none.
        seed: Integer in [0, 2**31). Defaults to 0.

    Returns:
        A `Report`.

    Raises:
        InvalidArgument: If the three sets differ in number or extractor.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import report

    rng = np.random.default_rng(0)
    draw = lambda: metrics.Samples.of(rng.normal(size=(200, 2)), metrics.Pixels())
    result = report.evaluate(draw(), draw(), draw(), metrics=[metrics.Coverage()])
    [finding.level for finding in result.findings][:2]  # ["good", "good"]
    ```
    """
    _check_sets(real, floor, fake)
    rows = []
    for metric in default_metrics(seed) if metrics is None else metrics:
        lowest = metric(real, floor)
        for name, measured in metric(real, fake).items():
            rows.append(_row(name, measured, lowest[name].value))
    copies = None
    if train is not None:
        copies = memorization(train, fake.features.values, heldout, seed=seed)
        rows.extend(_copy_rows(copies))
    values = {row.name: row.value for row in rows}
    floors = {row.name: row.floor for row in rows}
    protocol = {
        "num": len(fake),
        "extractor": fake.extractor,
        "extractor_sha256": fake.fingerprint,
        "seed": seed,
        **(protocol or {}),
    }
    return Report(tuple(rows), tuple(judge(values, floors)), protocol, copies)


def _row(name, measured, floor):
    return Row(
        name, float(measured.value), float(floor), measured.error, measured.better, measured.note
    )


def _copy_rows(copies):
    kind = "training images without themselves" if copies.leave_one_out else "held-out images"
    against = f"against {len(copies.heldout_distances):,} {kind}"
    num = len(copies.fake_distances)
    error = error_of_mean(np.arange(num) < round(copies.copied_share * num))
    share = Measurement(copies.copied_share, "floor", error, against)
    z = Measurement(copies.z, "floor", 1.0, "above 0: farther from them than real images are")
    return [
        _row("copied_share", share, copies.expected_share),
        _row("copying_z", z, 0.0),
    ]


def _check_sets(real, floor, fake):
    if not len(real) == len(floor) == len(fake):
        raise InvalidArgument(
            "`real`, `floor` and `fake` must hold equally many samples, since distances depend on "
            f"the number. Received: {len(real)}, {len(floor)} and {len(fake)}"
        )
    if len({(each.extractor, each.fingerprint) for each in (real, floor, fake)}) > 1:
        raise InvalidArgument(
            "`real`, `floor` and `fake` must come from one extractor. "
            f"Received: {real.extractor}, {floor.extractor} and {fake.extractor}"
        )


def _finite(value):
    if isinstance(value, tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
