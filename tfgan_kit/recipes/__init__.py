"""Named recipes: networks, compile arguments and batch size that go together."""

from tfgan_kit.recipes.recipe import Recipe, get, names

__all__ = ["Recipe", "get", "names"]
