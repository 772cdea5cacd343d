"""Which networks one training step updates, in which order and how often."""

import abc
from typing import Any, NamedTuple

import keras
from keras import ops

from tfgan_kit import losses
from tfgan_kit import penalties as terms
from tfgan_kit.training.steps import simultaneous_step
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.registry import Registry
from tfgan_kit.utils.serialization import Configurable
from tfgan_kit.utils.validation import check_integer

__all__ = ["Alternating", "Outcome", "Simultaneous", "Updates", "from_version_0_1", "get"]


class Outcome(NamedTuple):
    """What a training step computed, for the metrics.

    Args:
        generator_loss: Float scalar, without penalties.
        discriminator_loss: Float scalar, without penalties.
        penalty: Float scalar, sum of all weighted penalties of both networks.
        real_logits: Float tensor, the discriminator's logits of the real images.
        fake_logits: Float tensor, its logits of fakes before its own update.

    Example:

    ```python
    from tfgan_kit.training import Outcome

    Outcome(0.7, 1.4, 0.0, [[0.1]], [[-0.1]]).penalty  # 0.0
    ```
    """

    generator_loss: Any
    discriminator_loss: Any
    penalty: Any
    real_logits: Any
    fake_logits: Any


class Updates(Configurable, abc.ABC):
    """The algorithm of one training step, as an object that Keras can save.

    A subclass defines `__call__(gan, batch)`, which takes the step with
    `gan.discriminator_step(batch)` and `gan.generator_step(batch)` and returns an
    `Outcome`, and is registered with `keras.saving.register_keras_serializable`.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(updates="alternating")
    isinstance(gan.updates, tfgan_kit.training.Updates)  # True
    ```
    """

    @abc.abstractmethod
    def __call__(self, gan, batch):
        """Take one step; returns an `Outcome`."""

    def check(self, compiled):
        """Refuse compile arguments (a dict) that this algorithm cannot work with."""

    def logs(self, gan):
        """What is reported of a step besides the GAN's metrics, a dict of float scalars."""
        return {}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Simultaneous(Updates):
    """Both networks from one batch of noise, as in the DCGAN tutorial.

    The fakes are made once and judged once; both gradients are of the networks as they
    were before the step. It cannot be combined with `replay`.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    type(gan.updates).__name__  # "Simultaneous"
    ```

    Reference: https://www.tensorflow.org/tutorials/generative/dcgan, `train_step`.
    """

    def check(self, compiled):
        if compiled["replay"] is not None:
            raise InvalidArgument(
                "`updates` cannot be Simultaneous with `replay`: both networks share one batch of "
                "fakes, and earlier fakes have no gradient for the generator. "
                'Pass updates="alternating"'
            )

    def __call__(self, gan, batch):
        generator, discriminator = simultaneous_step(gan, batch)
        critique = discriminator.critique
        return Outcome(
            generator.loss,
            discriminator.loss,
            discriminator.penalty + generator.penalty,
            critique.real_logits,
            critique.fake_logits,
        )


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Alternating(Updates):
    """Some steps of the discriminator, then some of the generator.

    Every update draws its own noise. The batch is split into equal parts, one for each
    update that uses real images: with five discriminator steps a batch of 320 gives five
    updates of 64. Where the generator's loss or a term of it uses real images (relativistic
    losses, GDPP), its steps get parts of their own: a batch of 128 gives each network 64.

    Args:
        discriminator_steps: Positive integer. Defaults to 1.
        generator_steps: Positive integer. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is not a positive integer.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import training

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile(
        loss="wasserstein",
        penalties=["wgan_gp"],
        updates=training.Alternating(discriminator_steps=5),
    )
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, algorithm 1;
    Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875, algorithm 1 (`n_critic`).
    """

    def __init__(self, discriminator_steps=1, generator_steps=1):
        self.discriminator_steps = check_integer("discriminator_steps", discriminator_steps, 1)
        self.generator_steps = check_integer("generator_steps", generator_steps, 1)

    def __call__(self, gan, batch):
        own_parts = self.generator_steps if gan.generator_uses_real else 0
        parts = batch.split(self.discriminator_steps + own_parts)
        generator_parts = parts[self.discriminator_steps :] or [parts[0]] * self.generator_steps
        discriminator = [gan.discriminator_step(part) for part in parts[: self.discriminator_steps]]
        generator = [gan.generator_step(part) for part in generator_parts]
        return Outcome(
            _mean([step.loss for step in generator]),
            _mean([step.loss for step in discriminator]),
            _mean([step.penalty for step in discriminator])
            + _mean([step.penalty for step in generator]),
            ops.concatenate([step.critique.real_logits for step in discriminator]),
            ops.concatenate([step.critique.fake_logits for step in discriminator]),
        )


def _mean(values):
    return sum(values) / len(values)


_UPDATES = Registry(
    "updates",
    Updates,
    {"simultaneous": Simultaneous, "alternating": Alternating},
    default="simultaneous",
)


def get(identifier):
    """The updates of a name, a config or an object; None is `Simultaneous`."""
    return _UPDATES.get(identifier)


def from_version_0_1(arguments):
    """Compile arguments with `updates` for the numbers of steps that stood there before."""
    if "discriminator_steps" not in arguments:
        return arguments
    arguments = dict(arguments)
    steps = [arguments.pop(f"{role}_steps") for role in ("discriminator", "generator")]
    # Version 0.1 updated both networks at once wherever it could.
    shared = (
        steps == [1, 1]
        and arguments.get("replay") is None
        and not losses.get(arguments.get("loss")).generator_uses_real
        and not any("generator" in each.sides for each in terms.get_all(arguments.get("penalties")))
    )
    return {**arguments, "updates": Simultaneous() if shared else Alternating(*steps)}
