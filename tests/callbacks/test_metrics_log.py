"""`MetricsLog`: whole lines of valid JSON, none twice, none of an earlier attempt."""

import functools
import json
import math

import keras
import pytest

from tfgan_kit.callbacks import MetricsLog, read_metrics

METRICS = ["generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy"]


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


def fit(gan, real_images, *callbacks, **arguments):
    return gan.fit(real_images, batch_size=40, verbose=0, callbacks=callbacks, **arguments)


def strict_lines(path):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


class Add(keras.callbacks.Callback):
    """Adds one value to the logs of each epoch."""

    def __init__(self, **values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs.update(self.values)


def test_lines_hold_the_history(make_gan, real_images, tmp_path):
    path = tmp_path / "deep" / "metrics.jsonl"
    history = fit(
        make_gan(), real_images, MetricsLog(path), epochs=3, validation_data=real_images
    ).history
    records = read_metrics(path)
    assert records == strict_lines(path)
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert [record["step"] for record in records] == [1, 2, 3]
    assert all(record["seconds"] >= 0 for record in records)
    expected = {"epoch", "step", "seconds", *METRICS, *(f"val_{name}" for name in METRICS)}
    assert all(set(record) == expected for record in records)
    for name, values in history.items():
        assert [record[name] for record in records] == values


def test_metrics_of_earlier_callbacks_are_logged(make_gan, real_images, tmp_path):
    path = tmp_path / "a.jsonl"
    fit(make_gan(), real_images, Add(fid=7), MetricsLog(path))
    assert read_metrics(path)[0]["fid"] == 7.0


def test_what_is_not_finite_is_null_in_the_file_and_nan_when_read(make_gan, real_images, tmp_path):
    path = tmp_path / "a.jsonl"
    values = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1.0}
    gan, log = make_gan(), MetricsLog(path)
    fit(gan, real_images, Add(**values), log, epochs=2)
    # Taken up again, the first lines are written anew.
    fit(gan, real_images, Add(**values), log, initial_epoch=2, epochs=3)
    for line, record in zip(strict_lines(path), read_metrics(path), strict=True):
        assert [line[name] for name in "abcd"] == [None, None, None, 1.0]
        assert all(math.isnan(record[name]) for name in "abc") and record["d"] == 1.0
    assert len(read_metrics(path)) == 3


def test_going_on_appends(make_gan, real_images, tmp_path):
    path = tmp_path / "a.jsonl"
    gan, log = make_gan(), MetricsLog(path)
    fit(gan, real_images, log, epochs=2)
    before = path.read_text()
    fit(gan, real_images, log, initial_epoch=2, epochs=4)
    assert path.read_text().startswith(before)
    assert [record["epoch"] for record in read_metrics(path)] == [1, 2, 3, 4]


def test_lines_of_an_earlier_attempt_are_cut(make_gan, real_images, tmp_path):
    path = tmp_path / "a.jsonl"
    fit(make_gan(), real_images, Add(attempt=1), MetricsLog(path), epochs=4)
    gan = make_gan()
    fit(gan, real_images, Add(attempt=2), MetricsLog(path), initial_epoch=2, epochs=3)
    assert [(r["epoch"], r["attempt"]) for r in read_metrics(path)] == [(1, 1), (2, 1), (3, 2)]
    fit(make_gan(), real_images, Add(attempt=3), MetricsLog(path))
    assert [(r["epoch"], r["attempt"]) for r in read_metrics(path)] == [(1, 3)]


@pytest.mark.parametrize("half", ['{"epoch": 3, "st', "{", '{"epoch": 3}', "\x00\x00"])
def test_half_written_last_line_is_left_out_and_then_cut(make_gan, real_images, tmp_path, half):
    path = tmp_path / "a.jsonl"
    whole = '{"epoch": 1, "x": 0.5}\n{"epoch": 2, "x": 0.25}\n'
    path.write_text(whole + half)
    assert [record["epoch"] for record in read_metrics(path)] == [1, 2]
    fit(make_gan(), real_images, MetricsLog(path), initial_epoch=2, epochs=3)
    assert path.read_text().startswith(whole + '{"epoch": 3, "step": 1, ')
    assert [record["epoch"] for record in strict_lines(path)] == [1, 2, 3]
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_is_no_records(tmp_path):
    assert read_metrics(tmp_path / "none.jsonl") == []
    (tmp_path / "empty.jsonl").write_text("")
    assert read_metrics(str(tmp_path / "empty.jsonl")) == []
