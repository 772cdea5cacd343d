"""`DiffAugment`: the differentiable augmentation of Zhao et al., 2020."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.training.augment.augmentation import (
    Augmentation,
    check_floats,
    sub_seed,
)
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.tensors import at_least_float32

__all__ = ["CHANGES", "DiffAugment"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class DiffAugment(Augmentation):
    """Differentiable augmentation: color, translation and cutout, random for each image.

    The discriminator sees `T(x)` and `T(G(z))`, in its own update and in the generator's.
    It cannot memorize a few images, and since gradients pass through `T`, the generator does
    not learn to draw the augmentation.

    - `"color"`: adds a brightness from U(-0.5, 0.5), scales the distance to the pixel's
      mean over channels by a saturation from U(0, 2) (grey images keep their values), then
      the distance to the image's mean by a contrast from U(0.5, 1.5). Values may leave
      [-1, 1].
    - `"translation"`: shifts by whole pixels, up to an eighth of height and width, rounded
      down, in either direction; the border is filled with 0.
    - `"cutout"`: sets a rectangle of half the height and half the width to 0. Its centre is
      anywhere in the image, so that a part may lie outside.

    Args:
        policy: String, one or more of `"color"`, `"translation"` and `"cutout"` separated
            by commas, applied in this order. Defaults to `"color,translation,cutout"`.

    Raises:
        InvalidArgument: If a name is not known; when called, if the data are not float
            images `(batch, height, width, channels)`.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import augment

    change = augment.DiffAugment("translation,cutout")
    change(tf.ones((2, 16, 16, 3)), seed=(0, 0), step=0).shape  # (2, 16, 16, 3)
    ```

    Reference: Zhao et al., 2020, https://arxiv.org/abs/2006.10738, section 3; ranges as in
    https://github.com/mit-han-lab/data-efficient-gans, `DiffAugment_tf.py`.
    """

    def __init__(self, policy="color,translation,cutout"):
        self.policy = policy
        self._changes = [_change_of(name, policy) for name in _names_of(policy)]

    def __call__(self, images, seed, step):
        images = check_floats(images)
        if len(images.shape) != 4:
            raise InvalidArgument(
                "DiffAugment takes images of shape (batch, height, width, channels). "
                f"Received: data of shape {tuple(images.shape)}; InstanceNoise takes any shape"
            )
        changed = at_least_float32(images)
        for index, change in enumerate(self._changes):
            changed = change(changed, sub_seed(seed, index))
        return tf.cast(changed, images.dtype)


def _color(images, seed):
    """Brightness, then saturation, then contrast, written as one weighted sum."""
    # Brightness moves the image's mean along, and saturation keeps it, so that
    # one mean, of the images as they came, is enough for all three.
    uniform = tf.random.stateless_uniform((ops.shape(images)[0], 1, 1, 3), seed, alg="philox")
    brightness, saturation, contrast = tf.split(tf.cast(uniform, images.dtype), 3, axis=-1)
    brightness, saturation, contrast = brightness - 0.5, 2 * saturation, contrast + 0.5
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    shift = mean * (1 - contrast) + brightness
    if images.shape[-1] == 1:
        return images * contrast + shift
    grey = tf.reduce_mean(images, axis=-1, keepdims=True)
    return images * (saturation * contrast) + (grey * (contrast * (1 - saturation)) + shift)


def _translation(images, seed):
    batch, height, width, _ = ops.shape(images)
    offsets = []
    for index, size in enumerate((height, width)):
        reach = size // 8
        offsets.append(_integers(batch, -reach, reach + 1, sub_seed(seed, index)))
    return _translate(images, *offsets)


@tf.custom_gradient
def _translate(images, down, right):
    """Move each image by integers of shape `(batch, 1)`, zeros coming in."""
    # The transpose of a translation is the opposite one: gathers both ways, where
    # the gradient of a gather would be a scatter, which is several times slower.

    def gradient(upstream):
        return _translate(upstream, -down, -right), None, None

    _, height, width, _ = ops.shape(images)
    rows = tf.range(height) - down
    columns = tf.range(width) - right
    # Whole rows, then whole columns as rows: much faster than single pixels.
    moved = tf.gather(images, tf.clip_by_value(rows, 0, height - 1), batch_dims=1)
    moved = tf.transpose(moved, (0, 2, 1, 3))
    moved = tf.gather(moved, tf.clip_by_value(columns, 0, width - 1), batch_dims=1)
    moved = tf.transpose(moved, (0, 2, 1, 3))
    from_inside = _rectangle(_within(rows, 0, height), _within(columns, 0, width))
    return moved * tf.cast(from_inside, images.dtype), gradient


def _cutout(images, seed):
    batch, height, width, _ = ops.shape(images)
    sides = []
    for index, size in enumerate((height, width)):
        cut = size // 2
        # An even side has no middle pixel: one place more keeps the ends alike.
        centre = _integers(batch, 0, size + 1 - cut % 2, sub_seed(seed, index))
        start = centre - cut // 2
        sides.append(_within(tf.range(size)[tf.newaxis], start, start + cut))
    return images * (1 - tf.cast(_rectangle(*sides), images.dtype))


CHANGES = {"color": _color, "translation": _translation, "cutout": _cutout}


def _within(positions, start, end):
    return (positions >= start) & (positions < end)


def _rectangle(rows, columns):
    """Bools `(batch, height, width, 1)` of `(batch, height)` and `(batch, width)`."""
    return rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]


def _integers(batch, low, high, seed):
    """Integers in [low, high), of shape `(batch, 1)`."""
    return tf.random.stateless_uniform((batch, 1), seed, low, high, tf.int32, alg="philox")


def _names_of(policy):
    if not isinstance(policy, str):
        raise InvalidArgument(
            f"`policy` must be a string such as 'color,translation'. Received: policy={policy!r}"
        )
    return [name.strip() for name in policy.split(",")]


def _change_of(name, policy):
    if name in CHANGES:
        return CHANGES[name]
    raise InvalidArgument(
        f"`policy` must be one or more of {sorted(CHANGES)} separated by commas. "
        f"Received: policy={policy!r}, in which {name!r} is not known" + did_you_mean(name, CHANGES)
    )
