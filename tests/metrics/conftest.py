"""Samples with features of known distributions."""

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
