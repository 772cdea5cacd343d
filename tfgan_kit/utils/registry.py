"""From a name, a config or an object to an object: one way for all rooms."""

import keras

from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["Registry"]


class Registry:
    """A table of names, and `get` of a name, a config, an object or None."""

    def __init__(self, argument, kind, table, default=None):
        self.argument = argument
        self.kind = kind
        self.table = table
        self.default = default

    def get(self, identifier):
        """The object; a name gives the class's object with its default arguments."""
        if identifier is None and self.default is not None:
            identifier = self.default
        if isinstance(identifier, dict):
            identifier = keras.saving.deserialize_keras_object(identifier)
        if isinstance(identifier, str) and identifier in self.table:
            return self.table[identifier]()
        if isinstance(identifier, self.kind):
            return identifier
        raise InvalidArgument(
            f"`{self.argument}` must be one of {', '.join(map(repr, self.table))}, or an "
            f"instance or config of {self.kind.__name__}. Received: {self.argument}={identifier!r}"
            + did_you_mean(identifier, self.table)
        )
