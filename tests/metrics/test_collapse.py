"""Signs of collapse on mixtures of Gaussians with known failures."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.metrics import CollapseDetector, Signals, diagnose, extractors, find_alarms
from tfgan_kit.metrics.collapse import find_failures, narrowest_classes

WARMUP, PATIENCE = 5, 3
HEALTHY = Signals(1.0, 0.95, 0.0, 0.1, saturation=0.2, generator_gradient=1.0)
DEAD = Signals(math.nan, math.nan, math.nan, math.nan)


@pytest.fixture(params=[2, 16], ids=["2-D", "16-D"])
def mixture(request):
    """A function that draws from 25 round Gaussians, far apart, or from some of them."""
    width = request.param
    centers = np.random.default_rng(3).uniform(-1, 1, (25, width)) * 10
    if width == 2:
        centers = np.stack(np.meshgrid(range(-4, 5, 2), range(-4, 5, 2)), -1).reshape(25, 2) * 1.0

    def draw(num=500, seed=0, modes=range(25), std=0.05):
        generator = np.random.default_rng(seed)
        chosen = generator.choice(list(modes), num)
        return centers[chosen] + std * generator.normal(size=(num, width))

    return draw


@pytest.fixture
def detector(mixture):
    return CollapseDetector(mixture(seed=0))


def test_healthy_samples_are_similar_to_real_ones(mixture, detector):
    same = detector.measure(mixture(seed=0))
    np.testing.assert_allclose([same.diversity, same.effective_bins], 1)
    for seed in range(1, 6):
        signals = detector.measure(mixture(seed=seed))
        # 500 samples: the mean distance varies by about 2 %, the effective number of 25 bins by
        # about (25 - 1) / (2 · 500) = 2.4 %; five times as much is allowed.
        assert abs(signals.diversity - 1) < 0.1
        assert abs(signals.effective_bins - 1) < 0.12
        assert signals.repeated_share == 0
        assert diagnose([signals] * 10) == []
        # Two samples of 500 in 25 bins differ by 0.5 · 25 · sqrt(2 / 500 / 25) · 0.8 = 0.13.
        assert seed == 1 or signals.drift < 0.25
    assert math.isnan(detector.measure(mixture(seed=9), saturation=0.5).discriminator_gradient)


@pytest.mark.parametrize("num_images", [2, 5, 25])
def test_repeated_samples_are_detected_at_once(mixture, detector, num_images):
    few = mixture(num=num_images, seed=1)
    signals = detector.measure(np.repeat(few, 100, axis=0))
    assert signals.repeated_share > 0.9
    assert diagnose([signals], WARMUP, PATIENCE) == ["mode collapse"]
    # Copies are not exact after a network's rounding.
    noise = 1e-7 * np.random.default_rng(0).normal(size=(100 * num_images, few.shape[1]))
    assert detector.measure(np.repeat(few, 100, axis=0) + noise).repeated_share > 0.9


def test_one_mode_is_detected_after_warm_up_and_patience(mixture, detector):
    history = [detector.measure(mixture(seed=seed, modes=[7])) for seed in range(1, 12)]
    for signals in history:
        assert signals.diversity < 0.1
        assert signals.repeated_share < 0.1
        # All in one bin; or in a few if k-means has cut this mode.
        assert signals.effective_bins < 0.2
    for num in range(len(history) + 1):
        due = ["mode collapse"] if num >= WARMUP + PATIENCE else []
        assert diagnose(history[:num], WARMUP, PATIENCE) == due


def test_alternating_modes_are_oscillating(mixture, detector):
    sides = [range(12), range(13, 25)]
    history = [detector.measure(mixture(seed=num, modes=sides[num % 2])) for num in range(10)]
    assert math.isnan(history[0].drift)
    assert min(each.drift for each in history[1:]) > 0.8
    assert diagnose(history, WARMUP, PATIENCE) == ["oscillating"]
    assert diagnose(history[: WARMUP + PATIENCE - 1], WARMUP, PATIENCE) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_samples_are_a_dead_generator(mixture, detector, bad):
    fake = mixture(seed=1)
    fake[3, 1] = bad
    history = [detector.measure(fake, saturation=0.1) for _ in range(PATIENCE)]
    assert all(math.isnan(history[0].__dict__[name]) for name in ("diversity", "drift"))
    assert history[0].saturation == 0.1
    assert diagnose(history[:-1], WARMUP, PATIENCE) == []
    assert diagnose(history, WARMUP, PATIENCE) == ["generator dead"]
    assert math.isnan(detector.measure(mixture(seed=1)).drift), "nothing to compare with"


def test_float32_and_one_seed(mixture):
    real, fake = mixture(seed=0), mixture(seed=1)
    first = CollapseDetector(real, seed=3).measure(fake)
    second = CollapseDetector(real, seed=3).measure(fake)
    assert first.diversity == second.diversity and first.effective_bins == second.effective_bins
    single = CollapseDetector(real.astype("float32")).measure(fake.astype("float32"))
    np.testing.assert_allclose(single.diversity, first.diversity, rtol=1e-5)
    assert all(type(value) is float for value in single.__dict__.values())


def test_closed_forms():
    """Real points 0 to 49, all bins of two; samples on two of them."""
    real = np.arange(50.0)[:, None]
    detector = CollapseDetector(real)
    fake = np.repeat([[0.0], [49.0]], 10, axis=0)
    signals = detector.measure(fake)
    # Mean distance of two of n points 0 … n-1: (n + 1) / 3. Of the samples: 49 · 100 / 190.
    np.testing.assert_allclose(signals.diversity, (49 * 100 / 190) / (51 / 3))
    # exp(entropy) of two equal shares is 2; that of real bins lies within what 25 bins allow.
    assert 2 / 25 <= signals.effective_bins <= 2 / 20
    assert signals.repeated_share == 1
    np.testing.assert_allclose(detector.measure(fake[:10]).drift, 0.5)


@pytest.mark.parametrize(
    "sick, name, in_warmup",
    [
        (replace(HEALTHY, saturation=0.96), "discriminator won", True),
        (replace(HEALTHY, generator_gradient=1e-8), "generator dead", True),
        (replace(HEALTHY, generator_gradient=math.inf), "generator dead", True),
        (DEAD, "generator dead", True),
        (replace(HEALTHY, diversity=0.2), "mode collapse", False),
        (replace(HEALTHY, effective_bins=0.2), "mode collapse", False),
        (replace(HEALTHY, lowest_class_diversity=0.39), "mode collapse within a class", False),
        (replace(HEALTHY, drift=0.71), "oscillating", False),
    ],
)
def test_each_failure_needs_patience_and_some_the_warm_up(sick, name, in_warmup):
    for num in range(12):
        assert diagnose([HEALTHY] * num) == find_alarms([HEALTHY] * num) == []
        due = PATIENCE if in_warmup else WARMUP + PATIENCE
        assert diagnose([sick] * num, WARMUP, PATIENCE) == ([name] if num >= due else [])
    broken = [HEALTHY] * 10 + [sick, sick, HEALTHY, sick, sick]
    assert diagnose(broken, WARMUP, PATIENCE) == []
    assert diagnose([*broken, sick], WARMUP, PATIENCE) == [name]
    assert diagnose([*broken, sick, HEALTHY], WARMUP, PATIENCE) == []
    assert diagnose([HEALTHY, sick], warmup=0, patience=1) == [name]


@pytest.mark.parametrize(
    "name, value",
    [("saturation", 0.95), ("generator_gradient", 1e-7), ("diversity", 0.25), ("drift", 0.7)]
    + [
        ("lowest_class_diversity", 0.4),
        ("effective_bins", 0.25),
        ("repeated_share", 0.5),
        ("saturation", math.nan),
    ]
    + [("generator_gradient", math.nan), ("drift", math.nan)],
)
def test_thresholds_themselves_are_healthy(name, value):
    assert diagnose([replace(HEALTHY, **{name: value})] * 20) == []


ALL = dict.fromkeys(range(10), 0)


@pytest.mark.parametrize(
    "scales, num, narrow, lowest",
    [
        ({3: 0}, 12, [3], 0),
        (ALL, 12, [*range(10), None], 0),
        ({3: 0.3, 5: 0.5}, 12, [3], 0.3),
        ({}, 12, [], 1),
        # Fewer than six images of a class only count for all classes together.
        ({3: 0}, 5, [], 0.9),
        (ALL, 2, [None], 0),
        (ALL, 1, [], math.nan),
    ],
)
def test_classes_without_diversity_are_found(scales, num, narrow, lowest):
    labels = np.repeat(np.arange(10), num)
    # Of each class the same points, around a center of its own.
    points = np.tile(np.random.default_rng(0).normal(size=(num, 8)), (10, 1))
    centers = 10 * labels[:, None]
    real = centers + points
    fake = centers + points * np.array([scales.get(label, 1) for label in labels])[:, None]
    found = narrowest_classes(real, fake, labels)
    assert (found[0], list(found[1])) == (pytest.approx(lowest, nan_ok=True), narrow)
    # Real images of a class that are all the same say nothing about it.
    assert narrowest_classes(fake, real, labels)[1] == {}


def test_real_images_in_place_of_samples_are_never_narrow():
    """6 or 13 digits of each class against as many others; narrow is below 0.4."""
    source = data.open_source("digits")
    features = extractors.get("random")(source.read(np.arange(len(source)))).values
    random, lowest = np.random.default_rng(0), []
    for _ in range(300):
        order = random.permutation(len(source))
        members = [order[source.labels[order] == label] for label in range(10)]
        for num in (6, 13):
            real, fake = (
                np.concatenate([each[start : start + num] for each in members])
                for start in (0, num)
            )
            found = narrowest_classes(features[real], features[fake], np.repeat(range(10), num))
            lowest.append(found[0])
    assert min(lowest) > 0.5


def test_signals_of_records_with_more_or_fewer_values():
    values = {"diversity": 1, "effective_bins": 1, "repeated_share": 0, "drift": 0.1}
    assert math.isnan(Signals.of({"epoch": 1, **values, "bin_0": 1}).lowest_class_diversity)
    assert Signals.of({**values, "lowest_class_diversity": 0.5}).lowest_class_diversity == 0.5


def test_several_names_in_order():
    sick = replace(HEALTHY, diversity=0.1, saturation=1.0, generator_gradient=0.0, drift=1.0)
    sick = replace(sick, lowest_class_diversity=0.0)
    names = [
        "mode collapse",
        "mode collapse within a class",
        "discriminator won",
        "generator dead",
        "oscillating",
    ]
    assert diagnose([sick] * 10) == names


def test_alarms_are_the_beginnings_of_diagnoses():
    repeated = replace(HEALTHY, repeated_share=0.9)
    history = [repeated, repeated, HEALTHY, repeated, *[replace(HEALTHY, saturation=1.0)] * 4]
    expected = [(1, "mode collapse"), (4, "mode collapse"), (7, "discriminator won")]
    assert find_alarms(history) == expected
    passed = [(1, 3, "mode collapse"), (4, 5, "mode collapse"), (7, None, "discriminator won")]
    assert find_failures(history) == passed
