"""A conditional recipe, a run of it, and a quiet console."""

import dataclasses
import io

import keras
import pytest
from keras import layers
from rich.console import Console

from tfgan_kit import models, recipes, runs
from tfgan_kit.runs import training


@pytest.fixture
def quiet():
    return Console(file=io.StringIO())


def build_conditional(image_shape, latent_dim, num_classes):
    """Small networks of noise and labels."""
    noise, labels = keras.Input((latent_dim,)), keras.Input((), dtype="int32")
    x = layers.Concatenate()([noise, layers.Embedding(num_classes, 3)(labels)])
    x = layers.Reshape(image_shape)(layers.Dense(256, activation="tanh")(x))
    generator = keras.Model([noise, labels], x)
    images, labels = keras.Input(image_shape), keras.Input((), dtype="int32")
    x = [layers.Flatten()(images), layers.Embedding(num_classes, 256)(labels)]
    outputs = layers.Dense(1)(layers.Concatenate()(x))
    return generator, keras.Model([images, labels], outputs)


def register(patch):
    patch.setitem(models._FAMILIES, "conditional", build_conditional)
    changes = {"model": "conditional", "model_arguments": {}, "latent_dim": 4, "conditional": True}
    return dataclasses.replace(recipes.get("dcgan"), **changes)


@pytest.fixture
def conditional(monkeypatch):
    """A conditional recipe."""
    return register(monkeypatch)


@pytest.fixture(scope="session")
def conditional_run(shapes_file, tmp_path_factory):
    """A conditional run of one epoch."""
    path, console = tmp_path_factory.mktemp("run") / "conditional", Console(file=io.StringIO())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_plot", lambda run: None)
        settings = {"recipe": register(patch), "epochs": 1, "precision": "float32"}
        config = runs.RunConfig(source=str(shapes_file), **settings)
        return runs.start(runs.plan(config), path, console=console)
