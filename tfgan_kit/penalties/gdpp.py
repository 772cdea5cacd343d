"""`GDPP`: fakes as diverse as real images in the discriminator's features."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.penalties.penalty import GeneratorPenalty
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["GDPP"]

_MAGNITUDE_WEIGHT = 1e-4
# Eigenvalues closer than this count as equal: eigenvectors of equal eigenvalues have no
# derivative, those of nearly equal ones a huge one.
_SMALLEST_GAP = 1e-3


@keras.saving.register_keras_serializable(package="tfgan_kit")
class GDPP(GeneratorPenalty):
    """Makes a batch of fakes as diverse as one of real images, against mode collapse.

    `S = F F^T` is the kernel of a batch, where the rows of `F` are the inputs of the
    discriminator's last layer, scaled to length 1. With the eigenvalues `l_i` and
    eigenvectors `v_i` of both kernels, it is
    `1e-4 mean_i (l_i(real) - l_i(fake))^2 - sum_i w_i |cos(v_i(real), v_i(fake))|`,
    where `w_i` are the real eigenvalues, scaled to [0, 1].

    This is the authors' code except for the absolute value: the sign of an eigenvector is
    arbitrary. Only the fakes get a gradient. Every example of the batch (on several
    replicas, of each replica's part) gets the one value of the batch.

    The discriminator has to be a `keras.Sequential` or a functional model.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 1.
        interval: Positive integer, steps between two computations. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is out of range; when called, if real and fake
            batches differ in size.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.GDPP(weight=1.0)])
    ```

    Reference: Elfeki et al., 2019, https://arxiv.org/abs/1812.00068;
    https://github.com/M-Elfeki/GDPP.
    """

    uses_real = True

    def __init__(self, weight=1.0, interval=1):
        super().__init__(weight, interval)

    def __call__(self, critique):
        real, fake = critique.real_images, critique.fake_images
        if not real.shape[:1].is_compatible_with(fake.shape[:1]):
            raise InvalidArgument(
                "`real_images` and `fake_images` must be batches of one size, since their "
                f"eigenvalues are compared. Received: {real.shape[0]} real and "
                f"{fake.shape[0]} fake images"
            )
        real_values, real_vectors = _decompose(
            ops.stop_gradient(critique.features(real, critique.real_labels))
        )
        fake_values, fake_vectors = _decompose(critique.features(fake, critique.fake_labels))
        magnitude = ops.mean(ops.square(real_values - fake_values))
        cosines = ops.sum(real_vectors * fake_vectors, axis=0)
        structure = -ops.sum(_scaled_to_one(real_values) * ops.abs(cosines))
        value = _MAGNITUDE_WEIGHT * magnitude + structure
        return tf.fill(tf.shape(fake)[:1], value)


def _decompose(features):
    """Eigenvalues, smallest first, and eigenvectors of a batch's kernel."""
    features = ops.reshape(features, (ops.shape(features)[0], -1))
    features = tf.math.l2_normalize(features, axis=1)
    kernel = tf.matmul(features, features, transpose_b=True)
    # The solver raises an error at NaN. That is for whoever guards the training to see.
    is_finite = ops.all(ops.isfinite(kernel))
    unit = tf.eye(tf.shape(kernel)[0], dtype=kernel.dtype)
    values, vectors = _eigh(ops.where(is_finite, kernel, unit))
    return ops.where(is_finite, values, float("nan")), vectors


@tf.custom_gradient
def _eigh(matrix):
    values, vectors = tf.linalg.eigh(matrix)

    def gradient(values_gradient, vectors_gradient):
        gaps = values[None, :] - values[:, None]
        inverse_gaps = gaps / (gaps**2 + _SMALLEST_GAP**2)
        inner = tf.linalg.diag(values_gradient) + inverse_gaps * tf.matmul(
            vectors, vectors_gradient, transpose_a=True
        )
        outer = tf.matmul(vectors, tf.matmul(inner, vectors, transpose_b=True))
        return (outer + tf.transpose(outer)) / 2

    return (values, vectors), gradient


def _scaled_to_one(values):
    span = ops.max(values) - ops.min(values)
    return (values - ops.min(values)) / ops.where(ops.equal(span, 0), 1.0, span)
