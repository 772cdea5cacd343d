"""Named recipes: networks, compile arguments and batch size that go together."""

import dataclasses
import inspect

import keras

from tfgan_kit import latent, models, penalties
from tfgan_kit.gan import GAN
from tfgan_kit.training.adam import ScheduledAdam
from tfgan_kit.training.ema import ExponentialMovingAverage
from tfgan_kit.training.precision import scope
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["Recipe", "get", "names"]


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
        """Build and compile the GAN of this recipe.

        Args:
            image_shape: Tuple `(height, width, channels)` of the data. Defaults
                to `(28, 28, 1)`.
            seed: Integer in [0, 2**31) or None. With an integer the global
                seeds of Keras, NumPy and Python are set first, so that the
                initial weights are the same each time. Defaults to None.
            precision: What the networks compute in, as for
                `tfgan_kit.training.precision.resolve`. Defaults to `"float32"`.
            **compile_arguments: Passed on to `GAN.compile`, and stronger than
                the recipe's: `jit_compile`, `steps_per_execution`, ...

        Returns:
            A compiled `GAN`.

        Raises:
            InvalidArgument: If the networks cannot make images of that shape, or
                the seed, the precision or a setting of the recipe is not valid, or
                `compile` has no argument of that name.

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
                    f"`{name}` is no argument of GAN.compile. What belongs to the recipe, "
                    "`model_arguments` too, is changed by dataclasses.replace"
                    + did_you_mean(name, known)
                )
        if latent.check_seed(seed) is not None:
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


def _falling(first, last, steps):
    """From `first` to `last` along half a cosine in that many steps, then `last`."""
    return keras.optimizers.schedules.CosineDecay(first, steps, alpha=last / first)


_R3GAN_BURN_IN = 5_000

_RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="dcgan",
            description="the default: good digits soonest, in small networks and batches",
            reference=(
                "beta_1 0.5 is that of Radford et al., 2016, https://arxiv.org/abs/1511.06434, "
                "section 4; the rest was searched for at equal time on MNIST with "
                "benchmarks/time_to_quality.py: half the tutorial's width, kernels of 4, no "
                "convolution at 7x7, minibatch standard deviation, a rate of 1e-3, batch 32 and "
                "the average"
            ),
            batch_size=32,
            epochs=60,
            learning_rate=1e-3,
            beta_1=0.5,
            model_arguments={
                "width": 32,
                "kernel_size": 4,
                "plane_convolution": False,
                "minibatch_stddev": True,
            },
            ema=0.995,
        ),
        Recipe(
            name="tutorial",
            description="TensorFlow's DCGAN tutorial, exactly; slow and steady",
            reference="https://www.tensorflow.org/tutorials/generative/dcgan",
            batch_size=256,
            epochs=50,
            learning_rate=1e-4,
        ),
        Recipe(
            name="lsgan",
            description="least squares: gradients that stay large where D is sure",
            reference=(
                "Mao et al., 2017, https://arxiv.org/abs/1611.04076: labels 0, 1, 1, batch 64, "
                "Adam with beta_1 0.5; the rate of 2e-4 is their one for small images"
            ),
            batch_size=64,
            epochs=80,
            learning_rate=2e-4,
            beta_1=0.5,
            loss="least_squares",
            ema=0.995,
        ),
        Recipe(
            name="wgan_gp",
            description="a critic of slope 1, whose loss tells of quality; slow: five D steps",
            reference=(
                "Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, algorithm 1: "
                "lambda 10, five critic steps of 64 images each, Adam 1e-4, beta 0 and 0.9"
            ),
            batch_size=320,
            epochs=150,
            learning_rate=1e-4,
            beta_1=0.0,
            beta_2=0.9,
            model_arguments={"dropout": 0.0},
            loss="wasserstein",
            penalties=[penalties.WGANGP(weight=10.0)],
            ema=0.995,
            discriminator_steps=5,
        ),
        Recipe(
            name="hinge_sn",
            description="hinge loss, spectral norms in D, two rates: steady without a penalty",
            reference=(
                "Miyato et al., 2018, https://arxiv.org/abs/1802.05957, for the norms; "
                "Zhang et al., 2019, https://arxiv.org/abs/1805.08318, for hinge, Adam 1e-4 and "
                "4e-4, beta 0 and 0.9"
            ),
            batch_size=64,
            epochs=80,
            learning_rate=1e-4,
            discriminator_learning_rate=4e-4,
            beta_1=0.0,
            beta_2=0.9,
            model_arguments={"dropout": 0.0, "spectral_normalization": True},
            loss="hinge",
            ema=0.995,
        ),
        Recipe(
            name="dragan",
            description="the tutorial's losses with gentle slopes around real images",
            reference=(
                "Kodali et al., 2017, https://arxiv.org/abs/1705.07215: lambda 10, batch 64, "
                "Adam 2e-4, beta 0.5 and 0.999"
            ),
            batch_size=64,
            epochs=80,
            learning_rate=2e-4,
            beta_1=0.5,
            model_arguments={"dropout": 0.0},
            penalties=[penalties.DRAGAN(weight=10.0)],
            ema=0.995,
        ),
        Recipe(
            name="r3gan",
            description="relativistic pairs, R1 and R2, residual networks without normalisation",
            reference=(
                "Huang et al., 2024, https://arxiv.org/abs/2501.05441: Adam with beta_1 0, beta_2 "
                "rising from 0.9 to 0.99, rate and gamma falling along cosines in a burn-in, no "
                "normalisation; widths, burn-in and gamma are scaled down to small images"
            ),
            batch_size=128,
            epochs=120,
            learning_rate=_falling(2e-4, 5e-5, _R3GAN_BURN_IN),
            beta_1=0.0,
            beta_2=_falling(0.9, 0.99, _R3GAN_BURN_IN),
            model="residual",
            latent_dim=64,
            loss="relativistic_pairing",
            penalties=[
                penalties.R1(_falling(2.0, 0.2, _R3GAN_BURN_IN)),
                penalties.R2(_falling(2.0, 0.2, _R3GAN_BURN_IN)),
            ],
            ema=ExponentialMovingAverage(half_life=10_000),
        ),
    )
}


def names():
    """The names of all recipes.

    Returns:
        A list of strings, the default one first.

    Example:

    ```python
    from tfgan_kit import recipes

    recipes.names()  # ["dcgan", "tutorial"]
    ```
    """
    return list(_RECIPES)


def get(identifier=None):
    """The recipe of a name, a config or an object.

    Args:
        identifier: A name, a dict of `Recipe`'s fields, a `Recipe`, or None for
            the default one, `"dcgan"`.

    Returns:
        A `Recipe`.

    Raises:
        InvalidArgument: If the name or a field is not known; the nearest known
            one is named.

    Example:

    ```python
    from tfgan_kit import recipes

    recipes.get("tutorial").batch_size  # 256
    ```
    """
    if isinstance(identifier, Recipe):
        return identifier
    if isinstance(identifier, dict):
        return _from_dict(identifier)
    if identifier is None:
        return next(iter(_RECIPES.values()))
    if isinstance(identifier, str) and identifier in _RECIPES:
        return _RECIPES[identifier]
    raise InvalidArgument(
        f"`recipe` must be one of {', '.join(_RECIPES)}. Received: recipe={identifier!r}"
        + did_you_mean(identifier, _RECIPES)
    )


def _from_dict(config):
    fields = [field.name for field in dataclasses.fields(Recipe)]
    for key in config:
        if key not in fields:
            raise InvalidArgument(f"A recipe has no {key!r}" + did_you_mean(key, fields))
    try:
        return Recipe(**config)
    except TypeError as error:
        raise InvalidArgument(f"The recipe is not complete: {error}") from error
