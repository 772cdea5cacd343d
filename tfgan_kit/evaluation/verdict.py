"""A verdict in plain words, and its thresholds."""

import dataclasses
import math

from tfgan_kit.utils.text import in_list

__all__ = ["THRESHOLDS", "UNGRADED", "Finding", "find_verdict"]

# By these features, averages of real images and blurred ones have 0.6 to 1.8 of the precision of
# real images, and up to 1.0 of their coverage (digits and photos): only a low value is a finding.
UNGRADED = ("random", "pixels")

# Ratios are relative to the same metric between two equally large sets of real images.
THRESHOLDS = {
    "quality": {"good": 0.8, "fair": 0.5},
    "diversity": {"good": 0.7, "fair": 0.35},
    "classes": {"good": 0.9, "fair": 0.6},
    "within classes": {"good": 0.85, "fair": 0.6, "worst": 0.4},
    "collapse": {"repeated_share": 0.1, "diversity": 0.25, "effective_bins": 0.25},
    "copying": {"z": -5.0, "times_expected": 3.0, "more_than_expected": 0.02},
}
_SENTENCES = {
    "quality": {
        "good": "Most samples resemble real images.",
        "fair": "Many samples resemble real images, but many do not.",
        "poor": "Most samples do not resemble real images.",
        "unknown": "Quality was not measured.",
    },
    "diversity": {
        "good": "Samples cover most of the variety of real images.",
        "fair": "Samples cover part of the variety of real images.",
        "poor": "Samples cover little of the variety of real images.",
        "unknown": "Diversity was not measured.",
    },
    "classes": {
        "good": "Most samples show the requested class.",
        "fair": "Many samples show the requested class, but many do not.",
        "poor": "Most samples do not show the requested class.",
        "unknown": "The labels of real images are missing.",
    },
    "within classes": {
        "good": "Images of a class differ as real ones do.",
        "fair": "Images of a class differ less than real ones.",
        "poor": "Images of a class differ little.",
        "unknown": "Variety within the classes was not measured.",
    },
}


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of a verdict.

    Args:
        topic: `"quality"`, `"diversity"`, `"classes"`, `"within classes"`, `"collapse"` or
            `"copying"`.
        level: `"good"`, `"fair"`, `"poor"` or `"unknown"`.
        sentence: String, the finding in words.
        rule: String, the values and thresholds behind it.

    Example:
    ```python
    from tfgan_kit import evaluation
    evaluation.Finding("copying", "good", "No copies.", "z = 0.1; poor if z < -5").level  # "good"
    ```
    """

    topic: str
    level: str
    sentence: str
    rule: str


def find_verdict(values, floors, graded=True, class_names=None):
    """Summarize metrics in words.

    | topic | good | fair | poor |
    |---|---|---|---|
    | quality | precision at least 0.8 of the floor | at least 0.5 | below |
    | diversity | coverage at least 0.7 of the floor | at least 0.35 | below |
    | classes | class agreement at least 0.9 of the floor | at least 0.6 | below |
    | within classes | class diversity at least 0.85 of the floor | at least 0.6 | below, or a class below 0.4 |
    | collapse | no sign | a class is missing | over 10 % repeated samples, or diversity or effective bins below 0.25 |
    | copying | no sign | | z below -5, or a copied share of both 3 times and 2 points more than expected |

    Args:
        values: Dict from metric names to floats.
        floors: Dict from the same names to the values of real images.
        graded: Boolean. If it is False, quality and diversity are poor or unknown, since the
            features show no more. Defaults to True.
        class_names: Sequence of strings, the names of classes 0, 1, ... Defaults to None.

    Returns:
        A list of `Finding`s; that of `"classes"` only with `class_agreement`, that of
        `"within classes"` only with `class_diversity`.

    Example:
    ```python
    from tfgan_kit import evaluation
    evaluation.find_verdict({"precision": 0.6}, {"precision": 0.8})[0].level  # "fair"
    ```
    """  # noqa: E501
    findings = [
        _compare("quality", "precision", values, floors, graded),
        _compare("diversity", "coverage", values, floors, graded),
        _collapse(values, floors),
        _copying(values, floors),
    ]
    if "class_diversity" in values:
        findings.insert(2, _within_classes(values, floors, class_names or ()))
    if "class_agreement" in values:
        findings.insert(2, _compare("classes", "class_agreement", values, floors))
    return findings


def _compare(topic, name, values, floors, graded=True):
    sentences, limits = _SENTENCES[topic], THRESHOLDS[topic]
    if not floors.get(name, 0) > 0 or name not in values:
        return Finding(topic, "unknown", sentences["unknown"], f"needs {name} and its floor")
    ratio = values[name] / floors[name]
    level = next((each for each in ("good", "fair") if ratio >= limits[each]), "poor")
    rule = f"{name} is {ratio:.2f} of the real images' value; "
    if not graded:
        rule += f"poor if < {limits['fair']}; blurred images reach 1 as well"
        if level != "poor":
            sentence = "Not graded: these features show no more than that it is not poor."
            return Finding(topic, "unknown", sentence, rule)
    else:
        rule += f"good if >= {limits['good']}, fair if >= {limits['fair']}"
    return Finding(topic, level, sentences[level], rule)


def _within_classes(values, floors, class_names):
    """As the other topics, but poor if one class is."""
    topic, prefix = "within classes", "class_diversity_"
    known = {name: value for name, value in values.items() if not math.isnan(value)}
    found, limit = _compare(topic, "class_diversity", known, floors), THRESHOLDS[topic]["worst"]
    ratios = {
        int(name.removeprefix(prefix)): value / floors[name]
        for name, value in known.items()
        if name.startswith(prefix) and floors.get(name, 0) > 0
    }
    if not ratios:
        return found
    worst = min(ratios, key=ratios.get)
    name = in_list(class_names[worst] if worst < len(class_names) else worst)
    of_worst = f"that of class {name} is {ratios[worst]:.2f} of the real images' of the class"
    rule = f"{found.rule}; {of_worst}, poor if < {limit}"
    num = sum(ratio < limit for ratio in ratios.values())
    if num == 0:
        return dataclasses.replace(found, rule=rule)
    others = "class" if num == 2 else "classes"
    more = f" and of {num - 1} more {others}" if num > 1 else ""
    sentence = f"Images of class {name}{more} hardly differ."
    return Finding(topic, "poor", sentence, rule)


def _collapse(values, floors):
    limits = THRESHOLDS["collapse"]
    if "diversity" not in values:
        sentence = "Collapse was not measured."
        return Finding("collapse", "unknown", sentence, "needs the metric `Collapse`")
    rule = (
        ", ".join(f"{name} {values[name]:.2f}" for name in limits)
        + f"; poor if repeated_share > {limits['repeated_share']}, "
        f"diversity < {limits['diversity']} or effective_bins < {limits['effective_bins']}"
    )
    healthy = (  # NaN is not healthy.
        values["repeated_share"] <= limits["repeated_share"]
        and values["diversity"] >= limits["diversity"]
        and values["effective_bins"] >= limits["effective_bins"]
    )
    if not healthy:
        sentence = "Samples show few kinds of images: the generator collapsed, or barely trained."
        return Finding("collapse", "poor", sentence, rule)
    missing = floors.get("classes_hit", 0) - values.get("classes_hit", 0)
    if missing > 0:
        sentence = f"{missing:.0f} of {floors['classes_hit']:.0f} classes are missing or rare."
        rule = "a class is rare if its share is below a fifth of its share among real images"
        return Finding("collapse", "fair", sentence, rule)
    return Finding("collapse", "good", "No sign of collapse.", rule)


def _copying(values, floors):
    z, share = values.get("copying_z", math.nan), values.get("copied_share", math.nan)
    expected = floors.get("copied_share", math.nan)
    if math.isnan(z):
        sentence = "Copying was not measured."
        return Finding("copying", "unknown", sentence, "needs the training images")
    limits = THRESHOLDS["copying"]
    allowed = max(limits["times_expected"] * expected, expected + limits["more_than_expected"])
    rule = (
        f"z {z:.1f}, copied_share {share:.3f}, {expected:.3f} expected; "
        f"poor if z < {limits['z']:g} or copied_share > {allowed:.3f}"
    )
    if z < limits["z"] or share > allowed:
        sentence = "Samples are too close to training images."
        return Finding("copying", "poor", sentence, rule)
    return Finding("copying", "good", "No sign of copied training images.", rule)
