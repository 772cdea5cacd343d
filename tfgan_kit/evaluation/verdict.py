"""A verdict in plain words, and the thresholds that it follows from."""

import dataclasses
import math

__all__ = ["THRESHOLDS", "Finding", "judge"]

# Ratios are to the same metric between two sets of real images of the same size.
THRESHOLDS = {
    "quality": {"good": 0.8, "fair": 0.5},
    "diversity": {"good": 0.7, "fair": 0.35},
    "collapse": {"repeated_share": 0.1, "diversity": 0.25, "effective_bins": 0.25},
    "copying": {"z": -5.0, "times_expected": 3.0, "more_than_expected": 0.02},
}


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of a verdict.

    Args:
        topic: `"quality"`, `"diversity"`, `"collapse"` or `"copying"`.
        level: `"good"`, `"fair"`, `"poor"` or `"unknown"`.
        sentence: String, what it means.
        rule: String, the figures and the thresholds that it follows from.

    Example:

    ```python
    from tfgan_kit.evaluation import verdict

    verdict.Finding("copying", "good", "No copies.", "z 0.1, threshold -5").level  # "good"
    ```
    """

    topic: str
    level: str
    sentence: str
    rule: str


def judge(values, floors):
    """Say in words what the numbers say.

    | topic | good | fair | poor |
    |---|---|---|---|
    | quality | precision over its floor 0.8 or more | 0.5 or more | less |
    | diversity | coverage over its floor 0.7 or more | 0.35 or more | less |
    | collapse | none of the signs on the right, and no class is missing | a class is missing | over 10 % repeated samples, or diversity or effective bins below 0.25 |
    | copying | neither | | the copying statistic below -5, or three times as many close copies as expected, and 2 points more |

    Args:
        values: Dict of metric names and floats.
        floors: Dict of the same names and the values of real images.

    Returns:
        A list of four `Finding`s.

    Example:

    ```python
    from tfgan_kit.evaluation import verdict

    verdict.judge({"precision": 0.6}, {"precision": 0.8})[0].level  # "fair": 0.75 of the floor
    ```
    """  # noqa: E501
    return [
        _quality(values, floors),
        _diversity(values, floors),
        _collapse(values, floors),
        _copying(values, floors),
    ]


def _quality(values, floors):
    sentences = {
        "good": "Most samples lie where real images lie.",
        "fair": "Many samples lie where real images lie, and many do not.",
        "poor": "Most samples lie where no real image lies.",
        "unknown": "Quality was not measured.",
    }
    return _by_ratio("quality", "precision", values, floors, sentences)


def _diversity(values, floors):
    sentences = {
        "good": "Samples cover most of what real images show.",
        "fair": "Samples cover a part of what real images show.",
        "poor": "Samples cover little of what real images show.",
        "unknown": "Diversity was not measured.",
    }
    return _by_ratio("diversity", "coverage", values, floors, sentences)


def _by_ratio(topic, name, values, floors, sentences):
    if not floors.get(name, 0) > 0 or name not in values:
        return Finding(topic, "unknown", sentences["unknown"], f"needs {name} and its floor")
    ratio, limits = values[name] / floors[name], THRESHOLDS[topic]
    level = next((each for each in ("good", "fair") if ratio >= limits[each]), "poor")
    rule = (
        f"{name} is {ratio:.2f} of what real images reach; good from {limits['good']}, "
        f"fair from {limits['fair']}"
    )
    return Finding(topic, level, sentences[level], rule)


def _collapse(values, floors):
    limits = THRESHOLDS["collapse"]
    if "diversity" not in values:
        return Finding("collapse", "unknown", "Collapse was not looked for.", "needs `Collapse`")
    signs = [
        f"{name} {values[name]:.2f}, below {limits[name]}"
        for name in ("diversity", "effective_bins")
        if not values[name] >= limits[name]
    ]
    if not values["repeated_share"] <= limits["repeated_share"]:
        signs.append(f"repeated_share {values['repeated_share']:.2f}, above 0.1")
    if signs:
        return Finding(
            "collapse",
            "poor",
            "Samples show few kinds of images: it has collapsed, or has hardly trained.",
            "; ".join(signs),
        )
    missing = floors.get("classes_hit", 0) - values.get("classes_hit", 0)
    if missing > 0:
        return Finding(
            "collapse",
            "fair",
            f"{missing:.0f} of {floors['classes_hit']:.0f} classes are missing or nearly so.",
            "a class counts if its share is a fifth of its share among real images",
        )
    rule = (
        f"repeated_share {values['repeated_share']:.2f}, diversity {values['diversity']:.2f}, "
        f"effective_bins {values['effective_bins']:.2f}; poor above 0.1, below 0.25, below 0.25"
    )
    return Finding("collapse", "good", "No sign of collapse.", rule)


def _copying(values, floors):
    z, share = values.get("copying_z", math.nan), values.get("copied_share", math.nan)
    expected = floors.get("copied_share", math.nan)
    if math.isnan(z):
        return Finding(
            "copying", "unknown", "Copying was not looked for.", "needs the training images"
        )
    limits = THRESHOLDS["copying"]
    allowed = max(limits["times_expected"] * expected, expected + limits["more_than_expected"])
    rule = (
        f"z {z:.1f}, copying below {limits['z']:g}; {100 * share:.1f} % of samples are as near to "
        f"a training image as the nearest {100 * expected:.1f} % of real ones, copying above "
        f"{100 * allowed:.1f} %"
    )
    if z < limits["z"] or share > allowed:
        return Finding("copying", "poor", "Samples are too near to training images.", rule)
    return Finding("copying", "good", "No sign of copied training images.", rule)
