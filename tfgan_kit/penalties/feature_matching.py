"""`FeatureMatching`: fakes whose mean features are those of real images."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.penalties.penalty import GeneratorPenalty

__all__ = ["FeatureMatching"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class FeatureMatching(GeneratorPenalty):
    """`||E f(x) - E f(G(z))||^2`, where `f` is the input of the discriminator's last layer.

    The square is summed over all features. Only the fakes get a gradient. Every example of the
    batch (on several replicas, of each replica's part) gets the one value of the batch.

    The discriminator has to be a `keras.Sequential` or a functional model.

    Args:
        weight: Non-negative float or Keras schedule. In the paper it is the generator's only
            loss. Defaults to 1.
        interval: Positive integer, steps between two computations. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.FeatureMatching(weight=0.1)])
    ```

    Reference: Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 3.1.
    """

    uses_real = True

    def __call__(self, critique):
        real = critique.features(critique.real_images, critique.real_labels)
        fake = critique.features(critique.fake_images, critique.fake_labels)
        difference = ops.stop_gradient(ops.mean(real, axis=0)) - ops.mean(fake, axis=0)
        return tf.fill(tf.shape(fake)[:1], ops.sum(ops.square(difference)))
