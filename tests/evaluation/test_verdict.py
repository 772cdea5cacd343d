"""The verdict: each level by its threshold, and each rule with its numbers."""

import math

import pytest

from tfgan_kit.evaluation import verdict

HEALTHY = {
    "precision": 0.8,
    "coverage": 0.9,
    "diversity": 1.0,
    "effective_bins": 0.9,
    "repeated_share": 0.0,
    "classes_hit": 10.0,
    "copying_z": 0.3,
    "copied_share": 0.012,
}
FLOORS = {**HEALTHY, "precision": 0.9, "coverage": 0.95, "copied_share": 0.01, "copying_z": 0.0}


def levels(**changes):
    findings = verdict.find_verdict({**HEALTHY, **changes}, FLOORS)
    return {finding.topic: finding.level for finding in findings}


@pytest.mark.parametrize(
    ("changes", "topic", "level"),
    [
        ({}, "quality", "good"),
        ({"precision": 0.8 * 0.9 + 1e-9}, "quality", "good"),
        ({"precision": 0.8 * 0.9 - 1e-9}, "quality", "fair"),
        ({"precision": 0.4}, "quality", "poor"),
        ({"coverage": 0.6}, "diversity", "fair"),
        ({"coverage": 0.1}, "diversity", "poor"),
        ({"repeated_share": 0.11}, "collapse", "poor"),
        ({"diversity": 0.24}, "collapse", "poor"),
        ({"effective_bins": 0.2}, "collapse", "poor"),
        ({"classes_hit": 9.0}, "collapse", "fair"),
        ({"diversity": math.nan}, "collapse", "poor"),
        ({"copying_z": -5.1}, "copying", "poor"),
        ({"copying_z": -4.9}, "copying", "good"),
        ({"copied_share": 0.0301}, "copying", "poor"),
        ({"copied_share": 0.0299}, "copying", "good"),
    ],
)
def test_one_change_changes_its_topic_alone(changes, topic, level):
    found = levels(**changes)
    assert found.pop(topic) == level
    assert set(found.values()) == {"good"}


@pytest.mark.parametrize(
    "ratio, level", [(1.0, "unknown"), (0.7, "unknown"), (0.51, "unknown"), (0.49, "poor")]
)
def test_features_that_mush_passes_grade_nothing_but_poor(ratio, level):
    values = {**HEALTHY, "precision": ratio * FLOORS["precision"]}
    first, second, *_ = verdict.find_verdict(values, FLOORS, graded=False)
    assert (first.level, second.level) == (level, "unknown")
    assert first.rule.startswith(f"precision is {ratio:.2f} of") and "poor if < 0.5" in first.rule


@pytest.mark.parametrize("value, level", [(0.9, "good"), (0.7, "fair"), (0.3, "poor")])
def test_class_agreement_is_a_topic_of_conditional_generators(value, level):
    values = {**HEALTHY, "class_agreement": value, "class_diversity": 1.0}
    found = verdict.find_verdict(values, {**FLOORS, "class_agreement": 0.99})
    assert [each.topic for each in found] == list(verdict.THRESHOLDS)
    assert found[2].level == level
    unknown = {**FLOORS, "class_agreement": math.nan}
    assert verdict.find_verdict(values, unknown)[2].level == "unknown"


@pytest.mark.parametrize(
    "values, level, words",
    [
        ((0.9, 1.0, 0.8), "good", ""),
        ((0.84, 0.9, 0.7), "fair", ""),
        ((0.55, 0.6, 0.5), "poor", "Images of a class differ little."),
        ((0.9, 1.2, 0.39), "poor", "Images of class dog hardly differ."),
        ((0.0, 0.0, 0.01), "poor", 'Images of class "cat, big" and of 1 more class hardly differ.'),
        ((math.nan,), "unknown", "not measured"),
    ],
)
def test_diversity_within_classes_is_graded_by_the_mean_and_the_worst_class(values, level, words):
    names = ("class_diversity", "class_diversity_0", "class_diversity_1")
    values = dict(zip(names, values, strict=False))
    floors = dict.fromkeys(names, 1.0)
    (found,) = (
        each
        for each in verdict.find_verdict(values, floors, class_names=["cat, big", "dog"])
        if each.topic == "within classes"
    )
    assert found.level == level and words in found.sentence
    assert len(values) == 1 or "that of class " in found.rule and "poor if < 0.4" in found.rule


def test_rules_have_values_and_thresholds_and_what_was_not_measured_is_unknown():
    assert {finding.level for finding in verdict.find_verdict({}, {})} == {"unknown"}
    rules = {each.topic: each.rule for each in verdict.find_verdict(HEALTHY, FLOORS)}
    assert all(any(character.isdigit() for character in rule) for rule in rules.values())
    assert rules["collapse"] == (
        "repeated_share 0.00, diversity 1.00, effective_bins 0.90; "
        "poor if repeated_share > 0.1, diversity < 0.25 or effective_bins < 0.25"
    )
