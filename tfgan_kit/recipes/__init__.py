"""Named recipes: networks, compile arguments and batch size that go together."""

import copy
import dataclasses

from tfgan_kit.recipes.dcgan import DCGAN
from tfgan_kit.recipes.dragan import DRAGAN
from tfgan_kit.recipes.hinge_sn import HINGE_SN
from tfgan_kit.recipes.lsgan import LSGAN
from tfgan_kit.recipes.own import find_recipe, is_file
from tfgan_kit.recipes.pgan import PGAN
from tfgan_kit.recipes.r3gan import R3GAN
from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.recipes.stylegan import STYLEGAN
from tfgan_kit.recipes.texture import TEXTURE
from tfgan_kit.recipes.tutorial import TUTORIAL
from tfgan_kit.recipes.wgan_gp import WGAN_GP
from tfgan_kit.training.updates import from_version_0_1
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["Recipe", "get", "names"]

# The first one is the default.
_RECIPES = {
    recipe.name: recipe
    for recipe in (
        DCGAN,
        TUTORIAL,
        LSGAN,
        WGAN_GP,
        HINGE_SN,
        DRAGAN,
        R3GAN,
        PGAN,
        STYLEGAN,
        TEXTURE,
    )
}


def names():
    """The names of all recipes.

    Returns:
        A list of strings, the default one first.

    Example:

    ```python
    from tfgan_kit import recipes

    recipes.names()[0]  # "dcgan"
    ```
    """
    return list(_RECIPES)


def get(identifier=None):
    """The recipe of a name, a Python file, a config or an object.

    Args:
        identifier: A name; the path of a Python file that defines one `Recipe`, or one with the
            name `recipe`, and is run; a dict of `Recipe`'s fields; a `Recipe`; or None for the
            default one, `"dcgan"`.

    Returns:
        A `Recipe`.

    Raises:
        InvalidArgument: If the name or a field is not known, or the file has an error.

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
        identifier = next(iter(_RECIPES))
    if isinstance(identifier, str) and identifier in _RECIPES:
        # Whoever changes the lists and dicts of a recipe does not change the next one's.
        return copy.deepcopy(_RECIPES[identifier])
    if is_file(identifier):
        return find_recipe(identifier, _RECIPES.values())
    raise InvalidArgument(
        f"`recipe` must be one of {', '.join(_RECIPES)}, or a Python file (.py). "
        f"Received: recipe={identifier!r}" + did_you_mean(identifier, _RECIPES)
    )


def _from_dict(config):
    config = from_version_0_1(config)
    fields = [field.name for field in dataclasses.fields(Recipe)]
    for key in config:
        if key not in fields:
            raise InvalidArgument(f"A recipe has no field {key!r}" + did_you_mean(key, fields))
    try:
        return Recipe(**config)
    except TypeError as error:
        raise InvalidArgument(f"The recipe is incomplete: {error}") from error
