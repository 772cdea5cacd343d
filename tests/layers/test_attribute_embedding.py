"""The embedding of several attributes against NumPy; what is not given is not trained."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.layers import AttributeEmbedding

TABLE = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [-1, 2], [1, -1], [-1, -1]]
LABELS = np.array([5, 6, 7, 8, 0], "int32")


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-6), ("mixed_bfloat16", 1e-2)])
def test_it_is_the_sum_over_the_attributes_that_are_given(dtype, tolerance):
    layer = AttributeEmbedding(TABLE, 4, embeddings_initializer="ones", dtype=dtype)
    layer.build((None,))
    weights = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    layer.set_weights([weights])
    hair, smile = weights[:2], weights[2:]
    expected = [hair[1] + smile[2], smile[2], hair[1], np.zeros(4), hair[0] + smile[0]]
    found = layer(LABELS)
    assert found.dtype == keras.DTypePolicy(dtype).compute_dtype
    np.testing.assert_allclose(
        tf.cast(found, "float32"), np.array(expected) / np.sqrt(2), atol=tolerance
    )
    assert layer.input_dim == 9


def test_what_is_not_given_gets_no_gradient():
    layer = AttributeEmbedding(TABLE, 4)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(LABELS[1:4]) ** 2)
    gradient = tape.gradient(loss, layer.embeddings).numpy()
    assert gradient.any(axis=1).tolist() == [False, True, False, False, True]


def test_saved_and_refused(tmp_path):
    inputs = keras.Input((), dtype="int32")
    model = keras.Model(inputs, AttributeEmbedding(TABLE, 4)(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(LABELS), loaded(LABELS))
    with pytest.raises(ValueError, match=r"`table` must be integers .* Received: shape \(2,\)"):
        AttributeEmbedding([0, 1], 4)
