"""The private names of Keras 3.15 that the kit uses, in one place."""

__all__ = ["all_layers", "held_learning_rate"]


def all_layers(model, include_self=True):
    """All layers of a model at any depth; `Model.layers` stops at the first level."""
    return list(model._flatten_layers(include_self=include_self))


def held_learning_rate(optimizer):
    """An optimizer's variable, schedule or function; `learning_rate` is its current value."""
    return optimizer._learning_rate
