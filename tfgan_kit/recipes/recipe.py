"""Named recipes: networks, compile arguments and batch size that go together."""

import dataclasses
import inspect

import keras

from tfgan_kit import models
from tfgan_kit.gan import GAN
from tfgan_kit.training import Progressive, updates
from tfgan_kit.training.adam import PerVariableAdam, ScheduledAdam
from tfgan_kit.training.precision import scope
from tfgan_kit.training.progressive import find_fades
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.validation import check_seed

__all__ = ["Recipe"]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything about a training run but its data, its length and its seed.

    Objects (schedules, losses, penalties, updates, ...) are kept as their Keras configs, so
    that a recipe can be written as JSON and read again.

    Args:
        name: String.
        description: String, one line: what it is good for.
        reference: String, source of its settings.
        batch_size: Positive integer, real images in a step; `updates` may split them.
        epochs: Positive integer, default length of a run.
        learning_rate: Float or Keras schedule, of both Adam optimizers.
        beta_1: Float in [0, 1), of both. Defaults to 0.9.
        beta_2: Float in [0, 1) or Keras schedule, of both. Defaults to 0.999.
        discriminator_learning_rate: As `learning_rate`, for the discriminator alone; None
            for the same. Defaults to None.
        model: String, a name of `tfgan_kit.models`, or a function like one of them. Defaults to
            `"dcgan"`.
        model_arguments: Dict, further arguments of that builder. Defaults to none.
        latent_dim: Positive integer, length of a noise vector, or None if it follows from the
            image shape, and `model` takes no such argument. Defaults to 100.
        conditional: Boolean, whether the networks take labels, and the builder `num_classes`; or
            None: if there are labels, or clusters found in their place. Defaults to None where
            the builder takes `num_classes`, else to False.
        loss: As for `GAN.compile`. Defaults to `"non_saturating"`.
        penalties: List, as for `GAN.compile`. Defaults to none.
        augment: As for `GAN.compile`. Defaults to None.
        replay: As for `GAN.compile`. Defaults to None.
        ema: As for `GAN.compile`. Defaults to None.
        updates: As for `GAN.compile`. Defaults to `"simultaneous"`.

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
    conditional: bool = None
    loss: str = "non_saturating"
    penalties: list = dataclasses.field(default_factory=list)
    augment: object = None
    replay: object = None
    ema: object = None
    updates: object = "simultaneous"

    def __post_init__(self):
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _as_config(getattr(self, field.name)))

    def build(
        self,
        image_shape=(28, 28, 1),
        seed=None,
        precision="float32",
        num_classes=None,
        clusters=None,
        attributes=None,
        **compile_arguments,
    ):
        """Build and compile the GAN of this recipe.

        Args:
            image_shape: Tuple `(height, width, channels)` of the data. Defaults to
                `(28, 28, 1)`.
            seed: Integer in [0, 2**31) or None. An integer sets the global seeds of Keras,
                NumPy and Python first, so that the initial weights are the same each time.
                Defaults to None.
            precision: `"float32"`, `"mixed_bfloat16"`, `"mixed_float16"` or `"auto"`
                (bfloat16 where the machine has it in hardware). Defaults to `"float32"`.
            num_classes: Positive integer, number of classes of a conditional GAN. Defaults to
                None.
            clusters: As for `GAN`, clusters to condition on instead. Defaults to None.
            attributes: As for `GAN`, attributes to condition on instead; a builder without such
                an argument gets the number of their combinations. Defaults to None.
            **compile_arguments: Arguments of `GAN.compile` that replace the recipe's.

        Returns:
            A compiled `GAN`.

        Raises:
            InvalidArgument: If the networks cannot make images of that shape, or an
                argument or a setting of the recipe is not valid.

        Example:

        ```python
        from tfgan_kit import recipes

        gan = recipes.get("tutorial").build(image_shape=(28, 28, 1), seed=0)
        ```
        """
        known = inspect.signature(GAN.compile).parameters
        for name in compile_arguments:
            if name not in known:
                raise InvalidArgument(
                    f"`{name}` is not an argument of GAN.compile. Change what belongs to the "
                    "recipe, `model_arguments` too, with dataclasses.replace"
                    + did_you_mean(name, known)
                )
        has_labels = any(each is not None for each in (num_classes, clusters, attributes))
        if has_labels not in self.takes_labels:
            takes = "neither `num_classes` nor" if has_labels else "`num_classes` or"
            raise InvalidArgument(
                f"The recipe {self.name} {'takes' if has_labels else 'needs'} {takes} `clusters`. "
                f"Received: num_classes={num_classes!r}, clusters={clusters!r}"
            )
        if check_seed(seed) is not None:
            keras.utils.set_random_seed(seed)
        arguments = self._labels(num_classes, clusters, attributes) | self.model_arguments
        if self.latent_dim is not None:
            arguments["latent_dim"] = self.latent_dim
        with scope(precision):
            networks = models.get(_from_config(self.model))(image_shape=image_shape, **arguments)
        if not isinstance(networks, (tuple, list)) or len(networks) != 2:
            raise InvalidArgument(
                f"`model` of the recipe {self.name} must return a generator and a discriminator. "
                f"Received: {type(networks).__name__}"
            )
        gan = GAN(
            *networks,
            latent_dim=self.latent_dim,
            seed=seed,
            num_classes=num_classes,
            clusters=clusters,
            attributes=attributes,
        )
        discriminator_rate = self.discriminator_learning_rate
        if discriminator_rate is None:
            discriminator_rate = self.learning_rate
        rates = {"generator": self.learning_rate, "discriminator": discriminator_rate}
        # Also if the images are as small as its first level.
        grows = isinstance(updates.get(_from_config(self.updates)), Progressive)
        grows = grows or bool(find_fades(gan.generator))
        arguments = {
            **{
                f"{role}_optimizer": self._adam(rate, f"{role}_optimizer", grows)
                for role, rate in rates.items()
            },
            **{name: getattr(self, name) for name in _OF_COMPILE},
        }
        gan.compile(**{**arguments, **compile_arguments})
        return gan

    @property
    def takes_labels(self):
        """Tuple of Booleans: whether it builds GANs without labels, with labels, or both."""
        if self.conditional is not None:
            return (self.conditional,)
        return (False, True) if self._builder_takes("num_classes") else (False,)

    @property
    def takes_waves(self):
        """Boolean: whether it builds GANs of textures, from one picture and its waves."""
        return self._builder_takes("waves")

    def _builder_takes(self, name):
        return name in inspect.signature(models.get(_from_config(self.model))).parameters

    def _labels(self, num_classes, clusters, attributes):
        """The arguments of the builder about labels."""
        if attributes is not None:
            if self._builder_takes("attributes"):
                return {"attributes": attributes}
            num_classes = attributes.num_labels
        num_labels = num_classes if clusters is None else len(clusters.shares)
        return {} if num_labels is None else {"num_classes": num_labels}

    def _adam(self, learning_rate, name, grows):
        learning_rate, beta_2 = _from_config(learning_rate), _from_config(self.beta_2)
        adam = keras.optimizers.Adam if isinstance(beta_2, float) else ScheduledAdam
        adam = PerVariableAdam if grows else adam
        return adam(learning_rate, beta_1=self.beta_1, beta_2=beta_2, name=name)


_OF_COMPILE = ("loss", "penalties", "augment", "replay", "ema", "updates")


def _as_config(value):
    """A Keras object as its config, each of a list likewise; the rest as it is."""
    if isinstance(value, (list, tuple)):
        return [_as_config(each) for each in value]
    if hasattr(value, "get_config"):
        return keras.saving.serialize_keras_object(value)
    return value


def _from_config(value):
    return keras.saving.deserialize_keras_object(value) if isinstance(value, dict) else value
