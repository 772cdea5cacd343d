"""Named recipes: networks, compile arguments and batch size that go together."""

import dataclasses
import inspect

import keras

from tfgan_kit import models
from tfgan_kit.gan import GAN
from tfgan_kit.training.adam import ScheduledAdam
from tfgan_kit.training.precision import scope
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.validation import check_seed

__all__ = ["Recipe"]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything about a training run but its data, its length and its seed.

    Objects given for optimizer arguments, penalties, augmentation, replay and
    average are kept as their Keras configs, so that a recipe can be written as JSON
    and read again.

    Args:
        name: String.
        description: String, one line: what it is good for.
        reference: String, where its settings come from.
        batch_size: Integer, real images in a step; with several
            `discriminator_steps` they are dealt out among these.
        epochs: Integer, the length of training where none is asked for.
        learning_rate: Float or Keras schedule of the step, of both Adam optimizers.
        beta_1: Float in [0, 1), of both. Defaults to 0.9.
        beta_2: Float in [0, 1) or Keras schedule of the step, of both. Defaults to
            0.999.
        discriminator_learning_rate: The same as `learning_rate` for the
            discriminator alone, or None for the same. Defaults to None.
        model: String, a name of `tfgan_kit.models`. Defaults to `"dcgan"`.
        model_arguments: Dict, further arguments of that builder. Defaults to none.
        latent_dim: Integer, the length of a noise vector. Defaults to 100.
        loss: A name of `tfgan_kit.losses`, an object or its config. Defaults to
            `"non_saturating"`.
        penalties: List, as for `GAN.compile`. Defaults to none.
        augment: As for `GAN.compile`. Defaults to None.
        replay: As for `GAN.compile`. Defaults to None.
        ema: As for `GAN.compile`. Defaults to None.
        discriminator_steps: Integer, 1 or more. Defaults to 1.
        generator_steps: Integer, 1 or more. Defaults to 1.

    Example:

    ```python
    import dataclasses
    from tfgan_kit import recipes

    slower = dataclasses.replace(recipes.get("tutorial"), learning_rate=5e-5)
    ```
    """

    name: str
    description: str
    reference: str
    batch_size: int
    epochs: int
    learning_rate: float
    beta_1: float = 0.9
    beta_2: float = 0.999
    discriminator_learning_rate: float = None
    model: str = "dcgan"
    model_arguments: dict = dataclasses.field(default_factory=dict)
    latent_dim: int = 100
    loss: str = "non_saturating"
    penalties: list = dataclasses.field(default_factory=list)
    augment: object = None
    replay: object = None
    ema: object = None
    discriminator_steps: int = 1
    generator_steps: int = 1

    def __post_init__(self):
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _as_config(getattr(self, field.name)))

    def build(self, image_shape=(28, 28, 1), seed=None, precision="float32", **compile_arguments):
        """Build and compile the GAN of this recipe."""
        known = inspect.signature(GAN.compile).parameters
        for name in compile_arguments:
            if name not in known:
                raise InvalidArgument(
                    f"`{name}` is no argument of GAN.compile. What belongs to the recipe, "
                    "`model_arguments` too, is changed by dataclasses.replace"
                    + did_you_mean(name, known)
                )
        if check_seed(seed) is not None:
            keras.utils.set_random_seed(seed)
        with scope(precision):
            generator, discriminator = models.get(self.model)(
                image_shape=image_shape, latent_dim=self.latent_dim, **self.model_arguments
            )
        gan = GAN(generator, discriminator, latent_dim=self.latent_dim, seed=seed)
        arguments = {
            "generator_optimizer": self._adam(self.learning_rate, "generator_optimizer"),
            "discriminator_optimizer": self._adam(
                self.learning_rate
                if self.discriminator_learning_rate is None
                else self.discriminator_learning_rate,
                "discriminator_optimizer",
            ),
            **{name: getattr(self, name) for name in _OF_COMPILE},
        }
        gan.compile(**{**arguments, **compile_arguments})
        return gan

    def _adam(self, learning_rate, name):
        learning_rate, beta_2 = _from_config(learning_rate), _from_config(self.beta_2)
        adam = keras.optimizers.Adam if isinstance(beta_2, float) else ScheduledAdam
        return adam(learning_rate, beta_1=self.beta_1, beta_2=beta_2, name=name)


_OF_COMPILE = (
    "loss",
    "penalties",
    "augment",
    "replay",
    "ema",
    "discriminator_steps",
    "generator_steps",
)


def _as_config(value):
    """A Keras object as its config, a list or dict of them likewise; the rest as it is."""
    if isinstance(value, (list, tuple)):
        return [_as_config(each) for each in value]
    if hasattr(value, "get_config"):
        return keras.saving.serialize_keras_object(value)
    return value


def _from_config(value):
    return keras.saving.deserialize_keras_object(value) if isinstance(value, dict) else value
