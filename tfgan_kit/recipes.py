"""Named recipes: networks, compile arguments and batch size that go together."""

import dataclasses

import keras

from tfgan_kit import latent, models
from tfgan_kit.errors import InvalidArgument, nearest_names
from tfgan_kit.gan import GAN

__all__ = ["Recipe", "get", "names"]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything about a training run but its data, its length and its seed.

    Args:
        name: String.
        description: String, one line: what it is good for.
        reference: String, where its settings come from.
        batch_size: Integer, images in a step.
        epochs: Integer, the length of training where none is asked for.
        learning_rate: Float, of both Adam optimizers.
        beta_1: Float in [0, 1), of both Adam optimizers. Defaults to 0.9.
        model: String, a name of `tfgan_kit.models`. Defaults to `"dcgan"`.
        latent_dim: Integer, the length of a noise vector. Defaults to 100.
        loss: String, a name of `tfgan_kit.losses`. Defaults to
            `"non_saturating"`.

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
    model: str = "dcgan"
    latent_dim: int = 100
    loss: str = "non_saturating"

    def build(self, image_shape=(28, 28, 1), seed=None, **compile_arguments):
        """Build and compile the GAN of this recipe.

        Args:
            image_shape: Tuple `(height, width, channels)` of the data. Defaults
                to `(28, 28, 1)`.
            seed: Integer in [0, 2**31) or None. With an integer the global
                seeds of Keras, NumPy and Python are set first, so that the
                initial weights are the same each time. Defaults to None.
            **compile_arguments: Passed on to `GAN.compile`, and stronger than
                the recipe's: `jit_compile`, `steps_per_execution`, ...

        Returns:
            A compiled `GAN`.

        Raises:
            InvalidArgument: If the networks cannot make images of that shape,
                or the seed is out of range.

        Example:

        ```python
        from tfgan_kit import recipes

        gan = recipes.get("tutorial").build(image_shape=(28, 28, 1), seed=0)
        ```
        """
        if latent.check_seed(seed) is not None:
            keras.utils.set_random_seed(seed)
        generator, discriminator = models.get(self.model)(
            image_shape=image_shape, latent_dim=self.latent_dim
        )
        gan = GAN(generator, discriminator, latent_dim=self.latent_dim, seed=seed)
        arguments = {
            f"{role}_optimizer": keras.optimizers.Adam(
                self.learning_rate, beta_1=self.beta_1, name=f"{role}_optimizer"
            )
            for role in ("generator", "discriminator")
        }
        gan.compile(**{"loss": self.loss, **arguments, **compile_arguments})
        return gan


_RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="dcgan",
            description="the default: good digits soonest, in small batches",
            reference=(
                "Adam 2e-4 with beta_1 0.5 is that of Radford et al., 2016, "
                "https://arxiv.org/abs/1511.06434, section 4; the batch of 32 was chosen on the "
                "1,797 digits, where it covers all classes sooner than 64"
            ),
            batch_size=32,
            epochs=40,
            learning_rate=2e-4,
            beta_1=0.5,
        ),
        Recipe(
            name="tutorial",
            description="TensorFlow's DCGAN tutorial, exactly; slow and steady",
            reference="https://www.tensorflow.org/tutorials/generative/dcgan",
            batch_size=256,
            epochs=50,
            learning_rate=1e-4,
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
    near = nearest_names(identifier, _RECIPES)
    raise InvalidArgument(
        f"`recipe` must be one of {', '.join(_RECIPES)}. Received: recipe={identifier!r}"
        + (f"; did you mean {near[0]!r}?" if near else "")
    )


def _from_dict(config):
    fields = [field.name for field in dataclasses.fields(Recipe)]
    for key in config:
        if key not in fields:
            near = nearest_names(key, fields)
            raise InvalidArgument(
                f"A recipe has no {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
    try:
        return Recipe(**config)
    except TypeError as error:
        raise InvalidArgument(f"The recipe is not complete: {error}") from error
