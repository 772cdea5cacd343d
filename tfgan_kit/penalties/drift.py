"""`Drift`: keeps logits near 0 where the loss does not care."""

import keras
from keras import ops

from tfgan_kit.penalties.penalty import DiscriminatorPenalty

__all__ = ["Drift"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Drift(DiscriminatorPenalty):
    """`D(x)^2` of real images: Wasserstein logits, which may all move together, stay near 0.

    Args:
        weight: Float, 0 or more, or a Keras learning-rate schedule of the GAN's
            step. Defaults to 0.001.
        interval: Integer, 1 or more, compute it in every so many steps, see
            `Penalty`. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is not of that kind.

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
        # Through `real_images`, which says so where there are none.
        num = ops.shape(critique.real_images)[0]
        return ops.sum(ops.square(ops.reshape(critique.real_logits, (num, -1))), axis=1)
