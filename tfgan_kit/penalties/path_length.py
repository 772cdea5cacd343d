"""StyleGAN2's path length regularization."""

import math

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.penalties.penalty import GeneratorPenalty
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import noise_length, with_labels
from tfgan_kit.utils.validation import check_number

__all__ = ["PathLength"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class PathLength(GeneratorPenalty):
    """`(||J^T y||_2 - a)^2`: a step in the styles changes the image equally much everywhere.

    `J` is the derivative of the image by the styles `w` of all layers, `y` normal noise of the
    image's shape by the square root of its number of pixels, and `a` the running mean of the
    length, which is saved with the GAN. The square of the length is averaged over layers. It
    draws noise of its own, half as much as the batch has images.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 2.
        interval: Positive integer, steps between two computations. Defaults to 4.
        decay: Float in (0, 1], share of each new mean length in the running mean. Defaults to
            0.01.

    Raises:
        InvalidArgument: If an argument is out of range; when compiled, if the generator is not
            style-based.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import models, penalties

    networks = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    gan = tfgan_kit.GAN(*networks)
    gan.compile(penalties=[penalties.R1(interval=16), penalties.PathLength()])
    ```

    Reference: Karras et al., 2020, https://arxiv.org/abs/1912.04958, section 3.2;
    https://github.com/NVlabs/stylegan2.
    """

    initial_state = {"mean_length": 0.0}

    def __init__(self, weight=2.0, interval=4, decay=0.01):
        super().__init__(weight, interval)
        self.decay = check_number("decay", decay, above=0, maximum=1)

    def build(self, generator):
        if not hasattr(generator, "synthesis"):
            raise InvalidArgument(
                "`penalties` can have a PathLength only if the generator is one of models.style. "
                f"Received: generator={generator.name}"
            )
        self._styles, self._synthesis = generator.styles, generator.synthesis
        super().build(generator)

    def __call__(self, critique):
        labels, num = critique.fake_labels, ops.shape(critique.fake_images)[0]
        num = ops.maximum(num // 2, 1)
        noise = _normal((num, noise_length(self._styles)), critique.next_seed())
        # The mean of styles and the random generators are those of the steps without this term.
        with keras.StatelessScope():
            inputs = with_labels(self._styles, noise, None if labels is None else labels[:num])
            styles = self._styles(inputs, training=True)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(styles)
                images = self._synthesis(styles, training=True)
                pixels = math.prod(images.shape[1:-1])
                changes = _normal(ops.shape(images), critique.next_seed()) / math.sqrt(pixels)
                total = ops.sum(images * changes)
            gradients = tape.gradient(total, styles)
        lengths = ops.sqrt(ops.mean(ops.sum(ops.square(gradients), axis=2), axis=1))
        old = ops.convert_to_tensor(self.state["mean_length"])
        mean = old + self.decay * (ops.mean(lengths) - old)
        return ops.square(lengths - mean), {"mean_length": ops.stop_gradient(mean)}


def _normal(shape, seed):
    return tf.random.stateless_normal(shape, seed, alg="philox")
