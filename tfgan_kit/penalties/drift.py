"""`Drift`: keeps the logits of real images near 0."""

import keras
from keras import ops

from tfgan_kit.penalties.penalty import DiscriminatorPenalty

__all__ = ["Drift"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Drift(DiscriminatorPenalty):
    """`D(x)^2` of real images: a Wasserstein loss does not change when all logits shift.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 0.001.
        interval: Positive integer, steps between two computations. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.WGANGP(), penalties.Drift(0.001)])
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, appendix A.1.
    """

    def __init__(self, weight=0.001, interval=1):
        super().__init__(weight, interval)

    def __call__(self, critique):
        # `real_images` raises the error where there are none.
        num = ops.shape(critique.real_images)[0]
        return ops.sum(ops.square(ops.reshape(critique.real_logits, (num, -1))), axis=1)
