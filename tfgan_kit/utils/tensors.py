"""Tensors in a dtype that can be computed with."""

import keras
from keras import ops

__all__ = ["at_least_float32"]


def at_least_float32(x):
    """Half precision and integers as float32, wider floats unchanged."""
    x = ops.convert_to_tensor(x)
    return ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
