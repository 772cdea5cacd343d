"""SavedModels of other tools."""

import pytest
import tensorflow as tf


@pytest.fixture
def save():
    def write(path, function, *specs, signature="serving_default"):
        module = tf.Module()
        module.serve = tf.function(function, input_signature=specs)
        tf.saved_model.save(module, str(path), signatures={signature: module.serve})

    return write
