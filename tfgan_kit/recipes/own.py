"""Recipes of one's own: a Python file that defines a `Recipe`, and its losses and networks."""

import hashlib
import os
import pathlib
import sys
import traceback
import types

import keras

from tfgan_kit.recipes.recipe import Recipe
from tfgan_kit.utils.errors import InvalidArgument, first_line

__all__ = ["error_in", "file_sha256", "find_recipe", "import_file", "is_file"]


def is_file(identifier):
    """Whether a recipe is given as the path of a Python file."""
    return isinstance(identifier, os.PathLike) or (
        isinstance(identifier, str) and identifier.endswith(".py")
    )


def file_sha256(path):
    """The SHA-256 of a Python file."""
    try:
        return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidArgument(f"Cannot read the recipe {path}: {error.strerror}") from error


def import_file(path):
    """Run a Python file as a module, and let Keras find its classes and functions by name."""
    digest = file_sha256(path)
    module = types.ModuleType(f"recipe_{digest[:16]}")
    module.__file__ = str(path)
    # Dataclasses and pickle look up a class's module by name.
    sys.modules[module.__name__] = module
    try:
        exec(compile(pathlib.Path(path).read_bytes(), str(path), "exec"), vars(module))
    except Exception as error:  # noqa: BLE001 - a user's file may raise anything.
        raise error_in(path, error) from error
    own = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, (type, types.FunctionType)) and value.__module__ == module.__name__
    }
    keras.saving.get_custom_objects().update(own)
    return module


def error_in(path, error):
    """An error of a Python file, or of what it defines, in one sentence with its line."""
    file = pathlib.Path(path).resolve()
    lines = [
        each.lineno
        for each in traceback.extract_tb(error.__traceback__)
        if pathlib.Path(each.filename).resolve() == file
    ]
    line = lines[-1] if lines else getattr(error, "lineno", None)
    place = f"{path}, line {line}" if line else str(path)
    kind = "" if isinstance(error, InvalidArgument) else f"{type(error).__name__}: "
    return InvalidArgument(f"{place}: {kind}{first_line(error)}")


def find_recipe(path, known):
    """The recipe that a Python file defines: `recipe`, or the only one that is not `known`."""
    names = vars(import_file(path))
    recipe = names.get("recipe")
    if isinstance(recipe, Recipe):
        return recipe
    found = {
        name: value
        for name, value in names.items()
        if isinstance(value, Recipe) and value not in known
    }
    if len(found) != 1:
        raise InvalidArgument(
            f"{path} must define one `Recipe`, or one with the name `recipe`. "
            f"Found: {', '.join(found) or 'none'}"
        )
    return next(iter(found.values()))
