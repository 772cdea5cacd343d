"""Tables have all numbers, mark the best one, and escape HTML."""

import dataclasses
import io
import math

import numpy as np
import pytest
from rich.console import Console

from tfgan_kit import data, evaluation, metrics
from tfgan_kit.evaluation import tables


def report(value=0.7, better="higher", name="precision"):
    row = evaluation.Row(name, value, 0.9, 0.01, better, "k=3 <b>")
    finding = evaluation.Finding("quality", "fair", "Some <i>samples</i>.", "0.78 of 0.9")
    protocol = {"num": 1234, "extractor": "pixels", "seed": 7, "extractor_sha256": "ab" * 32}
    return evaluation.Report((row,), (finding,), protocol)


def printed(table):
    file = io.StringIO()
    Console(file=file, width=120).print(table)
    return file.getvalue()


def test_tables_have_all_numbers_and_escape_html():
    text = printed(tables.metrics_table(report()))
    for word in ("precision ↑", "0.7", "0.6804 to 0.7196", "0.9", "k=3"):
        assert word in text
    lines = tables.protocol_lines(report())
    assert lines["samples"] == "1,234 per side, seed 7"
    assert lines["features"] == "pixels, weights abababababababab"

    text = tables.metrics_html(report()) + tables.verdict_html(report())
    text += tables.comparison_html({"<i>": report(), "two": report(0.8)})
    assert "<td><b>0.8 ± 0.01</b></td>" in text
    assert "k=3 &lt;b&gt;" in text and "&lt;i&gt;" in text and "<i>" not in text
    assert "0.6804 to 0.7196" in text


def test_what_was_not_measured_is_said():
    row = evaluation.Row("class_frechet", math.nan, math.nan, math.nan, "lower", "no class has 20")
    unknown = dataclasses.replace(report(), rows=(row,))
    for text in (printed(tables.metrics_table(unknown)), tables.metrics_html(unknown)):
        assert "not measured" in text and "no class has 20" in text and "nan" not in text
    _, [(cells, _)] = tables.comparison_rows({"one": unknown})
    assert cells == ["class_frechet ↓", "not measured", ""]
    assert unknown.to_dict()["metrics"][0]["value"] is None


@pytest.mark.parametrize(
    ("better", "values", "best"),
    [
        ("higher", (0.5, 0.7, 0.6), 2),
        ("lower", (0.5, 0.7, 0.6), 1),
        ("floor", (0.5, 1.2, 0.8), 3),
        ("higher", (0.5, 0.5, 0.5), None),
        ("higher", (0.5, math.nan, 0.7), None),
    ],
)
def test_best_of_several(better, values, best):
    reports = {str(place): report(value, better) for place, value in enumerate(values)}
    head, rows = tables.comparison_rows(reports)
    assert head == ["metric", "0", "1", "2", "real images"]
    ((cells, found),) = rows
    assert found == best and cells[-1] == "0.9" and len(cells) == 5
    assert "precision" in printed(tables.comparison_table(reports))


def test_a_metric_of_one_run_only_leaves_other_cells_empty():
    reports = {"one": report(), "two": report(name="class_agreement")}
    (_, rows) = tables.comparison_rows(reports)
    assert [cells for cells, _ in rows] == [
        ["precision ↑", "0.7 ± 0.01", "", "0.9"],
        ["class_agreement ↑", "", "0.7 ± 0.01", "0.9"],
    ]


def by_class(num, names=None):
    """A report of two metrics of each class, in which class 1 is the worst in both."""
    rows = [evaluation.Row("precision", 0.7, 0.9, 0.01, "higher", "")]
    for name, better, worst in (
        ("class_agreement", "higher", 0.25),
        ("class_frechet", "lower", 8.5),
    ):
        rows.append(evaluation.Row(name, 0.5, 0.75, 0.01, better, "worst class: x"))
        values = [worst if label == 1 else 0.5 for label in range(num)]
        rows += [
            evaluation.Row(f"{name}_{label}", value, 0.75, 0.01, better, "")
            for label, value in enumerate(values)
        ]
    return evaluation.Report(tuple(rows), (), {**report().protocol, "class_names": names})


def test_classes_have_a_table_of_their_own():
    found = by_class(3, ["cat", "<dog>", "emu,x"])
    for text in (printed(tables.metrics_table(found)), tables.metrics_html(found)):
        assert "worst class: x" in text and "agreement_1" not in text and "agreement 1" not in text
    assert len(tables.comparison_rows({"one": found, "two": found})[1]) == 3
    lines = [line.split() for line in printed(tables.classes_table(found)).splitlines()]
    assert lines == [
        ["class", "agreement", "↑", "distance", "↓"],
        ["cat", "0.5", "0.5"],
        ["<dog>", "0.25", "8.5"],
        ['"emu,x"', "0.5", "0.5"],
    ]
    text = tables.classes_html(found)
    assert '<td class="number">&lt;dog&gt;</td>' in text
    assert text.count("<b>") == 2 and "<b>8.5</b><small>0.75</small>" in text


def test_many_classes_are_not_printed_and_without_classes_there_is_no_table():
    many = by_class(21)
    assert tables.classes_table(many) is None
    assert tables.classes_html(many).count("<tr>") == 22 - 1 and ">20</td>" in tables.classes_html(
        many
    )
    assert tables.classes_table(by_class(20)).row_count == 20
    assert tables.classes_table(report()) is None and not tables.classes_html(report())


def test_numbers():
    values = (0.0, 1234.5, 123456.7, 0.00001234, -3.14159, math.nan)
    texts = ["0", "1234", "123,457", "1.23e-05", "-3.142", ""]
    assert [tables.number(value) for value in values] == texts


def test_every_metric_is_explained_with_its_own_arrow(make_gan):
    """Those of the suite, of points, and what training logs."""
    source = data.open_source("digits")
    real, fake = (
        metrics.Samples(
            source.read(rows), metrics.Features(values, values), "x", classes=range(10), labels=rows
        )
        for rows in (np.arange(60) % 10, np.arange(60) // 6)
        for values in [np.random.default_rng(rows[1]).normal(size=(60, 10))]
    )
    found = evaluation.evaluate(real, real, fake, train=real.features.values).rows
    assert len(found) > 25
    points = np.random.default_rng(0).normal(size=(60, 2))
    points = metrics.Samples(points, metrics.Features(points), "points")
    found = {row.name: row.better for row in found}
    found |= {n: each.better for n, each in metrics.Modes([[0.0, 0.0]], 1)(points, points).items()}
    found |= dict.fromkeys(("classification_accuracy", "classification_accuracy_3"), "higher")
    assert {name: tables.explain(name)[1] for name in found} == found
    logs = make_gan().fit(np.zeros((8, 8, 8, 1)), verbose=0).history
    signals = metrics.Signals.__dataclass_fields__
    assert all(tables.explain(name)[0] for name in (*found, *logs, *signals, "penalty"))
    assert tables.explain("mine") == ("", "")
    text = tables.metrics_html(report(0.7, "floor", "my_own"))
    assert "my own →</td>" in text and "<small>k=3 &lt;b&gt;</small>" in text
