"""The two optimizers of a GAN, as Keras's callbacks and replicas need them."""

import keras
import tensorflow as tf

__all__ = ["OptimizerPair", "get", "scale_loss"]


class OptimizerPair:
    """Both optimizers of a GAN behind the one name that Keras's callbacks know.

    `gan.optimizer` is such a pair: `LearningRateScheduler`, `ReduceLROnPlateau`
    and `TensorBoard` go through `optimizers`, and so treat both networks alike.

    Args:
        generator_optimizer: A built Keras optimizer.
        discriminator_optimizer: A built Keras optimizer.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    [float(optimizer.learning_rate) for optimizer in gan.optimizer.optimizers]  # [0.0001, 0.0001]
    ```
    """

    def __init__(self, generator_optimizer, discriminator_optimizer):
        self.optimizers = [generator_optimizer, discriminator_optimizer]

    @property
    def built(self):
        """Bool, whether both optimizers have their variables."""
        return all(optimizer.built for optimizer in self.optimizers)

    @property
    def variables(self):
        """List of both optimizers' variables, the generator's first."""
        return [variable for optimizer in self.optimizers for variable in optimizer.variables]

    @property
    def iterations(self):
        """Integer variable, how often the generator's optimizer was applied."""
        return self.optimizers[0].iterations


def get(identifier, name):
    """The optimizer of a name, a config or an object.

    Args:
        identifier: A Keras optimizer, its name or config, or None for the DCGAN
            tutorial's `Adam(1e-4)`.
        name: String, the name of the default one, which logs show.

    Returns:
        A Keras optimizer.

    Example:

    ```python
    from tfgan_kit import optimizers

    optimizers.get(None, name="generator_optimizer")
    ```
    """
    if identifier is None:
        return keras.optimizers.Adam(1e-4, name=name)
    return keras.optimizers.get(identifier)


def scale_loss(loss, optimizer):
    """A loss ready for `GradientTape.gradient` and the optimizer's `apply`.

    Keras sums the gradients of all replicas, so each takes its share here; and
    an optimizer that scales its loss (for float16) un-scales the gradients
    itself.

    Args:
        loss: Float scalar tensor, the mean over this replica's batch.
        optimizer: The Keras optimizer that will apply the gradients.

    Returns:
        A float scalar tensor.

    Example:

    ```python
    import keras
    import tensorflow as tf
    from tfgan_kit import optimizers

    optimizers.scale_loss(tf.constant(2.0), keras.optimizers.Adam())  # 2.0 on one replica
    ```
    """
    return optimizer.scale_loss(loss / tf.distribute.get_strategy().num_replicas_in_sync)
