"""How objects of the kit are saved: by their constructor's arguments."""

import inspect

import keras

__all__ = ["Configurable"]


class Configurable:
    """`get_config` and `from_config` for a class that keeps each argument under its own name."""

    def get_config(self):
        names = inspect.signature(type(self)).parameters
        return {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in names}

    @classmethod
    def from_config(cls, config):
        deserialize = keras.saving.deserialize_keras_object
        return cls(**{name: deserialize(value) for name, value in config.items()})
