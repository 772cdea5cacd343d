"""What people answered who judged images one at a time, and how often they were wrong."""

import dataclasses
import json
import math
import os

import numpy as np

from tfgan_kit.evaluation.report import Row
from tfgan_kit.metrics.standard_error import error_of_mean, share_interval
from tfgan_kit.utils.text import count, in_list

__all__ = ["ErrorRate", "append", "describe", "error_rates", "read", "with_people"]

NAME = "human_error_rate"
# The rate of those who cannot tell, as of two sets of real images.
CHANCE = 0.5


@dataclasses.dataclass(frozen=True)
class ErrorRate:
    """How many of a number of judgements were wrong."""

    wrong: int
    num: int

    @property
    def value(self):
        return self.wrong / self.num

    @property
    def interval(self):
        return share_interval(self.value, self.num)

    def __str__(self):
        value, low, high = (f"{100 * each:.0f} %" for each in (self.value, *self.interval))
        return f"{value} ({low} to {high}) of {count(self.num, 'image')}"


def append(path, record):
    """Append a judgement to a JSON Lines file, whole also if other processes do so as well."""
    line = json.dumps(record).encode() + b"\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def read(path):
    """The judgements in a file, oldest first; none if there is no file. Damaged lines are left out.

    A disk that was full can leave half a line, which must not stop a training that shows them.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return list(filter(None, map(_parse, lines)))


def _parse(line):
    try:
        record = json.loads(line)
        return record if {"kind", "answer", "step"} <= set(record) else None
    except (ValueError, TypeError):
        return None


def error_rates(records, class_names=None):
    """Dict from what was judged, in words, to its `ErrorRate`: all, real, each time, each class."""
    groups = {}
    for record in records:
        exposure, label = record.get("exposure"), record.get("label")
        time = "any time" if exposure is None else f"{exposure} ms"
        keys = [(0, 0, "all images"), (1, record["kind"] != "real", f"{record['kind']} images")]
        keys.append((2, exposure or math.inf, f"shown for {time}"))
        if label is not None:
            name = class_names[label] if class_names else label
            keys.append((3, label, f"class {in_list(name)}"))
        for key in keys:
            groups.setdefault(key, []).append(record["answer"] != record["kind"])
    return {key[-1]: ErrorRate(sum(groups[key]), len(groups[key])) for key in sorted(groups)}


def describe(records):
    """The error rate in one sentence; empty without judgements."""
    if not records:
        return ""
    rate = error_rates(records)["all images"]
    return f"{rate} were taken for the wrong kind; 50 % if nobody can tell"


def with_people(report, records):
    """A report with the error rate of these judgements in place of an earlier one."""
    rows = [row for row in report.rows if row.name != NAME]
    if records:
        rate = error_rates(records)["all images"]
        error = error_of_mean(np.arange(rate.num) < rate.wrong)
        note = f"{count(rate.num, 'judgement')} of the state at step {records[0]['step']:,}"
        rows.append(Row(NAME, rate.value, CHANCE, error, "floor", note, rate.interval))
    return dataclasses.replace(report, rows=tuple(rows))
