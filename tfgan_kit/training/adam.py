"""`ScheduledAdam`: Adam with a schedule for the decay of its second moment."""

import keras

from tfgan_kit.utils.validation import check_number

__all__ = ["ScheduledAdam"]


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
