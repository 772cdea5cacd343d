"""What Keras 3.15 has no public name for, in one place."""

__all__ = ["all_layers", "held_learning_rate"]


def all_layers(model, include_self=True):
    """Every layer of a model, however deep, and the model itself."""
    return list(model._flatten_layers(include_self=include_self))


def held_learning_rate(optimizer):
    """The variable, schedule or function that gives an optimizer's learning rate."""
    return optimizer._learning_rate
