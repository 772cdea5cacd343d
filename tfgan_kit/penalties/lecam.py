"""`LeCam`: holds logits near moving averages of the other side's, for little data."""

import keras
from keras import ops

from tfgan_kit.penalties.penalty import DiscriminatorPenalty
from tfgan_kit.utils.validation import check_number

__all__ = ["LeCam"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class LeCam(DiscriminatorPenalty):
    """`max(0, D(x) - a_fake)^2 + max(0, a_real - D(G(z)))^2`, against overfitting of few images.

    `a_real` and `a_fake` are moving averages of the logits of real and of fake images. They
    include the current batch, are corrected for their start at 0 as in Adam, and get no gradient.
    With several replicas, a replica's own part of the batch stands for the batch in its values;
    the averages that are kept are those of all parts. This is the authors' code; the paper's
    equation has no maximum. A lazy term updates them in its own steps only.

    It is made for losses of either side's logits: relativistic ones see only differences of both.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 0.3, the authors' for CIFAR
            and the hinge loss; 0.01 for ImageNet, 3e-7 for StyleGAN2. Their BigGAN starts at
            step 1000: `PiecewiseConstantDecay([1000], [0.0, 0.3])`.
        decay: Float in [0, 1), share of the old average that an update keeps. Defaults to 0.99.
        interval: Positive integer, steps between two computations. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(loss="hinge", penalties=[penalties.LeCam(weight=0.3)])
    ```

    Reference: Tseng et al., 2021, https://arxiv.org/abs/2104.03310, section 3.2;
    https://github.com/google/lecam-gan.
    """

    # `correction` is 1 - decay^n after n updates.
    initial_state = {"real": 0.0, "fake": 0.0, "correction": 0.0}

    def __init__(self, weight=0.3, decay=0.99, interval=1):
        super().__init__(weight, interval)
        self.decay = check_number("decay", decay, minimum=0, below=1)

    def __call__(self, critique):
        num = ops.shape(critique.real_images)[0]
        real = ops.reshape(critique.real_logits, (num, -1))
        fake = ops.reshape(critique.fake_logits, (num, -1))
        latest = {"real": ops.mean(real), "fake": ops.mean(fake), "correction": 1.0}
        state = {}
        for name, value in latest.items():
            old = ops.convert_to_tensor(self.state[name])
            value = ops.stop_gradient(ops.cast(value, old.dtype))
            state[name] = old + (1 - self.decay) * (value - old)
        average_real, average_fake = (
            ops.cast(state[name] / state["correction"], real.dtype) for name in ("real", "fake")
        )
        too_real = ops.relu(real - average_fake)
        too_fake = ops.relu(average_real - fake)
        return ops.mean(ops.square(too_real) + ops.square(too_fake), axis=1), state
