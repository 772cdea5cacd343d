"""Labels from a folder of class folders to an image asked for by label over REST."""

import io
import json
import re
import socket
import subprocess
import sys
import urllib.request

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image
from rich.console import Console

from tfgan_kit import data, latent, models, recipes, runs, runtime
from tfgan_kit.media import to_uint8

LEVELS = {"dark": 30, "grey": 130, "light": 230}
LATENT_DIM = 4


def tiny_conditional(image_shape, latent_dim, num_classes):
    """An embedding beside the noise; a projection discriminator."""
    noise, label = keras.Input((latent_dim,), name="noise"), keras.Input((), dtype="int32")
    beside = layers.Concatenate()([noise, layers.Embedding(num_classes, 8)(label)])
    pixels = layers.Dense(int(np.prod(image_shape)), activation="tanh")(beside)
    generator = keras.Model([noise, label], layers.Reshape(image_shape)(pixels))
    image, label = keras.Input(image_shape), keras.Input((), dtype="int32")
    hidden = layers.Dense(32, activation="relu")(layers.Flatten()(image))
    projection = layers.Dot(1)([hidden, layers.Embedding(num_classes, 32)(label)])
    logits = layers.Add()([layers.Dense(1)(hidden), projection])
    return generator, keras.Model([image, label], logits)


@pytest.fixture
def class_folders(tmp_path):
    rng = np.random.default_rng(0)
    for name, level in LEVELS.items():
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for index in range(20):
            pixels = np.clip(level + rng.normal(0, 8, (16, 16)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "photos"


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.setitem(models._FAMILIES, "tiny_conditional", tiny_conditional)
    monkeypatch.setattr(runs.training, "_plot", lambda run: None)
    return recipes.Recipe(
        name="tiny",
        description="a class-conditional pair for this test",
        reference="none",
        batch_size=4,
        epochs=12,
        learning_rate=5e-3,
        beta_1=0.5,
        model="tiny_conditional",
        latent_dim=LATENT_DIM,
        conditional=True,
        loss="hinge",
    )


@pytest.fixture
def serve(tmp_path):
    """Serves a file by the command line; returns the REST address."""
    pytest.importorskip("kserve")
    processes = []

    def start(path):
        ports = []
        for _ in range(2):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                ports.append(str(probe.getsockname()[1]))
        command = [sys.executable, "-m", "tfgan_kit", "serve", str(path)]
        options = ["--port", ports[0], "--grpc-port", ports[1]]
        with open(tmp_path / "server.log", "w", encoding="utf-8") as log:
            pipes = {"stdout": subprocess.PIPE, "stderr": log}
            processes.append(subprocess.Popen([*command, *options], **pipes, text=True))
        line = processes[0].stdout.readline()
        return re.search(r"REST (http://\S+),", line).group(1)

    yield start
    for process in processes:
        process.terminate()
        process.communicate(timeout=60)


def request(address, noise, labels):
    tensors = [
        {"name": "noise", "datatype": "FP32", "shape": list(noise.shape), "data": noise.tolist()},
        {"name": "labels", "datatype": "INT32", "shape": [len(labels)], "data": labels},
    ]
    body = json.dumps({"inputs": tensors}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{address}/v2/models/generator/infer"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        (output,) = json.load(answer)["outputs"]
    return np.reshape(output["data"], output["shape"])


@pytest.mark.filterwarnings("ignore:Epoch .*mode collapse")
def test_from_class_folders_to_an_image_by_label_over_rest(
    class_folders, recipe, serve, tmp_path, command_line
):
    # The source: names of folders become labels.
    source = data.open_source(class_folders)
    assert source.class_names == list(LEVELS) and source.num_classes == 3

    # The run: data, step, loss, grid and monitors with labels.
    config = runs.RunConfig(source=str(class_folders), recipe=recipe, precision="float32")
    run = runs.start(runs.plan(config), tmp_path / "run", console=Console(file=io.StringIO()))
    assert run.config.data["class_names"] == list(LEVELS)

    # The command line: a class by its name.
    command_line("sample", run.path, "--label", "light", "-n", "9", cwd=tmp_path)
    with Image.open(tmp_path / "grid.png") as grid:
        # The median leaves out the margins.
        assert min(LEVELS, key=lambda name: abs(LEVELS[name] - np.median(grid))) == "light"

    out = command_line("info", run.path, cwd=tmp_path).out
    assert "conditional on 3 classes: dark, grey, light\n" in out
    assert re.search("\nclass shares +dark 33.3%, grey 33.3%, light 33.3%\n", out)

    # The file: it knows its number of classes, and refuses others.
    runs.export_run(run, "tflite", tmp_path / "light.tflite")
    out = command_line("info", tmp_path / "light.tflite", cwd=tmp_path).out
    assert re.search("\nlabels +3 classes: dark, grey, light\n", out)
    exported = runtime.load(tmp_path / "light.tflite")
    assert exported.num_classes == 3
    with pytest.raises(ValueError, match="`labels` must be .* 0 .* 2"):
        exported.generate(1, seed=0, labels=3)

    # The server: one image of each class, the same that the run draws.
    noise, labels = latent.sample(3, LATENT_DIM, seed=0), [0, 1, 2]
    images = request(serve(tmp_path / "light.tflite"), noise, labels)
    drawn = latent.decode(run.load_generator(), noise, np.array(labels))
    np.testing.assert_allclose(images, drawn, atol=1e-5)
    brightness = to_uint8(images).mean(axis=(1, 2, 3))
    # Each is closer to its own class than to any other.
    np.testing.assert_allclose(brightness, list(LEVELS.values()), atol=45)
