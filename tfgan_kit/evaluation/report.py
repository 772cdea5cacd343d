"""`Report`: metrics with their floor, error and protocol, and the verdict."""

import dataclasses
import json
import math

import numpy as np

from tfgan_kit.evaluation.verdict import THRESHOLDS, UNGRADED, Finding, find_verdict
from tfgan_kit.metrics.measures import Measurement
from tfgan_kit.metrics.memorization import memorization
from tfgan_kit.metrics.standard_error import error_of_mean, normal_interval
from tfgan_kit.metrics.suite import METRICS
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["Report", "Row", "default_metrics", "evaluate", "mean_report"]


@dataclasses.dataclass(frozen=True)
class Row:
    """One metric in a report.

    Args:
        name: String.
        value: Float, of the generated samples.
        floor: Float, the same metric between two equally large sets of real images.
        error: Float, the standard error of `value`, or NaN.
        better: `"lower"`, `"higher"` or `"floor"`.
        note: String, how it was computed.
        interval: Tuple of floats, the 95 % interval of `value`. Defaults to None: that of a normal
            distribution.

    Example:
    ```python
    from tfgan_kit import evaluation
    evaluation.Row("precision", 0.7, 0.9, 0.01, "higher", "k=3").interval  # (0.6804, 0.7196)
    ```
    """

    name: str
    value: float
    floor: float
    error: float
    better: str
    note: str
    interval: tuple = None

    def __post_init__(self):
        if self.interval is None:
            object.__setattr__(self, "interval", normal_interval(self.value, self.error))


@dataclasses.dataclass(frozen=True)
class Report:
    """The result of an evaluation.

    Args:
        rows: Tuple of `Row`s.
        findings: Tuple of `Finding`s, the verdict.
        protocol: Dict of what the numbers depend on: number of samples, extractor, hash of its
            weights, seed.
        copies: The result of `metrics.memorization`, or None without training images. Defaults to
            None.

    Example:
    ```python
    from tfgan_kit import evaluation
    evaluation.Report(rows=(), findings=(), protocol={"num": 10_000}).to_dict()["protocol"]
    ```
    """

    rows: tuple
    findings: tuple
    protocol: dict
    copies: object = None

    @property
    def values(self):
        """Dict from metric names to values."""
        return {row.name: row.value for row in self.rows}

    def to_dict(self):
        """A dict of `protocol`, `metrics`, `verdict` and `thresholds` for JSON; NaN is None."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        for row in rows:
            row["interval_95"] = row.pop("interval")
        return {
            "protocol": self.protocol,
            "metrics": [{key: _finite(value) for key, value in row.items()} for row in rows],
            "verdict": [dataclasses.asdict(finding) for finding in self.findings],
            "thresholds": {each.topic: THRESHOLDS[each.topic] for each in self.findings},
        }

    def save(self, path):
        """Write the report as JSON to `path`."""
        atomic_write_text(path, json.dumps(self.to_dict(), indent=2) + "\n")

    @classmethod
    def load(cls, path):
        """Read a report that `save` wrote, without `copies`."""
        try:
            with open(path, encoding="utf-8") as file:
                record = json.load(file)
            rows = [{**row} for row in record["metrics"]]
            for row in rows:
                row["interval"] = tuple(map(_number, row.pop("interval_95")))
                for key in ("value", "floor", "error"):
                    row[key] = _number(row[key])
            findings = tuple(Finding(**finding) for finding in record["verdict"])
            return cls(tuple(Row(**row) for row in rows), findings, record["protocol"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidArgument(
                f"Cannot read a report from {path}: {error or type(error).__name__}"
            ) from error


def default_metrics(seed=0):
    """The metrics of a report: all that have a name, with standard errors.

    Args:
        seed: Integer in [0, 2**31). Defaults to 0.

    Returns:
        A list of `metrics.Metric`s.

    Example:
    ```python
    from tfgan_kit import evaluation
    evaluation.default_metrics()[0]  # Frechet(num_bootstrap=100, seed=0)
    ```
    """
    settings = {"seed": seed, "num_bootstrap": 100, "num": 1000}
    return [
        kind(
            **{
                each.name: settings[each.name]
                for each in dataclasses.fields(kind)
                if each.name in settings
            }
        )
        for kind in METRICS.table.values()
    ]


def evaluate(real, floor, fake, metrics=None, train=None, heldout=None, protocol=None, seed=0):
    """Compare generated samples with real images by all metrics.

    Args:
        real: `metrics.Samples` of real images, the reference.
        floor: `Samples` of as many other real images: the best values to expect.
        fake: `Samples` of as many generated images.
        metrics: Sequence of `metrics.Metric`s. Defaults to `default_metrics(seed)`.
        train: Float array `(num, width)`, features of the training images, to search for copies;
            or None. Defaults to None.
        heldout: Float array, features of real images that were not used for training, as for
            `metrics.memorization`. Defaults to None.
        protocol: Dict of more to record. Defaults to None.
        seed: Integer in [0, 2**31). Defaults to 0.

    Returns:
        A `Report`.

    Raises:
        InvalidArgument: If the three sets differ in number or extractor.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import evaluation, metrics
    points = np.random.default_rng(0).normal(size=(3, 200, 2))
    samples = [metrics.Samples.of(each, metrics.Pixels()) for each in points]
    report = evaluation.evaluate(*samples, metrics=[metrics.Coverage()])
    [finding.level for finding in report.findings][:2]  # ["good", "good"]
    ```
    """
    _check_sets(real, floor, fake)
    rows = []
    for metric in default_metrics(seed) if metrics is None else metrics:
        found = metric(real, fake)
        lowest = metric(real, floor) if found else {}
        for name, measured in found.items():
            # Without labels of real images there is no floor of the class agreement.
            known = lowest[name].value if name in lowest else math.nan
            rows.append(_row(name, measured, known))
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
    names = None
    if fake.labels is not None and fake.class_names:
        names = protocol["class_names"] = list(fake.class_names)
    # The coordinates of points are what matters about them.
    graded = fake.images.ndim != 4 or fake.extractor not in UNGRADED
    findings = find_verdict(values, floors, graded, names)
    return Report(tuple(rows), tuple(findings), protocol, copies)


def mean_report(reports, seeds):
    """The mean of reports of runs with these seeds; errors are standard deviations of the runs."""
    note, rows = f"mean and standard deviation of {len(reports)} seeds", []
    for found in zip(*(report.rows for report in reports), strict=True):
        values, floor = [row.value for row in found], float(np.mean([row.floor for row in found]))
        mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
        name, better = found[0].name, found[0].better
        rows.append(Row(name, mean, floor, deviation, better, note, (math.nan, math.nan)))
    values, floors = ({row.name: getattr(row, key) for row in rows} for key in ("value", "floor"))
    protocol = {**reports[0].protocol, "seeds": list(seeds)}
    graded = protocol["extractor"] not in UNGRADED
    findings = find_verdict(values, floors, graded, protocol.get("class_names"))
    return Report(tuple(rows), tuple(findings), protocol)


def _row(name, measured, floor):
    value, better = float(measured.value), measured.better
    return Row(name, value, float(floor), measured.error, better, measured.note, measured.interval)


def _copy_rows(copies):
    num = len(copies.heldout_distances)
    if copies.leave_one_out:
        note = f"{num:,} training images compared with each other, self excluded"
    else:
        note = f"compared with {num:,} held-out images"
    num = len(copies.fake_distances)
    error = error_of_mean(np.arange(num) < round(copies.copied_share * num))
    share = Measurement(copies.copied_share, "floor", error, note, num=num)
    note = "above 0: farther from training images than real images are"
    z = Measurement(copies.z, "floor", 1.0, note)
    return [
        _row("copied_share", share, copies.expected_share),
        _row("copying_z", z, 0.0),
    ]


def _check_sets(real, floor, fake):
    if not len(real) == len(floor) == len(fake):
        raise InvalidArgument(
            "`real`, `floor` and `fake` must have the same number of samples, because distances "
            f"depend on it. Received: {len(real)}, {len(floor)} and {len(fake)}"
        )
    if len({(each.extractor, each.fingerprint) for each in (real, floor, fake)}) > 1:
        raise InvalidArgument(
            "`real`, `floor` and `fake` must have features of the same extractor. "
            f"Received: {real.extractor}, {floor.extractor} and {fake.extractor}"
        )


def _number(value):
    return math.nan if value is None else value


def _finite(value):
    if isinstance(value, tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
