"""Choose a cluster with one number of the noise."""

import statistics

import keras
import numpy as np
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

# No normal number is larger.
_NEVER = 10.0


@keras.saving.register_keras_serializable(package="tfgan_kit")
class DrawCluster(keras.layers.Layer):
    """Choose a cluster by its share with a standard normal number, within a class if asked.

    A generator that was trained on clusters thus becomes a function of noise alone, one number
    longer: the last number, compared with the quantiles of the normal distribution at the
    cumulated shares, says which cluster the image is of.

    Args:
        shares: Sequence of positive floats, one for each cluster, relative to each other.
        classes: Sequence of integers, the class of each cluster; every class from 0 has one.
            Defaults to None: no classes.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, latent_dim + 1)` of standard normal numbers; with `classes` a list
    of it and an integer tensor `(batch,)` of class numbers.

    Output: A list of the noise `(batch, latent_dim)` and an int32 tensor `(batch,)` of clusters.

    Raises:
        InvalidArgument: If the shares are not positive, or a class has no cluster.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import DrawCluster

    noise = np.array([[7.0, -1.0], [8.0, 0.1], [9.0, 3.0]], "float32")
    DrawCluster([0.5, 0.3, 0.2])(noise)  # [[7.0], [8.0], [9.0]] and [0, 1, 2]
    ```
    """

    def __init__(self, shares, classes=None, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.shares = [float(share) for share in shares]
        self.classes = None if classes is None else [int(each) for each in classes]
        self._limits, self._clusters = self._tables()

    def _tables(self):
        """For each class, the limits between its clusters, and the clusters' numbers."""
        shares = np.asarray(self.shares)
        classes = np.zeros(len(shares), int) if self.classes is None else np.asarray(self.classes)
        if not len(shares) or classes.shape != shares.shape or not (shares > 0).all():
            raise InvalidArgument(
                "`shares` must be positive numbers, one for each cluster, and `classes` as many. "
                f"Received: shares={self.shares}, classes={self.classes}"
            )
        counts = np.bincount(classes)
        if not counts.all():
            raise InvalidArgument(
                "`classes` must have each class from 0 at least once. "
                f"Received: none of class {int(counts.argmin())}"
            )
        limits = np.full((len(counts), counts.max() - 1), _NEVER, "float32")
        clusters = np.zeros((len(counts), counts.max()), "int32")
        for label, count in enumerate(counts):
            members = np.flatnonzero(classes == label)
            below = np.cumsum(shares[members])[:-1] / shares[members].sum()
            limits[label, : count - 1] = [statistics.NormalDist().inv_cdf(each) for each in below]
            clusters[label, :count] = members
        return limits, clusters.reshape(-1)

    def call(self, inputs):
        noise, limits, first = inputs, self._limits[0], 0
        if self.classes is not None:
            noise, labels = inputs
            labels = ops.cast(labels, "int32")
            limits = ops.take(ops.convert_to_tensor(self._limits), labels, axis=0)
            first = labels * (self._limits.shape[1] + 1)
        above = ops.sum(ops.cast(noise[:, -1:] >= limits, "int32"), axis=-1)
        return [noise[:, :-1], ops.take(ops.convert_to_tensor(self._clusters), first + above)]

    def compute_output_spec(self, inputs):
        noise = inputs if self.classes is None else inputs[0]
        batch, latent_dim = noise.shape
        return [
            keras.KerasTensor((batch, latent_dim - 1), noise.dtype),
            keras.KerasTensor((batch,), "int32"),
        ]

    def get_config(self):
        return {**super().get_config(), "shares": self.shares, "classes": self.classes}
