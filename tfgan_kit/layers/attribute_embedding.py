"""An embedding of labels that stand for several attributes."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument


@keras.saving.register_keras_serializable(package="tfgan_kit")
class AttributeEmbedding(keras.layers.Layer):
    """The sum of one embedding for each attribute of a label.

    It is divided by the square root of the number of attributes, so that it varies as much as the
    embedding of one label. A value that is not given adds nothing, and its image does not train
    the embeddings of that attribute.

    Args:
        table: Integer array `(num_labels, num_attributes)`, the number of each value; -1 if it is
            not given. See `tfgan_kit.data.Attributes`.
        output_dim: Positive integer, length of an embedding.
        embeddings_initializer: As for `keras.layers.Embedding`. Defaults to `"uniform"`.
        **kwargs: As for `keras.layers.Layer`.

    Input: Integer tensor `(batch,)` of labels.

    Output: Float tensor `(batch, output_dim)`.

    Raises:
        InvalidArgument: If `table` has another shape.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import AttributeEmbedding

    embedding = AttributeEmbedding([[0, 0], [0, 1], [1, 0], [1, 1], [0, -1]], output_dim=3)
    embedding(np.array([1, 4])).shape  # (2, 3)
    ```
    """

    def __init__(self, table, output_dim, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        rows = np.asarray(table, "int32")
        if rows.ndim != 2 or not rows.size:
            raise InvalidArgument(
                "`table` must be integers of shape (num_labels, num_attributes). "
                f"Received: shape {rows.shape}"
            )
        self.table = rows.tolist()
        self.output_dim = int(output_dim)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        sizes = rows.max(axis=0) + 1
        # Where each value has its embedding; -1 is in no column.
        places = np.where(rows < 0, -1, rows + np.cumsum(sizes) - sizes)
        given = (places[..., None] == np.arange(sizes.sum())).any(axis=1)
        self._given = (given / math.sqrt(rows.shape[1])).astype("float32")

    @property
    def input_dim(self):
        """Integer, number of labels, as of `keras.layers.Embedding`."""
        return len(self.table)

    def build(self, input_shape):
        """Make the embeddings of all values, one attribute after the other."""
        self.embeddings = self.add_weight(
            shape=(self._given.shape[1], self.output_dim),
            initializer=self.embeddings_initializer,
            name="embeddings",
        )

    def call(self, labels):
        given = tf.gather(self._given, ops.cast(labels, "int32"))
        return ops.matmul(ops.cast(given, self.compute_dtype), self.embeddings)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "table": self.table,
            "output_dim": self.output_dim,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
        }
