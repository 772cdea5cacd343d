"""Attributes from a table beside the images to images asked for by some of their values."""

import dataclasses
import io
import json
import re
import shutil

import keras
import numpy as np
import pytest
from conftest import assert_same, state
from keras import layers
from PIL import Image
from rich.console import Console

import tfgan_kit
from tfgan_kit import models, recipes, runs, runtime
from tfgan_kit.layers import AttributeEmbedding

QUANTIZED = ("int8", "int16x8")


def tiny_attributes(image_shape, latent_dim, num_classes=None, attributes=None):
    """An embedding of the attributes beside the noise, and beside the image."""
    noise, label = keras.Input((latent_dim,), name="noise"), keras.Input((), dtype="int32")
    beside = layers.Concatenate()([noise, AttributeEmbedding(attributes.table, 8)(label)])
    pixels = layers.Dense(int(np.prod(image_shape)), activation="tanh")(beside)
    generator = keras.Model([noise, label], layers.Reshape(image_shape)(pixels))
    image, label = keras.Input(image_shape), keras.Input((), dtype="int32")
    hidden = layers.Dense(16, activation="relu")(layers.Flatten()(image))
    projection = layers.Dot(1)([hidden, AttributeEmbedding(attributes.table, 16)(label)])
    logits = layers.Add()([layers.Dense(1)(hidden), projection])
    return generator, keras.Model([image, label], logits)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on dark and light images, of which one half is darker; 5 % not given, 3 % rare."""
    folder, rng = tmp_path_factory.mktemp("attributes"), np.random.default_rng(0)
    (folder / "photos").mkdir()
    rows = ["file,shade,side"]
    for number in range(120):
        shade, side = "light" if number % 30 == 7 else "dark", ["left", "right"][number % 2]
        pixels = rng.normal(200 if shade == "light" else 90, 8, (16, 16))
        pixels[:, :8] -= 60 * (side == "left")
        Image.fromarray(pixels.astype("uint8")).save(folder / "photos" / f"{number}.png")
        rows.append(f"{number}.png,{shade if number % 20 else ''},{side}")
    (folder / "photos" / "attributes.csv").write_text("\n".join(rows))
    recipe = {**vars(recipes.get("dcgan")), "model": "tiny_attributes", "model_arguments": {}}
    recipe |= {"batch_size": 24, "latent_dim": 4, "updates": "simultaneous", "penalties": []}
    settings = {"recipe": recipe, "balance": True, "precision": "float32", "epochs": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(models._FAMILIES, "tiny_attributes", tiny_attributes)
        patch.setattr(runs.training, "_plot", lambda run: None)
        config = runs.RunConfig(source=str(folder / "photos"), **settings)
        with pytest.warns(UserWarning, match="Fewer than 20 images for shade=light: a generator"):
            plan = runs.plan(config)
        yield runs.start(plan, folder / "run", console=Console(file=io.StringIO()))


def test_weights_for_other_attributes_are_refused(trained, tmp_path):
    photos = shutil.copytree(trained.config.source, tmp_path / "photos")
    rows = [f"{number}.png,{number % 3}" for number in range(120)]
    (photos / "attributes.csv").write_text("\n".join(["file,third", *rows]))
    config = dataclasses.replace(
        trained.config, source=str(photos), attributes=None, from_run=str(trained.path)
    )
    message = "conditional on 1 attribute.* third: 0, 1, 2. Both must have attributes with the same"
    with pytest.raises(ValueError, match=message):
        runs.plan(config)


@pytest.mark.slow
def test_a_run_stopped_and_resumed_draws_rare_values_alike(trained, tmp_path):
    config = {**json.loads(trained.config_path.read_text()), "epochs": 1}
    with pytest.warns(UserWarning, match="Fewer than 20"):
        plan = runs.plan(runs.RunConfig(**config))
    half = runs.start(plan, tmp_path / "half", console=Console(file=io.StringIO()))
    whole = runs.resume(half.path, epochs=2, console=Console(file=io.StringIO()))
    assert_same(state(trained.load_gan()), state(whole.load_gan()))
    gan = whole.load_gan()
    # Drawn as in the data, although trained on others.
    np.testing.assert_allclose(gan.class_shares, trained.config.data["class_shares"])
    drawn = gan.attributes.labels(3, {"shade": "light"}, seed=1)
    images = gan.generate(3, seed=1, labels={"shade": "light"})
    np.testing.assert_array_equal(images, gan.generate(3, seed=1, labels=drawn))


@pytest.mark.filterwarnings("default:No training image has")
def test_the_command_line_asks_by_name(trained, command_line, tmp_path):
    def sample(*labels, **options):
        asked = [text for label in labels for text in ("--label", label)]
        return command_line("sample", trained.path, *asked, cwd=tmp_path, **options)

    assert sample("shade=dark", "side=left").out == (
        "Wrote 64 images of shade=dark and side=left to grid.png\n"
    )
    assert "Wrote 16 images of side=left, side=right to" in sample("side=left", "side=right").out
    assert 'Wrote 64 images of "shade=dark, side=left" to' in sample("shade=dark, side=left").out
    caught = sample("shade=light", "side=left")
    assert "No training image has shade=light and side=left, so these" in caught.err
    assert "did you mean 'shade=dark'" in sample("shad=dark", code=2).err
    assert "must be one of shade=dark, shade=light." in sample("shade=grey", code=2).err
    info = command_line("info", trained.path, cwd=tmp_path).out
    named = "2 attributes, rare values drawn more often: shade: dark, light; side: left, right"
    assert f"conditional on {named}\n" in info
    assert re.search("shares +shade: dark 91.7%, light 3.3%, not given 5.0%; side: left 50", info)
    for options, said in (
        (["--unconditional"], "unconditional; 2 attributes not used (shade: dark, light; side"),
        (["--attributes", "attributes.csv:side"], "conditional on 1 attribute: side: left, right"),
    ):
        photos = trained.path.parent / "photos"
        options = ["--dry-run", "--image-size", "16", "--clusters", "0", *options]
        assert said in command_line("train", photos, *options, cwd=tmp_path).out
    for options, said in (
        (["--unconditional", "--balance"], "--balance) needs networks that take the attributes"),
        (["--clusters", "2"], "--clusters) must be 0 for images with attributes"),
    ):
        assert said in command_line("train", photos, *options, cwd=tmp_path, code=2).err


@pytest.mark.parametrize(
    "quantize", ["none", *(pytest.param(each, marks=pytest.mark.slow) for each in QUANTIZED)]
)
def test_exported_files_take_the_same_requests(trained, quantize, command_line, tmp_path):
    path = tmp_path / "made.tflite"
    found = runs.export_run(trained, "tflite", path, quantize=quantize, judged=False)
    assert found.max_error < (1e-4 if quantize == "none" else 0.2)
    drawn = runtime.load(path)
    shares = trained.config.data["class_shares"]
    assert drawn.num_classes == 4 and drawn.class_shares == pytest.approx(shares)
    out = command_line("sample", path, "--label", "side=left", cwd=tmp_path).out
    assert out == "Wrote 64 images of side=left to grid.png\n"
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "shade: dark 91.7%, light 3.3%, not given 5.0%; side: left 50.0%, right" in card


def test_runs_of_earlier_versions_have_no_attributes(trained, tmp_path):
    values = json.loads(trained.config_path.read_text())
    del values["attributes"], values["balance"]
    (tmp_path / "config.json").write_text(json.dumps(values))
    config = runs.RunConfig.load(tmp_path / "config.json")
    assert (config.attributes, config.balance) == ("none", False)
    assert config.open_source().attributes is None


def test_a_saved_gan_trains_on_with_a_weight_for_each_attribute(tmp_path):
    attributes, labels = tfgan_kit.data.Attributes.of(
        {"hair": ["black", "red", None, "red"], "smile": ["yes", "no", "no", None]}
    )
    networks = models.dcgan(
        (16, 16, 1), latent_dim=4, width=2, attributes=attributes, conditioning="acgan"
    )
    gan = tfgan_kit.GAN(*networks, attributes=attributes, seed=0)
    term = tfgan_kit.penalties.AuxiliaryClassifier(attribute_weights={"hair": 2.0})
    gan.compile(penalties=[term], run_eagerly=True)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loaded.attributes.get_config() == attributes.get_config()
    assert loaded.penalties[0].attribute_weights == {"hair": 2.0}
    images = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    for each in (gan, loaded):
        each.fit(images, labels, batch_size=4, verbose=0)
    assert_same(state(gan), state(loaded))
