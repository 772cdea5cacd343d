"""`ImageSchedule`: a value that is a function of the number of real images seen."""

import keras
import tensorflow as tf

from tfgan_kit.layers import FadeIn
from tfgan_kit.training.distribution import same_on_all_replicas
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers
from tfgan_kit.utils.serialization import Configurable

__all__ = ["ImageSchedule", "find_image_schedules"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ImageSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A Keras schedule of the real images seen, not of the steps, held in a variable.

    It fits wherever a Keras learning-rate schedule fits: a learning rate, `beta_2` of
    `ScheduledAdam`, `gamma` or `weight` of a penalty, the noise of `InstanceNoise`. The GAN
    sets `variable` before every step. A batch twice as large thus halves the steps and
    leaves the schedule as it is.

    A layer can hold a schedule as an attribute as well, to fade in a part of its network:
    with `schedule.variable = self.add_weight(...)` the value is saved with the layer.

    Args:
        schedule: A `keras.optimizers.schedules.LearningRateSchedule`, called with the
            number of images.

    Raises:
        InvalidArgument: If `schedule` is not a schedule.

    Example:

    ```python
    import keras
    from tfgan_kit import penalties
    from tfgan_kit.training import ImageSchedule

    falling = keras.optimizers.schedules.CosineDecay(2.0, 640_000, alpha=0.1)
    penalty = penalties.R1(gamma=ImageSchedule(falling))  # from 2 to 0.2 in 640,000 images
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, appendix A: all
    settings are functions of the number of real images shown to the discriminator.
    """

    def __init__(self, schedule):
        if isinstance(schedule, dict):
            schedule = keras.saving.deserialize_keras_object(schedule)
        if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            raise InvalidArgument(
                f"`schedule` must be a Keras LearningRateSchedule. Received: schedule={schedule!r}"
            )
        self.schedule = schedule
        self.variable = None

    def build(self):
        """Make the variable, unless a layer gave one."""
        if self.variable is None:
            with same_on_all_replicas():
                self.variable = tf.Variable(self.at(0), trainable=False, name="image_schedule")

    def at(self, images_seen):
        """The value after so many images, a float32 scalar tensor."""
        return tf.cast(self.schedule(images_seen), tf.float32)

    def update(self, images_seen):
        """Set the variable to the value after so many images."""
        self.variable.assign(self.at(images_seen))

    def __call__(self, step):
        """The value of the variable; the step is not used."""
        return self.at(0) if self.variable is None else tf.convert_to_tensor(self.variable)

    def get_config(self):
        return {"schedule": keras.saving.serialize_keras_object(self.schedule)}


def find_image_schedules(*owners):
    """What follows the images seen, in optimizers, terms, augmentations and layers."""
    found, waiting = {}, list(owners)
    while waiting:
        owner = waiting.pop(0)
        if isinstance(owner, (ImageSchedule, FadeIn)):
            found[id(owner)] = owner
        elif isinstance(owner, keras.Model):
            waiting += [
                each
                for layer in all_layers(owner)
                for each in (layer, *vars(layer).values())
                if isinstance(each, (ImageSchedule, FadeIn))
            ]
        elif isinstance(owner, (list, tuple)):
            waiting += owner
        elif isinstance(
            owner,
            (
                keras.optimizers.Optimizer,
                keras.optimizers.schedules.LearningRateSchedule,
                Configurable,
            ),
        ):
            waiting += vars(owner).values()
    return list(found.values())
