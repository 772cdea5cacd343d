"""Plane waves of random phase: the periodic part of a texture's noise."""

import math

import keras
import numpy as np
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Waves(keras.layers.Layer):
    """Cosines and sines of plane waves on a grid, of random phases, and nearly of given lengths.

    They tell every place of a texture that repeats where in a period it is. Both numbers of a wave
    vary between examples, as those of a real texture do within a picture, and so that the waves of
    a picture of any size can be ones of which it has a whole number.

    Args:
        waves: Sequence of pairs of numbers, periods per pixel down and to the right.
        size: Positive integer, cells in each side of the grid.
        cell: Positive integer, side of a cell in pixels. Defaults to 1.
        spread: Non-negative float, standard deviation of each number of a wave, as a share of the
            wave's periods per pixel. Defaults to 0.1.
        **kwargs: As for `keras.layers.Layer`.

    Input: Float tensor `(batch, 4 * len(waves))`, standard normal: two numbers for each wave's
        phase, then two for its change.

    Output: Tensor `(batch, size, size, 2 * len(waves))`, the cosines first.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.layers import Waves

    Waves([(0, 1 / 32)], size=8, cell=4)(np.ones((2, 4), "float32")).shape  # (2, 8, 8, 2)
    ```

    Reference: Bergmann et al., 2017, https://arxiv.org/abs/1705.06566, section 3.
    """

    def __init__(self, waves, size, cell=1, spread=0.1, **kwargs):
        super().__init__(**kwargs)
        if np.ndim(waves) != 2 or np.shape(waves)[1] != 2:
            raise InvalidArgument(
                f"`waves` must be a sequence of pairs of numbers. Received: waves={waves!r}"
            )
        self.waves = [[float(each) for each in wave] for wave in waves]
        self.size = check_integer("size", size, 1)
        self.cell = check_integer("cell", cell, 1)
        self.spread = check_number("spread", spread, minimum=0)

    def call(self, inputs):
        num, waves = len(self.waves), np.array(self.waves, "float32")
        phases = ops.arctan2(inputs[:, :num], inputs[:, num : 2 * num])
        lengths = self.spread * np.linalg.norm(waves, axis=1, keepdims=True)
        waves = waves + lengths * ops.reshape(inputs[:, 2 * num :], (-1, num, 2))
        # From the middle, so that a change of the wave is one of the phase nowhere else.
        places = self.cell * (np.arange(self.size) - (self.size - 1) / 2)
        return plane_waves(waves, phases, places.astype("float32"), places.astype("float32"))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size, self.size, 2 * len(self.waves))

    def get_config(self):
        own = {name: getattr(self, name) for name in ("waves", "size", "cell", "spread")}
        return {**super().get_config(), **own}


def plane_waves(waves, phases, rows, columns):
    """Cosines and sines of waves `(batch, num, 2)` of phases `(batch, num)` at these pixels."""
    down = waves[:, None, None, :, 0] * rows[:, None, None]
    right = waves[:, None, None, :, 1] * columns[:, None]
    angles = 2 * math.pi * (down + right) + phases[:, None, None, :]
    return ops.concatenate([ops.cos(angles), ops.sin(angles)], axis=-1)
