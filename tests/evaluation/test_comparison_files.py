"""Tables for spreadsheets and papers: every number, the best in bold, names escaped."""

import csv
import io
import math

from tfgan_kit import evaluation
from tfgan_kit.evaluation import comparison_files

NAN = math.nan


def report(precision, distance, seeds=None, more=()):
    rows = (
        evaluation.Row("frechet_random_distance", distance, 2.5, 0.25, "lower", ""),
        evaluation.Row("precision", precision, 0.9, 0.015, "higher", ""),
        evaluation.Row("diversity", 1.1, 1.0, NAN, "floor", ""),
        *more,
    )
    return evaluation.Report(rows, (), {"num": 100, **({"seeds": seeds} if seeds else {})})


AGREEMENT = evaluation.Row("class_agreement", 0.5, NAN, 0.1, "higher", "")
REPORTS = {"a_b & 50% | c": report(0.7, 3.0), "r3gan": report(0.6, 2.75, [0, 1], [AGREEMENT])}


def test_csv_has_every_metric_and_its_error():
    first, second, real = csv.DictReader(io.StringIO(comparison_files.to_csv(REPORTS)))
    assert first == {
        "name": "a_b & 50% | c",
        "samples": "100",
        "seeds": "1",
        "frechet_random_distance": "3.0",
        "frechet_random_distance_error": "0.25",
        "precision": "0.7",
        "precision_error": "0.015",
        "diversity": "1.1",
        "diversity_error": "",
        "class_agreement": "",
        "class_agreement_error": "",
    }
    assert second["seeds"] == "2" and second["class_agreement"] == "0.5"
    assert real["name"] == "real images" and real["precision"] == "0.9"
    assert real["precision_error"] == real["class_agreement"] == ""


def test_markdown_and_latex_have_the_main_metrics_and_the_best_in_bold(tmp_path):
    markdown = comparison_files.to_markdown(REPORTS).splitlines()
    assert markdown[:5] == [
        "|  | frechet random distance ↓ | precision ↑ | class agreement ↑ |",
        "| --- | ---: | ---: | ---: |",
        "| a_b & 50% \\| c | 3 ± 0.25 | **0.7 ± 0.015** |  |",
        "| r3gan | **2.75 ± 0.25** | 0.6 ± 0.015 | 0.5 ± 0.1 |",
        "| real images | 2.5 | 0.9 |  |",
    ]
    latex = comparison_files.to_latex(REPORTS)
    assert r"\begin{tabular}{lrrr}" in latex and latex.endswith("\\end{tabular}\n")
    assert r"frechet random distance $\downarrow$ & precision $\uparrow$" in latex
    assert r"a\_b \& 50\% | c & 3 $\pm$ 0.25 & \textbf{0.7 $\pm$ 0.015} &  \\" in latex
    comparison_files.write_tables(tmp_path, REPORTS)
    assert (tmp_path / "comparison.tex").read_text(encoding="utf-8") == latex
    assert {each.suffix for each in tmp_path.iterdir()} == {".csv", ".md", ".tex"}
