"""Adversarial losses: pairs of pure functions of the discriminator's logits."""

import abc

import keras
from keras import ops

from tfgan_kit.errors import InvalidArgument, nearest_names

__all__ = [
    "AdversarialLoss",
    "Minimax",
    "NonSaturating",
    "get",
    "minimax_generator_loss",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
]


def non_saturating_discriminator_loss(real_logits, fake_logits):
    """Cross-entropy of real images against 1 plus that of fakes against 0.

    `E[softplus(-D(x))] + E[softplus(D(G(z)))]`, with `D` in logits.

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or more; `2 log 2` where every logit is 0.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.non_saturating_discriminator_loss(ops.zeros((4, 1)), ops.zeros((4, 1)))  # 1.386
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1;
    `discriminator_loss` of TensorFlow's DCGAN tutorial.
    """
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def non_saturating_generator_loss(fake_logits):
    """Cross-entropy of fakes against 1: gradients stay large while the fakes are poor.

    `E[softplus(-D(G(z)))]`, with `D` in logits.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or more; `log 2` where every logit is 0.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.non_saturating_generator_loss(ops.zeros((4, 1)))  # 0.693
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, section 3;
    `generator_loss` of TensorFlow's DCGAN tutorial.
    """
    return ops.mean(ops.softplus(-fake_logits))


def minimax_generator_loss(fake_logits):
    """The generator's own side of the min-max game, which saturates where D is sure.

    `E[log(1 - sigmoid(D(G(z))))] = -E[softplus(D(G(z)))]`, with `D` in logits.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or less; `-log 2` where every logit is 0.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.minimax_generator_loss(ops.zeros((4, 1)))  # -0.693
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1.
    """
    return -ops.mean(ops.softplus(fake_logits))


class AdversarialLoss(abc.ABC):
    """A discriminator's and a generator's loss, as one object that Keras can save.

    A subclass defines the two methods as pure functions of logits, gives its
    constructor arguments back from `get_config`, and is registered with
    `keras.saving.register_keras_serializable`, so that a saved `GAN` finds it.

    Example:

    ```python
    import keras
    from keras import ops
    from tfgan_kit import losses

    @keras.saving.register_keras_serializable(package="my_project")
    class Hinge(losses.AdversarialLoss):
        def discriminator_loss(self, real_logits, fake_logits):
            return ops.mean(ops.relu(1 - real_logits)) + ops.mean(ops.relu(1 + fake_logits))

        def generator_loss(self, fake_logits):
            return -ops.mean(fake_logits)
    ```
    """

    @abc.abstractmethod
    def discriminator_loss(self, real_logits, fake_logits):
        """What the discriminator minimises.

        Args:
            real_logits: Float tensor of shape `(batch, ...)`, `D(x)`.
            fake_logits: Float tensor of shape `(batch, ...)`, `D(G(z))`.

        Returns:
            A float scalar.
        """

    @abc.abstractmethod
    def generator_loss(self, fake_logits):
        """What the generator minimises.

        Args:
            fake_logits: Float tensor of shape `(batch, ...)`, `D(G(z))`.

        Returns:
            A float scalar.
        """

    def get_config(self):
        """The constructor's arguments, for saving.

        Returns:
            A dict.
        """
        return {}

    @classmethod
    def from_config(cls, config):
        """The loss with these constructor arguments.

        Args:
            config: Dict, from `get_config`.

        Returns:
            An instance of this class.
        """
        return cls(**config)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class NonSaturating(AdversarialLoss):
    """The two cross-entropy losses of TensorFlow's DCGAN tutorial.

    See `non_saturating_discriminator_loss` and `non_saturating_generator_loss`.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.NonSaturating()
    ```
    """

    def discriminator_loss(self, real_logits, fake_logits):
        return non_saturating_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits):
        return non_saturating_generator_loss(fake_logits)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Minimax(AdversarialLoss):
    """The original min-max game: both networks play for the same value.

    The discriminator's loss is that of `NonSaturating`; see
    `minimax_generator_loss` for the other.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.Minimax()
    ```
    """

    def discriminator_loss(self, real_logits, fake_logits):
        return non_saturating_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits):
        return minimax_generator_loss(fake_logits)


_LOSSES = {"non_saturating": NonSaturating, "minimax": Minimax}


def get(identifier):
    """The loss of a name, a config or an object.

    Args:
        identifier: A name (`"non_saturating"`, `"minimax"`), a config dict from
            `keras.saving.serialize_keras_object`, an `AdversarialLoss`, or None
            for `NonSaturating`.

    Returns:
        An `AdversarialLoss`.

    Raises:
        InvalidArgument: If the name is not known or the type is none of these.

    Example:

    ```python
    from tfgan_kit import losses

    losses.get("minimax")
    ```
    """
    if identifier is None:
        return NonSaturating()
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, AdversarialLoss):
        return identifier
    if isinstance(identifier, str) and identifier in _LOSSES:
        return _LOSSES[identifier]()
    near = nearest_names(identifier, _LOSSES)
    raise InvalidArgument(
        f"`loss` must be an AdversarialLoss or one of {sorted(_LOSSES)}. "
        f"Received: loss={identifier!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    )
