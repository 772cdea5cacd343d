"""What Keras 3.15 has no public name for, in one place."""

__all__ = ["all_layers", "held_learning_rate"]


def all_layers(model, include_self=True):
    """Every layer of a model, however deep, and the model itself.

    `Model.layers` stops at the first level. Uses `Layer._flatten_layers` of Keras 3.15.

    Args:
        model: A `keras.Layer`.
        include_self: Boolean, whether the model itself comes first. Defaults to True.

    Returns:
        A list of `keras.Layer`, parents before their children.

    Example:

    ```python
    import keras
    from tfgan_kit.utils.keras_compat import all_layers

    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    outer = keras.Sequential([keras.Input((4,)), inner])
    len(all_layers(outer)), len(outer.layers)  # (4, 1)
    ```
    """
    return list(model._flatten_layers(include_self=include_self))


def held_learning_rate(optimizer):
    """The variable, schedule or function that gives an optimizer's learning rate.

    `Optimizer.learning_rate` is a schedule's value of now. Uses `Optimizer._learning_rate` of
    Keras 3.15.

    Args:
        optimizer: A `keras.optimizers.Optimizer`.

    Returns:
        A `keras.Variable`, a `LearningRateSchedule` or a function.

    Example:

    ```python
    import keras
    from tfgan_kit.utils.keras_compat import held_learning_rate

    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    held_learning_rate(keras.optimizers.Adam(schedule)) is schedule  # True
    ```
    """
    return optimizer._learning_rate
