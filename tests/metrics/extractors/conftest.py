"""Images, and a dtype policy for one test."""

import keras
import numpy as np
import pytest


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype="uint8")


@pytest.fixture
def policy():
    """Set a global dtype policy for one test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)
