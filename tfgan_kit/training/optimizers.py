"""The two optimizers of a GAN, in the form that Keras's callbacks and float16 need."""

import keras
import tensorflow as tf

from tfgan_kit.training.distribution import ReplicaLossScaleOptimizer
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.keras_compat import all_layers, held_learning_rate, without_all_reduce
from tfgan_kit.utils.validation import check_number

__all__ = [
    "OptimizerPair",
    "ScaledSchedule",
    "extra_variables",
    "get",
    "rate_variable",
    "scale_learning_rate",
]


class OptimizerPair:
    """Both optimizers of a GAN as the one `optimizer` that Keras's callbacks use."""

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
        """List of the two current learning rates, the generator's first."""
        return [
            float(keras.ops.convert_to_numpy(optimizer.learning_rate))
            for optimizer in self.optimizers
        ]

    @property
    def rate_variables(self):
        """List of the variables that set the learning rates; see `rate_variable`."""
        variables = map(rate_variable, self.optimizers)
        return [variable for variable in variables if variable is not None]

    def scale_learning_rates(self, factor):
        """Multiply both learning rates; see `scale_learning_rate`."""
        for optimizer in self.optimizers:
            scale_learning_rate(optimizer, factor)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning-rate schedule times a variable, which callbacks can lower during training."""

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
            check_number("scale", scale, above=0),
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
            name="learning_rate_scale",
        )

    def __call__(self, step):
        """The learning rate at a step."""
        return self.scale * keras.ops.cast(self.schedule(step), "float32")

    def get_config(self):
        """The constructor's arguments with the current `scale`."""
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "scale": float(self.scale.numpy()),
        }


def get(identifier, name, network=None):
    """The optimizer of a name, a config, an object or None (the tutorial's `Adam(1e-4)`).

    `name` is the argument it is for; `network` a model, or a list of all models that the
    gradients pass through. A learning-rate schedule is wrapped in a `ScaledSchedule`. Where
    a network computes in float16, whose small gradients vanish, the optimizer is wrapped in
    a `ReplicaLossScaleOptimizer`, unless it scales the loss already.
    """
    if identifier is None:
        optimizer = keras.optimizers.Adam(1e-4, name=name)
    else:
        try:
            optimizer = keras.optimizers.get(identifier)
        except (TypeError, ValueError) as error:
            raise InvalidArgument(
                f"`{name}` must be a Keras optimizer, its name or its config. "
                f"Received: {name}={identifier!r}: {first_line(error)}"
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
    without_all_reduce(optimizer)
    return optimizer


def rate_variable(optimizer):
    """The variable that sets an optimizer's learning rate; None for a Python function."""
    rate = _held_rate(optimizer)
    if isinstance(rate, ScaledSchedule):
        return rate.scale
    return rate if isinstance(rate, keras.Variable) else None


def scale_learning_rate(optimizer, factor):
    """Multiply an optimizer's learning rate, a schedule's too, during training as well."""
    factor = check_number("factor", factor, above=0)
    variable = rate_variable(optimizer)
    if variable is None:
        raise InvalidArgument(
            "`optimizer` must have a float or a LearningRateSchedule given to `GAN.compile` as its "
            f"learning rate, so that it can be scaled. Received: {_held_rate(optimizer)!r}"
        )
    variable.assign(variable.numpy() * factor)


def extra_variables(optimizer):
    """Variables of an optimizer that Keras does not save with it."""
    rate = _held_rate(optimizer)
    return [rate.scale] if isinstance(rate, ScaledSchedule) else []


def _held_rate(optimizer):
    """The variable, schedule or function that gives the learning rate."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    return held_learning_rate(optimizer)


def _computes_in_float16(network):
    """Whether a layer at any depth does."""
    if network is None:
        return False
    return any(layer.compute_dtype == "float16" for layer in all_layers(network))
