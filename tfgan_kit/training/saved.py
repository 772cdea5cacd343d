"""`Saved`: the files that a GAN is written to and read from."""

import os

import keras

from tfgan_kit.training.state import assign_state, named_state
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path

__all__ = ["Saved"]


class Saved(keras.Model):
    """The part of `GAN` that is about files."""

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Write everything to a `.keras` file, whole or not at all; else as `keras.Model.save`."""
        path = str(filepath)
        is_file = zipped is not False and "://" not in path
        if is_file and not path.endswith(".keras"):
            raise InvalidArgument(
                "`filepath` must end with '.keras', since no other format holds all that training "
                f"needs; `export` writes the generator alone. Received: filepath={path!r}"
            )
        if is_file and (overwrite or not os.path.exists(path)):
            with atomic_path(path) as temporary:
                super().save(temporary, zipped=zipped, **kwargs)
        else:
            super().save(filepath, overwrite, zipped, **kwargs)

    def export(self, filepath, *args, **kwargs):
        """Export the generator that `generate` uses, as `keras.Model.export` does.

        `tfgan_kit.export.to_saved_model` and the others also check what they wrote.
        """
        return self.sampling_generator.export(filepath, *args, **kwargs)

    def save_own_variables(self, store):
        """Store counters, random states, metrics, average, replay and terms by name."""
        for name, variable in named_state(self).items():
            store[name] = variable.numpy()

    def load_own_variables(self, store):
        """Bring back what `save_own_variables` stored."""
        assign_state(self, {name: store[name] for name in store.keys()})  # noqa: SIM118
