"""A folder that others read, that is taken up where it stopped, and a check without a leak."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from small_generators import save_plain_run, save_style_run

from tfgan_kit import data, evaluation, media, runs
from tfgan_kit.data.readers.tfds import import_tfds
from tfgan_kit.runs import drawing, synthesis
from tfgan_kit.utils.errors import InvalidArgument


class Judge:
    """Names an image by whether its left half is darker; refuses a part of the images."""

    accuracy, fingerprint = 0.9, "ab"

    def predict(self, images):
        return (images[..., :8, :].mean((1, 2, 3)) < images[..., 8:, :].mean((1, 2, 3))).astype(int)


@pytest.fixture
def judged(monkeypatch):
    monkeypatch.setattr(drawing, "get_extractor", lambda *arguments: Judge())


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return save_plain_run(tmp_path_factory.mktemp("plain") / "run")


def contents(folder):
    return {each.relative_to(folder): each.read_bytes() for each in sorted(folder.rglob("*.*"))}


def test_a_folder_that_this_kit_and_tfds_read(conditional_run, judged, tmp_path, quiet):
    out = tmp_path / "out"
    options = {"cache_dir": tmp_path / "cache", "console": quiet}
    found = runs.synthesize(conditional_run.path, out, 31, balance=True, **options)
    assert json.loads((out / "synthesis.json").read_text()) == found
    assert found["kept"] == {"0": 16, "1": 15} and found["complete"]
    assert found["filters"].keys() == {"discriminator", "agreement", "novelty"}
    refused = sum(each["refused"] for each in found["filters"].values())
    assert found["drawn"] - refused == sum(found["state"]["passed"]) >= 31
    assert found["filters"]["novelty"]["training_images"] == 240
    source = data.open_source(out)
    assert len(source) == 31 and np.bincount(source.labels).tolist() == [16, 15]
    images = source.read(range(31))
    assert (Judge().predict(images) == source.labels).all()
    builder = import_tfds().ImageFolder(str(out))
    assert builder.info.features["label"].names == ["0", "1"]
    examples = list(builder.as_dataset(split="train").as_numpy_iterator())
    read = {(int(each["label"]), each["image"][..., :1].tobytes()) for each in examples}
    pairs = zip(source.labels, images, strict=True)
    assert read == {(int(label), image.tobytes()) for label, image in pairs}
    with pytest.raises(InvalidArgument, match="has all images of an earlier call"):
        runs.synthesize(conditional_run.path, out, 31, balance=True, **options)


def test_it_goes_on_where_it_was_stopped(conditional_run, judged, tmp_path, quiet, monkeypatch):
    options = {"novelty": False, "cache_dir": tmp_path, "console": quiet, "seed": 3}
    monkeypatch.setattr(drawing, "_ROUND", 32)
    runs.synthesize(conditional_run.path, tmp_path / "whole", 60, **options)
    save, left = Image.Image.save, [45]

    def stop(self, file, **settings):
        left[0] -= 1
        if not left[0]:
            file.write_bytes(b"half of")
            raise KeyboardInterrupt
        save(self, file, **settings)

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            runs.synthesize(conditional_run.path, out, 60, **options)
    files = list(out.rglob("*"))
    assert len([each for each in files if each.suffix == ".png"]) == 44
    assert not [each for each in files if each.name.startswith(".")]
    assert not json.loads((out / "synthesis.json").read_text())["complete"]
    message = "made with other settings.* `num` was 60. Received: num=61"
    with pytest.raises(InvalidArgument, match=message):
        runs.synthesize(conditional_run.path, out, 61, **options)
    with pytest.raises(InvalidArgument, match="`filters` was .*'agreement'"):
        monkeypatch.setattr(drawing, "get_extractor", refuse)
        with pytest.warns(UserWarning, match="not applied: agreement. no labels"):
            runs.synthesize(conditional_run.path, out, 60, **options)
    monkeypatch.setattr(drawing, "get_extractor", lambda *arguments: Judge())
    runs.synthesize(conditional_run.path, out, 60, **options)
    assert contents(out) == contents(tmp_path / "whole")


def refuse(*arguments):
    raise InvalidArgument("no labels")


def test_an_unconditional_run_and_what_it_lacks(plain, tmp_path, quiet):
    with pytest.warns(UserWarning) as seen:
        found = runs.synthesize(plain, tmp_path / "out", 5, console=quiet)
    texts = [str(each.message) for each in seen]
    reasons = [
        ("discriminator", "has no trained model yet; train it with --resume"),
        ("agreement, novelty", "digits has changed since .* was trained on it: None images then"),
    ]
    assert len(texts) == 2
    for text, (names, why) in zip(texts, reasons, strict=True):
        assert re.match(rf"Filters that are not applied: {names}\. .*{why}", text)
    assert found["left_out"].keys() == {"discriminator", "agreement", "novelty"}
    assert found["kept"] == {"image": 5} and found["drawn"] >= 5
    assert data.open_source(tmp_path / "out").image_shape == (16, 16, 3)


def test_attributes_are_a_table(tmp_path, quiet):
    path, out = save_style_run(tmp_path / "run"), tmp_path / "out"
    options = {"keep": 1, "agreement": False, "novelty": False, "console": quiet}
    found = runs.synthesize(path, out, 8, balance=True, **options)
    # The third combination has no training images.
    assert found["kept"] == {"hair=black, smile=no": 4, "hair=black, smile=yes": 4}
    table = (out / "train" / "attributes.csv").read_text().splitlines()
    assert table[0] == "file,hair,smile" and len(table) == 9
    assert table[5] == '"hair=black, smile=yes/000001.png",black,yes'
    asked, label = tmp_path / "asked", ["2", "hair=black, smile=no"]
    found = runs.synthesize(path, asked, 6, label=label, **options)
    assert found["kept"] == {"hair=black, smile=no": 3, "hair=fair, smile=no": 3}
    # Of a file alone, the number of classes is not known.
    shutil.copy(path / "generator.keras", tmp_path / "alone.keras")
    found = runs.synthesize(tmp_path / "alone.keras", tmp_path / "1", 2, label=[1], **options)
    assert found["kept"] == {"1": 2} and found["classes"] == ["0", "1"]
    with pytest.raises(InvalidArgument, match="`label` .* must be given, since .* does not say"):
        runs.synthesize(tmp_path / "alone.keras", tmp_path / "2", 2, **options)
    source = data.open_source(asked, attributes=f"{asked}/train/attributes.csv:hair")
    assert source.attributes.counts(source.labels) == {"hair": {"black": 3, "fair": 3}}


@pytest.mark.parametrize(
    "options, message",
    [
        ({"balance": True}, r"`balance` \(--balance\) needs a generator that takes labels"),
        ({"label": ["1"]}, "`label` only works with generators that take labels"),
        ({"num": 10**7}, "`num` must be an integer from 1 to 1000000. Received: num=10000000"),
        ({"keep": 0}, r"`keep` must be a number in \(0, 1\]. Received: keep=0"),
        ({"out": "there"}, "there exists and is not an empty folder. Choose another folder"),
        ({"out": "damaged"}, "synthesis.json is damaged. Choose another folder"),
    ],
)
def test_refusals_leave_everything_as_it_was(plain, tmp_path, quiet, options, message):
    for name, file in (("there", "a.txt"), ("damaged", "synthesis.json")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("{")
    out = tmp_path / options.get("out", "out")
    before = contents(tmp_path)
    with pytest.raises(InvalidArgument, match=message):
        runs.synthesize(plain, **{"console": quiet, "num": 5, **options, "out": out})
    assert contents(tmp_path) == before and (out.exists() or "out" not in options)


def test_balance_and_label_exclude_each_other(conditional_run, tmp_path, quiet):
    with pytest.raises(InvalidArgument, match="`balance` .* must be left out with `label`"):
        runs.synthesize(conditional_run.path, tmp_path / "out", 4, True, "1", console=quiet)


@pytest.mark.parametrize(
    "names, num, expected",
    [
        (None, None, ["image"]),
        (None, 11, [f"{number:02}" for number in range(11)]),
        (["cat", "dog"], 2, ["cat", "dog"]),
        (["a/b", " .c:d "], 2, ["a_b", "c_d"]),
        (["car", "Train"], 2, ["0 car", "1 Train"]),
        (["a/b", "a:b"], 2, ["0 a_b", "1 a_b"]),
        (["..", "x" * 300], 2, ["0", "1 " + 60 * "x"]),
    ],
)
def test_folders_of_classes(names, num, expected):
    assert synthesis._folders(names, num) == expected


@pytest.fixture
def trained_with(monkeypatch):
    """What `train_with` is called with; synthetic images help a little."""
    calls = []

    def train(real, synthetic, test, seed, steps, advance):
        calls.append(SimpleNamespace(real=real, synthetic=synthetic, test=test, seed=seed))
        advance(4 * steps)
        return {"real": 0.5, "classic": 0.6, "synthetic": 0.7, "both": 0.61 + 0.01 * (seed % 2)}

    monkeypatch.setattr(evaluation, "train_with", train)
    return calls


def squares(num, seed):
    """Images like those of `shapes_file`, and their labels."""
    images = np.random.default_rng(seed).integers(0, 60, (num, 16, 16), "uint8")
    labels = np.arange(num) % 2
    for image, label in zip(images, labels, strict=True):
        image[4:10, 2 + 8 * label :][:, :5] += 180
    return images, labels


def test_the_check_tests_each_seed_on_its_own_new_images(
    conditional_run, judged, trained_with, shapes_file, tmp_path, quiet
):
    images, labels = squares(130, 1)
    with np.load(shapes_file) as file:
        images[:20], labels[:20] = file["images"][:20], file["labels"][:20]
    np.savez(tmp_path / "other.npz", images=images, labels=labels)
    options = {"num": 12, "seeds": 3, "steps": 5, "cache_dir": tmp_path, "console": quiet}
    with pytest.warns(UserWarning, match="20 of the 130 images of .* are training images"):
        found = runs.check_synthesis(conditional_run.path, tmp_path / "other.npz", **options)
    assert (
        found.verdict() == "makes no difference" and found.verdict("synthetic", "real") == "helps"
    )
    assert found.accuracies["both"] == [0.61, 0.62, 0.61]
    assert [each.seed for each in trained_with] == [0, 1, 2]
    tested = np.concatenate([each.test[0] for each in trained_with])
    assert {each.tobytes() for each in tested} == {each.tobytes() for each in images[20:]}
    assert len(tested) == 110
    assert len(trained_with[0].real[0]) == 240 and len(trained_with[0].synthetic[0]) == 12
    given = np.concatenate([each.test[1] for each in trained_with])
    np.testing.assert_array_equal(Judge().predict(tested), given)


def test_the_check_finds_the_split_test(conditional_run, judged, trained_with, tmp_path, quiet):
    """A run that was trained on train/ is tested on test/, whose classes may be numbered anew."""
    for split, (images, labels) in {"train": squares(60, 0), "test": squares(110, 1)}.items():
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            path = tmp_path / "data" / split / "ab"[label] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            media.write_image(path, image[..., None])
    path = shutil.copytree(conditional_run.path, tmp_path / "run")
    config = json.loads((path / "config.json").read_text())
    config["source"] = str(tmp_path / "data")
    source = data.open_source(config["source"])
    config["data"] |= {"fingerprint": source.fingerprint, "class_names": ["a", "b"]}
    (path / "config.json").write_text(json.dumps(config))
    options = {"num": 4, "seeds": 2, "keep": 1, "novelty": False, "console": quiet}
    runs.check_synthesis(path, **options)
    assert sum(len(each.test[1]) for each in trained_with) == 110
    shutil.rmtree(tmp_path / "data" / "test" / "b")
    with pytest.raises(InvalidArgument, match="at least 100 images .* Received: 55 in|no labels"):
        runs.check_synthesis(path, **options)


def test_the_check_refuses_what_would_leak_or_has_no_labels(
    conditional_run, plain, first_export, tmp_path, quiet
):
    with pytest.raises(InvalidArgument, match=r"`held_out` \(--data\) must be given: images"):
        runs.check_synthesis(conditional_run.path, console=quiet)
    with pytest.raises(InvalidArgument, match="takes no labels, and a classifier"):
        path = shutil.copytree(plain, tmp_path / "plain")
        config = json.loads((path / "config.json").read_text())
        config["data"] = {"fingerprint": data.open_source("digits").fingerprint}
        (path / "config.json").write_text(json.dumps(config))
        runs.check_synthesis(path, console=quiet)
    with pytest.raises(InvalidArgument, match="is an exported file, without a discriminator"):
        runs.check_synthesis(first_export[1], console=quiet)


@pytest.fixture(autouse=True)
def few_traces(monkeypatch):
    """A discriminator is called once or twice in these tests."""
    monkeypatch.setattr(tf, "function", lambda call=None, **options: call or (lambda each: each))
