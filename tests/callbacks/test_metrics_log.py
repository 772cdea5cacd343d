"""`MetricsLog`: complete lines of valid JSON, without duplicates and earlier attempts."""

import json
import math
import types

import pytest
import tensorflow as tf

from tfgan_kit.callbacks import MetricsLog, read_metrics
from tfgan_kit.callbacks.metrics_log import append_record

METRICS = ["generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy"]


def strict_lines(path):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def train(log, *epochs, **logs):
    """A training of these epochs, counted from 0, with any model that counts steps."""
    log.set_model(types.SimpleNamespace(step=tf.Variable(0)))
    log.on_train_begin()
    for epoch in epochs:
        log.on_epoch_begin(epoch)
        log.model.step.assign_add(1)
        log.on_epoch_end(epoch, logs)


def test_lines_are_the_history(make_gan, real_images, tmp_path):
    path = tmp_path / "deep" / "metrics.jsonl"
    arguments = {"epochs": 3, "validation_data": real_images, "batch_size": 40, "verbose": 0}
    history = make_gan().fit(real_images, callbacks=[MetricsLog(path)], **arguments).history
    records = read_metrics(path)
    assert records == strict_lines(path)
    assert [(record["epoch"], record["step"]) for record in records] == [(1, 1), (2, 2), (3, 3)]
    assert all(record["seconds"] >= 0 for record in records)
    expected = {"epoch", "step", "seconds", *METRICS, *(f"val_{name}" for name in METRICS)}
    assert all(set(record) == expected for record in records)
    for name, values in history.items():
        assert [record[name] for record in records] == values


def test_what_is_not_finite_is_null_in_the_file_and_nan_when_read(tmp_path):
    path = tmp_path / "a.jsonl"
    values = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1}
    log = MetricsLog(path)
    train(log, 0, 1, **values)
    before = path.read_text()
    # Resuming writes the first lines again.
    train(log, 2)
    assert path.read_text().startswith(before)
    expected = {"a": None, "b": None, "c": None, "d": 1.0}
    for record in strict_lines(path)[:2]:
        assert {name: record[name] for name in values} == expected
    for record in read_metrics(path)[:2]:
        assert all(math.isnan(record[name]) for name in "abc") and record["d"] == 1.0
    assert [record["epoch"] for record in read_metrics(path)] == [1, 2, 3]


def test_lines_of_an_earlier_attempt_are_removed(tmp_path):
    path = tmp_path / "a.jsonl"
    train(MetricsLog(path), 0, 1, 2, 3, attempt=1)
    train(MetricsLog(path), 2, attempt=2)
    assert [(r["epoch"], r["attempt"]) for r in read_metrics(path)] == [(1, 1), (2, 1), (3, 2)]
    train(MetricsLog(path), 0, attempt=3)
    assert [(r["epoch"], r["attempt"]) for r in read_metrics(path)] == [(1, 3)]


@pytest.mark.parametrize("half", ['{"epoch": 3, "st', '{"epoch": 3}', "\x00\x00"])
def test_an_incomplete_last_line_is_ignored_and_then_removed(tmp_path, half):
    path = tmp_path / "a.jsonl"
    whole = '{"epoch": 1, "x": 0.5}\n{"epoch": 2, "x": 0.25}\n'
    path.write_text(whole + half)
    assert [record["epoch"] for record in read_metrics(path)] == [1, 2]
    train(MetricsLog(path), 2)
    assert path.read_text().startswith(whole + '{"epoch": 3, "step": 1, ')
    assert [record["epoch"] for record in strict_lines(path)] == [1, 2, 3]
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_names_the_file():
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        append_record("/dev/full", {"epoch": 1})
