"""A conditional recipe, a run of it, and a quiet console."""

import dataclasses
import io

import keras
import pytest
from keras import layers
from rich.console import Console

from tfgan_kit import models, recipes, runs


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


@pytest.fixture
def conditional(monkeypatch):
    """A conditional recipe."""
    monkeypatch.setitem(models._FAMILIES, "conditional", build_conditional)
    changes = {"model": "conditional", "model_arguments": {}, "latent_dim": 4, "conditional": True}
    return dataclasses.replace(recipes.get("dcgan"), **changes)


@pytest.fixture
def conditional_run(conditional, shapes_file, tmp_path, quiet):
    """A conditional run of one epoch."""
    config = runs.RunConfig(
        source=str(shapes_file), recipe=conditional, epochs=1, precision="float32"
    )
    return runs.start(runs.plan(config), tmp_path / "conditional", console=quiet)
