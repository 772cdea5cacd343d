"""Judgements of people: read, counted, and in a report."""

import json
import math
import threading

import pytest

from tfgan_kit import evaluation
from tfgan_kit.evaluation import people, tables


def judgement(kind, answer, **more):
    return {"kind": kind, "answer": answer, "step": 7, "judge": "", **more}


def wilson(wrong, num):
    """Wilson, 1927, written out."""
    z, share = 1.959963984540054, wrong / num
    middle = (share + z**2 / (2 * num)) / (1 + z**2 / num)
    half = z * math.sqrt(share * (1 - share) / num + z**2 / (4 * num**2)) / (1 + z**2 / num)
    return middle - half, middle + half


@pytest.mark.parametrize(("wrong", "num"), [(0, 1), (3, 10), (50, 100), (100, 100)])
def test_the_interval_is_wilsons(wrong, num):
    rate = people.ErrorRate(wrong, num)
    assert rate.value == wrong / num
    assert rate.interval == pytest.approx(wilson(wrong, num), abs=1e-12)


def test_rates_apart_for_kinds_times_and_classes_in_this_order():
    records = [
        judgement("real", "real", exposure=None, label=1),
        judgement("generated", "real", exposure=125, label=1),
        judgement("generated", "generated", exposure=2000, label=0),
        judgement("real", "generated", exposure=125, label=None),
    ]
    found = people.error_rates(records, ["a", "b, c"])
    assert {name: (rate.wrong, rate.num) for name, rate in found.items()} == {
        "all images": (2, 4),
        "real images": (1, 2),
        "generated images": (1, 2),
        "shown for 125 ms": (2, 2),
        "shown for 2000 ms": (0, 1),
        "shown for any time": (0, 1),
        "class a": (0, 1),
        'class "b, c"': (1, 2),
    }
    assert list(found)[:4] == ["all images", "real images", "generated images", "shown for 125 ms"]
    assert people.describe(records) == (
        "50 % (15 % to 85 %) of 4 images were taken for the wrong kind; 50 % if nobody can tell"
    )
    assert people.error_rates([]) == {} and people.describe([]) == ""


def test_lines_of_several_writers_are_whole_and_damaged_ones_are_left_out(tmp_path):
    path = tmp_path / "people.jsonl"
    assert people.read(path) == []

    def write(writer):
        for number in range(50):
            people.append(path, judgement("real", "real", writer=writer, number=number))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(path, "a") as file:
        file.write('[1]\n7\n{"kind": "real"}\n{"kind": "real", "answ')
    found = people.read(path)
    assert {(each["writer"], each["number"]) for each in found} == {
        (writer, number) for writer in range(4) for number in range(50)
    }
    assert len(found) == 200


def test_a_report_has_one_row_of_the_judgements():
    report = evaluation.Report(rows=(), findings=(), protocol={"num": 9, "seed": 0})
    records = [judgement("real", "generated"), *[judgement("generated", "generated")] * 3]
    (row,) = people.with_people(people.with_people(report, records[:1]), records).rows
    assert (row.name, row.value, row.floor, row.better) == ("human_error_rate", 0.25, 0.5, "floor")
    assert row.interval == pytest.approx(wilson(1, 4))
    assert row.note == "4 judgements of the state at step 7"
    assert tables.explain(row.name)[1] == "floor"
    assert people.with_people(people.with_people(report, records), []).rows == ()
    json.dumps(row.interval)
