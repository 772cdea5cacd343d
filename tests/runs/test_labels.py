"""What a run is conditioned on: chosen, described, and kept with the run."""

import dataclasses
import types
import warnings

import numpy as np
import pytest

from tfgan_kit import data, recipes, runs
from tfgan_kit.data.readers.arrays import open_array
from tfgan_kit.runs import labels
from tfgan_kit.utils.errors import InvalidArgument

NAMES = ["cat", "dog", "owl"]


def make_source(num=60, has_labels=True, class_names=None, numbers=None, channels=1):
    pixels = np.random.default_rng(0).integers(0, 256, (num, 16, 16, channels), "uint8")
    if has_labels and numbers is None:
        numbers = np.arange(num) % 3
    return open_array(pixels, "images", numbers, class_names=class_names)


@pytest.mark.parametrize(
    ("recipe", "given", "has_labels", "expected"),
    [
        ("dcgan", {}, True, (True, 0)),
        ("dcgan", {}, False, (False, 0)),
        ("dcgan", {"num": 199}, False, (False, 0)),
        ("dcgan", {"num": 200}, False, (False, "auto")),
        ("dcgan", {"num": 1000, "channels": 3}, False, (False, 0)),
        ("dcgan", {"num": 1000, "conditional": False}, False, (False, 0)),
        ("dcgan", {"num": 1000, "clusters": 0}, False, (False, 0)),
        ("dcgan", {"num": 1000}, True, (True, 0)),
        ("tutorial", {"num": 1000}, False, (False, 0)),
        ("dcgan", {"conditional": False}, True, (False, 0)),
        ("dcgan", {"clusters": "auto"}, True, (True, "auto")),
        ("dcgan", {"clusters": 4, "conditional": False}, True, (False, 4)),
        ("dcgan", {"clusters": 4}, False, (False, 4)),
        ("dcgan", {"conditional": True}, False, r"\(--conditional\) .*images has no labels"),
        ("dcgan", {"conditional": True, "clusters": 2}, False, r"\(--conditional\) needs labels"),
        ("tutorial", {}, True, (False, 0)),
        (
            "tutorial",
            {"conditional": True},
            True,
            r"--conditional\) does not work with the recipe",
        ),
        (
            "tutorial",
            {"clusters": 4},
            True,
            r"--clusters\) does not work with the recipe tut",
        ),
        ("needs", {}, True, (True, 0)),
        ("needs", {}, False, "dcgan needs images with labels. images has no labels"),
        ("needs", {"conditional": False}, True, "needs .* labels. --unconditional leaves them out"),
        ("needs", {"clusters": 4}, False, (False, 4)),
    ],
)
def test_labels_are_used_by_default_if_data_and_recipe_have_them(
    recipe, given, has_labels, expected
):
    if recipe == "needs":
        recipe = dataclasses.replace(recipes.get(), conditional=True)
    given = dict(given)
    sizes = {name: given.pop(name) for name in ("num", "channels") if name in given}
    source = make_source(has_labels=has_labels, **sizes)
    config = runs.RunConfig(recipe=recipe, **given)
    if isinstance(expected, tuple):
        assert labels.choose(config, source) == expected
    else:
        with pytest.raises(InvalidArgument, match=expected):
            labels.choose(config, source)


@pytest.mark.parametrize(
    ("recipe", "settings", "expected"),
    [
        (
            "dcgan",
            {"conditional": True},
            r"before \(conditional on 3 classes: 0, 1, 2\) needs labels, and images has no labels. "
            "Leave --from out, or use images with labels",
        ),
        (
            "tutorial",
            {"clusters": 4},
            r"before \(conditional on 9 clusters found in the images\) does not work with the "
            "recipe tutorial",
        ),
    ],
)
def test_what_comes_from_an_earlier_run_is_not_called_an_option(recipe, settings, expected):
    found = {"num_classes": 3} if "conditional" in settings else {"num_clusters": 9}
    earlier = types.SimpleNamespace(path="before", config=runs.RunConfig(data=found, **settings))
    config = runs.RunConfig(recipe=recipe, **settings)
    with pytest.raises(InvalidArgument, match=expected):
        labels.choose(config, make_source(has_labels=False), earlier)


def test_labels_that_are_all_alike_are_none():
    source = data.Source("one", (9, 4, 4, 1), None, "0", lambda: np.ones(9), class_names=NAMES)
    assert labels.choose(runs.RunConfig(), source) == (False, 0)
    with pytest.raises(InvalidArgument, match="needs labels, and one has one class only. Leave"):
        labels.choose(runs.RunConfig(conditional=True), source)


def test_clusters_within_classes_need_images_of_each():
    source = make_source(class_names=NAMES, numbers=np.arange(60) % 2)
    config = runs.RunConfig(clusters=2, conditional=True)
    with pytest.raises(InvalidArgument, match=r"--clusters\) must be 0, .* has none of class owl"):
        labels.find(config, source)
    assert labels.find(dataclasses.replace(config, conditional=False), source).num == 2
    assert labels.find(dataclasses.replace(config, clusters=0), source) is None


@pytest.mark.parametrize("classes", [None, (0, 0, 2)])
def test_clusters_are_kept_and_checked(tmp_path, classes):
    source, path = make_source(), tmp_path / "clusters.npz"
    numbers = (np.arange(60) // 20).astype("int32")
    with pytest.raises(InvalidArgument, match="clusters.npz is missing; .* Restore it, or start"):
        labels.load(path, source)
    labels.save(path, data.Clusters(numbers, classes), source.fingerprint)
    found = labels.load(path, source)
    np.testing.assert_array_equal(found.labels, numbers)
    assert (found.classes, found.labels.dtype) == (classes, "int32")
    for other in (make_source(num=61), make_source(numbers=np.arange(60) // 20)):
        with pytest.raises(InvalidArgument, match="clusters.npz is not of the images of images"):
            labels.load(path, other)
    whole = path.read_bytes()
    for damaged in (b"", whole[:99], whole[:60] + bytes(20) + whole[80:]):
        path.write_bytes(damaged)
        with pytest.raises(InvalidArgument, match="clusters.npz is damaged; it holds the clusters"):
            labels.load(path, source)


@pytest.mark.parametrize(
    ("settings", "found", "text"),
    [
        ({}, {}, None),
        (
            {"conditional": True},
            {"num_classes": 3, "class_names": NAMES},
            "conditional on 3 classes: cat, dog, owl",
        ),
        (
            {"conditional": True},
            {"num_classes": 12, "num_clusters": 30},
            "conditional on 12 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …, and 30 clusters found "
            "within them",
        ),
        (
            {"conditional": False},
            {"num_classes": 3, "num_clusters": 30},
            "conditional on 30 clusters found in the images",
        ),
        (
            {"conditional": True},
            {"num_classes": 2, "class_names": ["big red, one", "owl"]},
            'conditional on 2 classes: "big red, one", owl',
        ),
        ({}, {"num_clusters": 1}, "conditional on 1 cluster found in the images"),
        (
            {"conditional": False},
            {"num_classes": 3},
            "unconditional; the labels of 3 classes are not used",
        ),
    ],
)
def test_a_run_says_what_it_is_conditioned_on(settings, found, text):
    assert labels.describe(runs.RunConfig(**settings, data=found)) == text


def test_rows_and_shares_are_named():
    found = {"num_classes": 3, "class_names": NAMES, "class_shares": [0.25, 0.75, 0]}
    config = runs.RunConfig(data=found)
    some = "; a row for each class of 2 of the 3 classes: cat, dog"
    assert labels.describe_rows(config, [0, 1]) == some
    assert labels.describe_rows(config, [0, 1, 2]) == "; a row for each class: cat, dog, owl"
    assert labels.describe_rows(config, None) == ""
    assert labels.describe_shares(config) == "dog 75.0%, cat 25.0%, owl 0.0%"
    long = dataclasses.replace(config, data={**found, "class_names": [99 * "x", "b", "c"]})
    assert labels.describe_rows(long, [0, 1]).endswith(f"classes: {39 * 'x'}…, b")
    assert f", {39 * 'x'}… 25.0%, " in labels.describe_shares(long)


def test_classes_with_few_images_are_named():
    numbers = np.repeat([0, 1, 2], [40, 19, 1])
    with pytest.warns(UserWarning, match=r"than 20 images in 2 of the 3 classes \(owl, dog\)"):
        labels.warn_of_few(make_source(class_names=NAMES, numbers=numbers))
    with pytest.warns(UserWarning, match=r"than 20 images in all 3 classes \(cat, dog, owl\)"):
        labels.warn_of_few(make_source(num=9, class_names=NAMES))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # A class without any is none of them.
        labels.warn_of_few(make_source(class_names=NAMES, numbers=np.repeat([0, 2], 30)))
