"""Reports: real images are good, simulated failures show in their topic, JSON keeps all."""

import json
import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfgan_kit import data, metrics
from tfgan_kit.evaluation import report

QUICK = [metrics.Frechet(num_bootstrap=20), metrics.Coverage(), metrics.Collapse()]


def classes(num, seed, chosen=range(10), noise=0.5):
    """Points of ten round classes in 16 dimensions."""
    centers = 6 * np.random.default_rng(99).normal(size=(10, 16))
    rng = np.random.default_rng(seed)
    picked = rng.choice(list(chosen), num)
    return centers[picked] + noise * rng.normal(size=(num, 16))


def samples(points):
    return metrics.Samples.of(points, metrics.Pixels())


REAL, FLOOR = samples(classes(400, 0)), samples(classes(400, 1))


def evaluated(fake, **arguments):
    return report.evaluate(REAL, FLOOR, samples(fake), QUICK, **arguments)


def levels(found):
    return {finding.topic: finding.level for finding in found.findings}


def test_other_real_images_are_good_in_everything():
    found = evaluated(classes(400, 2), train=classes(2000, 3))
    assert set(levels(found).values()) == {"good"}
    row = next(row for row in found.rows if row.name == "frechet_pixels_distance")
    # Four standard errors of both, which the resampling makes larger rather than smaller.
    assert abs(row.value - row.floor) < 4 * math.hypot(row.error, row.error)


@pytest.mark.parametrize(
    ("fake", "expected"),
    [
        (classes(400, 2, chosen=range(3)), {"quality": "good", "diversity": "poor"}),
        (classes(400, 2, noise=3.0), {"quality": "poor"}),
        (np.repeat(classes(5, 2), 80, axis=0), {"collapse": "poor"}),
    ],
    ids=["dropped classes", "noise", "collapse"],
)
def test_failures_show_in_their_topic(fake, expected):
    assert levels(evaluated(fake)).items() >= expected.items()


@pytest.mark.parametrize("extractor", ["random", "pixels"])
def test_mush_is_not_called_good_and_noise_is_poor(extractor):
    """Digits, 151 a side: averages of four, blurred, half of the classes, ten images, noise."""
    source, rng = data.open_source("digits"), np.random.default_rng(0)
    images = source.read(rng.permutation(len(source)))
    real, floor, rest = images[:151], images[151:302], images[302:]
    fakes = {
        "real": rest[:151],
        "averages": np.uint8(rest[: 4 * 151].reshape(4, 151, 28, 28, 1).mean(axis=0)),
        "blurred": gaussian_filter(rest[:151], (0, 2, 2, 0)),
        "noise": rng.integers(0, 256, real.shape, "uint8"),
    }
    extractor = metrics.extractors.get(extractor)
    sets = [metrics.Samples.of(each, extractor) for each in (real, floor, *fakes.values())]
    found = {
        name: levels(report.evaluate(*sets[:2], fake, QUICK[1:]))
        for name, fake in zip(fakes, sets[2:], strict=True)
    }
    quality = {name: each["quality"] for name, each in found.items()}
    assert quality == dict.fromkeys(["real", "averages", "blurred"], "unknown") | {"noise": "poor"}
    assert found["noise"]["diversity"] == "poor" and found["real"]["collapse"] == "good"


def test_copies_are_detected():
    train = classes(2000, 3)
    found = evaluated(np.concatenate([classes(360, 2), train[:40]]), train=train)
    assert levels(found)["copying"] == "poor"
    assert found.values["copied_share"] >= 0.1


def test_held_out_images_replace_training_images_and_json_keeps_everything(tmp_path):
    held_out = {"train": classes(500, 3), "heldout": classes(300, 4)}
    found = evaluated(classes(400, 2), **held_out, protocol={"data": "ten classes"})
    assert not found.copies.leave_one_out
    assert "300 held-out images" in next(r for r in found.rows if r.name == "copied_share").note
    found.save(tmp_path / "evaluation.json")
    back = report.Report.load(tmp_path / "evaluation.json")
    assert back.findings == found.findings
    assert back.protocol == {
        "num": 400,
        "extractor": "pixels",
        "extractor_sha256": "pixels-1",
        "seed": 0,
        "data": "ten classes",
    }
    # NaN does not equal itself.
    assert repr(back.rows) == repr(found.rows)
    raw = json.loads((tmp_path / "evaluation.json").read_text(), parse_constant=pytest.fail)
    assert raw["thresholds"]["quality"]["good"] == 0.8
    assert list(raw["thresholds"]) == ["quality", "diversity", "collapse", "copying"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"metrics": [{}], "verdict": []}'])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "evaluation.json").write_text(text)
    with pytest.raises(ValueError, match="Cannot read a report from .*evaluation.json"):
        report.Report.load(tmp_path / "evaluation.json")


def test_sets_that_do_not_match_are_refused():
    real, few = samples(classes(40, 0)), samples(classes(39, 0))
    with pytest.raises(ValueError, match="same number.*40, 40 and 39"):
        report.evaluate(real, real, few)
    other = metrics.Samples(real.images, real.features, "other")
    with pytest.raises(ValueError, match="same extractor.*pixels, other and pixels"):
        report.evaluate(real, other, real)


def test_default_metrics_have_their_seed_and_names():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (60, 16, 16, 1), "uint8") for _ in range(3)]
    found = report.evaluate(*(samples(each) for each in images), seed=4)
    expected = {"frechet_pixels_distance", "kernel_pixels_distance", "precision", "ms_ssim"}
    assert expected <= set(found.values) and found.protocol["seed"] == 4
    assert all(getattr(metric, "seed", 4) == 4 for metric in report.default_metrics(4))
