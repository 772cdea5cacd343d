"""Samples with features of known distributions, and images."""

import keras
import numpy as np
import pytest

from tfgan_kit.metrics import Features, Samples


@pytest.fixture
def make_samples():
    def make(values, logits=None, name="mine", **more):
        values = np.asarray(values, dtype="float64")
        return Samples(values, Features(values, logits), name, **more)

    return make


@pytest.fixture
def normal(make_samples):
    """Samples of a normal distribution."""

    def make(num, seed, width=4, shift=0.0):
        return make_samples(np.random.default_rng(seed).normal(size=(num, width)) + shift)

    return make


@pytest.fixture
def correlated():
    """Draws from a normal distribution with a mean and a covariance of its own for each seed."""

    def draw(num, width, seed, scale=1.0):
        random = np.random.default_rng(seed)
        mixing = random.normal(size=(width, width)) / np.sqrt(width) + 0.5 * np.eye(width)
        return scale * (random.normal(size=(num, width)) @ mixing + random.normal(size=width))

    return draw


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype="uint8")


@pytest.fixture
def policy():
    """Set a global dtype policy for one test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)
