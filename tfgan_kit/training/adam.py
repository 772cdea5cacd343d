"""Adam with a schedule for the decay of its second moment, and with steps for each variable."""

import keras
import numpy as np
from keras import ops

from tfgan_kit.utils.validation import check_number

__all__ = ["PerVariableAdam", "ScheduledAdam"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ScheduledAdam(keras.optimizers.Adam):
    """Keras's Adam with a `beta_2` that follows a schedule.

    The bias correction is `1 - beta_2 ** t` with the `beta_2` of that step, as in PyTorch
    code that sets the value before each step.

    Args:
        learning_rate: Float or a `keras.optimizers.schedules.LearningRateSchedule`.
            Defaults to 0.001.
        beta_1: Float in [0, 1). Defaults to 0.9.
        beta_2: A `LearningRateSchedule` with values in [0, 1), or a float. Defaults to
            0.999.
        **kwargs: As for `keras.optimizers.Adam`.

    Raises:
        InvalidArgument: If `beta_2` is neither.

    Example:

    ```python
    import keras
    from tfgan_kit.training import ScheduledAdam

    # From 0.9 to 0.99 in 10,000 steps: `alpha` is the last value by the first.
    rising = keras.optimizers.schedules.CosineDecay(0.9, 10_000, alpha=0.99 / 0.9)
    optimizer = ScheduledAdam(2e-4, beta_1=0.0, beta_2=rising)
    ```

    Reference: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980; the schedule:
    Huang et al., 2024, https://arxiv.org/abs/2501.05441, appendix.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, **kwargs):
        super().__init__(learning_rate, beta_1=beta_1, beta_2=0.999, **kwargs)
        if isinstance(beta_2, dict):
            beta_2 = keras.saving.deserialize_keras_object(beta_2)
        if not isinstance(beta_2, keras.optimizers.schedules.LearningRateSchedule):
            beta_2 = check_number("beta_2", beta_2, minimum=0, below=1)
        self._beta_2 = beta_2

    @property
    def beta_2(self):
        """Float or scalar tensor, its current value."""
        if isinstance(self._beta_2, keras.optimizers.schedules.LearningRateSchedule):
            return self._beta_2(self.iterations)
        return self._beta_2

    @beta_2.setter
    def beta_2(self, value):
        # Keras's constructor sets it before this class has checked it.
        self._beta_2 = value

    def get_config(self):
        """The constructor's arguments, for saving."""
        schedule = self._beta_2
        if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            schedule = keras.saving.serialize_keras_object(schedule)
        return {**super().get_config(), "beta_2": schedule}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class PerVariableAdam(ScheduledAdam):
    """`ScheduledAdam` whose bias correction counts the updates of each variable by itself.

    In networks that grow, a variable that gets its first gradient after many steps is thus updated
    like one in the first step: by about the learning rate. Keras's Adam counts all steps, and its
    first update would be `sqrt(1 / (1 - beta_2))` times as large if `beta_1` is 0.

    Args:
        learning_rate: As for `ScheduledAdam`.
        beta_1: As for `ScheduledAdam`.
        beta_2: As for `ScheduledAdam`.
        **kwargs: As for `keras.optimizers.Adam`.

    Example:

    ```python
    from tfgan_kit.training import PerVariableAdam

    optimizer = PerVariableAdam(1e-3, beta_1=0.0, beta_2=0.99)
    ```

    Reference: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980; Karras et al., 2018,
    https://arxiv.org/abs/1710.10196, whose code resets all moments at a new level instead.
    """

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self._counts = self.add_variable(
                (len(variables),), aggregation="only_first_replica", name="counts"
            )

    def apply(self, grads, trainable_variables=None):
        """Update the variables that have a gradient."""
        if trainable_variables is not None:
            self.build(trainable_variables)
        variables = trainable_variables or self._trainable_variables
        counted = np.zeros(self._counts.shape, "float32")
        for gradient, variable in zip(grads, variables, strict=True):
            counted[self._get_variable_index(variable)] += gradient is not None
        self._counts.assign_add(counted)
        # Keras's correction is replaced through the learning rate.
        self._factors = self._correction(self._counts) / self._correction(self.iterations + 1)
        super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable with a rate for its own count."""
        factor = self._factors[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)

    def _correction(self, counts):
        counts = ops.maximum(ops.cast(counts, "float32"), 1.0)
        return ops.sqrt(1 - self.beta_2**counts) / (1 - self.beta_1**counts)
