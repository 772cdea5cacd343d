"""The two optimizers of a GAN, as Keras's callbacks, replicas and float16 need them."""

import math
import numbers

import keras
import tensorflow as tf

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers, held_learning_rate

__all__ = [
    "OptimizerPair",
    "ReplicaLossScaleOptimizer",
    "ScaledSchedule",
    "extra_variables",
    "get",
    "rate_variable",
    "scale_learning_rate",
    "scale_loss",
]


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
    gan.optimizer.scale_learning_rates(0.5)
    gan.optimizer.learning_rates  # about [5e-05, 5e-05]
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
        """List of both optimizers' variables, the generator's first, extra ones included."""
        return [
            variable
            for optimizer in self.optimizers
            for variable in (*optimizer.variables, *extra_variables(optimizer))
        ]

    @property
    def iterations(self):
        """Integer variable, how often the generator's optimizer was applied."""
        return self.optimizers[0].iterations

    @property
    def learning_rates(self):
        """List of two floats, the learning rates of now, the generator's first."""
        return [
            float(keras.ops.convert_to_numpy(optimizer.learning_rate))
            for optimizer in self.optimizers
        ]

    @property
    def rate_variables(self):
        """List of the variables by which the learning rates are set; see `rate_variable`."""
        variables = map(rate_variable, self.optimizers)
        return [variable for variable in variables if variable is not None]

    def scale_learning_rates(self, factor):
        """Multiply both learning rates; see `scale_learning_rate`.

        Args:
            factor: Float above 0.
        """
        for optimizer in self.optimizers:
            scale_learning_rate(optimizer, factor)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning-rate schedule times a variable, so that it can be lowered in mid-training.

    Args:
        schedule: A Keras `LearningRateSchedule`, or its config.
        scale: Float above 0, the first value of the variable. Defaults to 1.0.

    Raises:
        InvalidArgument: If `schedule` is no schedule or `scale` not above 0.

    Example:

    ```python
    import keras
    from tfgan_kit.training.optimizers import ScaledSchedule

    rate = ScaledSchedule(keras.optimizers.schedules.CosineDecay(1e-3, 1000))
    rate.scale.assign(0.5)
    float(rate(0))  # 0.0005
    ```
    """

    def __init__(self, schedule, scale=1.0):
        if isinstance(schedule, dict):
            schedule = keras.saving.deserialize_keras_object(schedule)
        if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            raise InvalidArgument(
                f"`schedule` must be a LearningRateSchedule. Received: schedule={schedule!r}"
            )
        self.schedule = schedule
        # Only assigned outside of replicas, and the same for all of them.
        self.scale = keras.Variable(
            _positive("scale", scale),
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
            name="learning_rate_scale",
        )

    def __call__(self, step):
        """The learning rate at a step.

        Args:
            step: Integer scalar tensor.

        Returns:
            A float32 scalar tensor.
        """
        return self.scale * keras.ops.cast(self.schedule(step), "float32")

    def get_config(self):
        """The constructor's arguments, `scale` as it stands now.

        Returns:
            A dict.
        """
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "scale": float(self.scale.numpy()),
        }


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ReplicaLossScaleOptimizer(keras.optimizers.LossScaleOptimizer):
    """Keras's `LossScaleOptimizer`, right for several replicas as well.

    Each replica has gradients of its own when they are looked at, and Keras 3.15
    looks at the first replica's only: infinite ones of another would be applied.
    Here a step is left out, by all, where any replica's gradients are not finite.

    Args:
        inner_optimizer: The Keras optimizer that scales no loss itself.
        initial_scale: Float, the first scale. Defaults to 32768.0.
        dynamic_growth_steps: Integer, good steps after which the scale doubles.
            Defaults to 2000.
        name: String or None.
        **kwargs: As for Keras's; none is needed.

    Example:

    ```python
    import keras
    from tfgan_kit.training.optimizers import ReplicaLossScaleOptimizer

    optimizer = ReplicaLossScaleOptimizer(keras.optimizers.Adam(2e-4))
    ```

    Reference: Micikevicius et al., 2018, https://arxiv.org/abs/1710.03740.
    """

    def check_finite(self, grads):
        """Whether the gradients of all replicas are finite.

        Args:
            grads: List of tensors or None, this replica's.

        Returns:
            A boolean scalar tensor, the same on each replica.
        """
        finite = super().check_finite(grads)
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return finite
        bad = tf.cast(tf.logical_not(finite), tf.float32)
        return tf.equal(context.all_reduce(tf.distribute.ReduceOp.SUM, bad), 0)


def get(identifier, name, network=None):
    """The optimizer of a name, a config or an object, ready for a GAN.

    A learning-rate schedule is wrapped in a `ScaledSchedule`. Where a network
    computes in float16, whose small gradients vanish, the optimizer is wrapped in
    a `ReplicaLossScaleOptimizer`, unless it scales the loss already.

    Args:
        identifier: A Keras optimizer, its name or config, or None for the DCGAN
            tutorial's `Adam(1e-4)`.
        name: String, the argument that it is for, and the name of the default one.
        network: A Keras model, or a list of all those that the gradients pass
            through, or None. Defaults to None.

    Returns:
        A Keras optimizer.

    Raises:
        InvalidArgument: If Keras knows no such optimizer.

    Example:

    ```python
    from tfgan_kit.training import optimizers

    optimizers.get(None, name="generator_optimizer")
    ```
    """
    if identifier is None:
        optimizer = keras.optimizers.Adam(1e-4, name=name)
    else:
        try:
            optimizer = keras.optimizers.get(identifier)
        except (TypeError, ValueError) as error:
            raise InvalidArgument(
                f"`{name}` must be a Keras optimizer, its name or its config. "
                f"Received: {name}={identifier!r}: {str(error).splitlines()[0]}"
            ) from error
    rate = _held_rate(optimizer)
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) and not isinstance(
        rate, ScaledSchedule
    ):
        optimizer.learning_rate = ScaledSchedule(rate)
    scales_loss = (
        isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        or optimizer.loss_scale_factor is not None
    )
    if not scales_loss and any(map(_computes_in_float16, tf.nest.flatten(network))):
        optimizer = ReplicaLossScaleOptimizer(optimizer, name=optimizer.name)
    return optimizer


def rate_variable(optimizer):
    """The variable by which an optimizer's learning rate is set.

    Args:
        optimizer: A Keras optimizer, as `get` returns it.

    Returns:
        A Keras variable: the learning rate, or the `scale` of its schedule; None
        where the learning rate is a Python function, or a schedule that never
        went through `get`.

    Example:

    ```python
    import keras
    from tfgan_kit.training import optimizers

    optimizers.rate_variable(keras.optimizers.SGD(0.5)).numpy()  # 0.5
    ```
    """
    rate = _held_rate(optimizer)
    if isinstance(rate, ScaledSchedule):
        return rate.scale
    return rate if isinstance(rate, keras.Variable) else None


def scale_learning_rate(optimizer, factor):
    """Multiply an optimizer's learning rate, also of a schedule and in mid-training.

    It assigns a variable, and so holds in a training step that is compiled
    already.

    Args:
        optimizer: A Keras optimizer, as `get` returns it.
        factor: Float above 0.

    Raises:
        InvalidArgument: If `factor` is no number above 0, or the learning rate is
            a Python function.

    Example:

    ```python
    import keras
    from tfgan_kit.training import optimizers

    optimizer = keras.optimizers.SGD(0.5)
    optimizers.scale_learning_rate(optimizer, 0.5)
    float(optimizer.learning_rate)  # 0.25
    ```
    """
    factor = _positive("factor", factor)
    variable = rate_variable(optimizer)
    if variable is None:
        raise InvalidArgument(
            "`optimizer` must have a float or a LearningRateSchedule given to `GAN.compile` as its "
            f"learning rate, so that it can be scaled. Received: {_held_rate(optimizer)!r}"
        )
    variable.assign(variable.numpy() * factor)


def extra_variables(optimizer):
    """Variables of an optimizer that Keras does not save with it.

    Keras saves the moments, a plain learning rate, the counter and the state of a
    loss scaler; of a schedule it saves the config alone, which `load_weights`
    does not read.

    Args:
        optimizer: A Keras optimizer, as `get` returns it.

    Returns:
        A list of Keras variables: the `scale` of a `ScaledSchedule`, or nothing.

    Example:

    ```python
    import keras
    from tfgan_kit.training import optimizers

    optimizers.extra_variables(keras.optimizers.Adam())  # []
    ```
    """
    rate = _held_rate(optimizer)
    return [rate.scale] if isinstance(rate, ScaledSchedule) else []


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
    from tfgan_kit.training import optimizers

    optimizers.scale_loss(tf.constant(2.0), keras.optimizers.Adam())  # 2.0 on one replica
    ```
    """
    return optimizer.scale_loss(loss / tf.distribute.get_strategy().num_replicas_in_sync)


def _held_rate(optimizer):
    """The variable, schedule or function that gives the learning rate."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    return held_learning_rate(optimizer)


def _computes_in_float16(network):
    """Whether a layer does, however deep."""
    if network is None:
        return False
    return any(layer.compute_dtype == "float16" for layer in all_layers(network))


def _positive(name, value):
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not (is_number and math.isfinite(value) and value > 0):
        raise InvalidArgument(f"`{name}` must be a number above 0. Received: {name}={value!r}")
    return float(value)
