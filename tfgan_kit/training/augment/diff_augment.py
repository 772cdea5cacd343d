"""What real and fake images go through before the discriminator sees them."""

import abc
import math

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument, did_you_mean, nearest_names

__all__ = ["Augmentation", "Compose", "DiffAugment", "InstanceNoise", "get"]


class Augmentation(abc.ABC):
    """A random change of images that gradients pass through, as an object that Keras can save.

    A subclass defines `__call__` as a pure function of images, seed and step,
    differentiable in the images; gives its constructor arguments back from
    `get_config`; and is registered with
    `keras.saving.register_keras_serializable`, so that a saved `GAN` finds it.

    Example:

    ```python
    import keras
    import tensorflow as tf
    from tfgan_kit.training import augment

    @keras.saving.register_keras_serializable(package="my_project")
    class Flip(augment.Augmentation):
        def __call__(self, images, seed, step):
            heads = tf.random.stateless_uniform((tf.shape(images)[0], 1, 1, 1), seed) < 0.5
            return tf.where(heads, images[:, :, ::-1], images)
    ```
    """

    @abc.abstractmethod
    def __call__(self, images, seed, step):
        """Change a batch."""

    def get_config(self):
        """The constructor's arguments, for saving."""
        return {}

    @classmethod
    def from_config(cls, config):
        """The augmentation with these constructor arguments."""
        return cls(**config)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class DiffAugment(Augmentation):
    """Differentiable augmentation: colour, translation and cutout, each image its own.

    The discriminator sees `T(x)` and `T(G(z))` and never the images themselves,
    in its own update and in the generator's. It cannot learn few images by
    heart, and since gradients pass through `T`, the generator does not learn to
    draw the augmentation.

    - `"color"`: adds a brightness from U(-0.5, 0.5), scales the distance to the
      pixel's mean over channels by a saturation from U(0, 2) (which leaves grey
      images as they are), then the distance to the image's mean by a contrast
      from U(0.5, 1.5). Values may leave [-1, 1].
    - `"translation"`: moves by whole pixels, up to an eighth of the height and
      of the width, rounded down, in either direction; what comes in is 0.
    - `"cutout"`: sets a rectangle of half the height and half the width to 0.
      Its centre is anywhere in the image, so that part of it may lie outside.

    Args:
        policy: String, one or more of `"color"`, `"translation"` and `"cutout"`
            with commas between, applied in this order. Defaults to
            `"color,translation,cutout"`.

    Raises:
        InvalidArgument: If a name is not known; at a call, if the data are no
            float images `(batch, height, width, channels)`.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import augment

    change = augment.DiffAugment("translation,cutout")
    change(tf.ones((2, 16, 16, 3)), seed=(0, 0), step=0).shape  # (2, 16, 16, 3)
    ```

    Reference: Zhao et al., 2020, https://arxiv.org/abs/2006.10738, section 3;
    ranges as in https://github.com/mit-han-lab/data-efficient-gans,
    `DiffAugment_tf.py`.
    """

    def __init__(self, policy="color,translation,cutout"):
        self.policy = policy
        self._changes = [_change_of(name, policy) for name in _names_of(policy)]

    def __call__(self, images, seed, step):
        images = _check_floats(images)
        if len(images.shape) != 4:
            raise InvalidArgument(
                "DiffAugment changes images of shape (batch, height, width, channels). "
                f"Received: data of shape {tuple(images.shape)}; InstanceNoise takes any shape"
            )
        changed = _at_least_float32(images)
        for index, change in enumerate(self._changes):
            changed = change(changed, _sub_seed(seed, index))
        return tf.cast(changed, images.dtype)

    def get_config(self):
        return {"policy": self.policy}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class InstanceNoise(Augmentation):
    """Gaussian noise on what the discriminator sees, to fade out over training.

    `x + stddev(step) * N(0, 1)`, for real and fake data alike. The noise gives
    both distributions a density everywhere, so that they overlap, and a gradient
    exists even while the fakes are far off.

    Args:
        stddev: Float, 0 or more, or a
            `keras.optimizers.schedules.LearningRateSchedule` of the training
            step. Images are in [-1, 1]. Defaults to 0.1.

    Raises:
        InvalidArgument: If `stddev` is neither; at a call, if the data are no
            floats.

    Example:

    ```python
    import keras
    import tensorflow as tf
    from tfgan_kit.training import augment

    fading = keras.optimizers.schedules.PolynomialDecay(0.1, 10_000, end_learning_rate=0.0)
    change = augment.InstanceNoise(fading)
    change(tf.zeros((4, 2)), seed=(0, 0), step=5_000)  # noise of standard deviation 0.05
    ```

    Reference: Sønderby et al., 2017, https://arxiv.org/abs/1610.04490; Arjovsky &
    Bottou, 2017, https://arxiv.org/abs/1701.04862, section 3.
    """

    def __init__(self, stddev=0.1):
        is_number = isinstance(stddev, (int, float)) and not isinstance(stddev, bool)
        is_schedule = isinstance(stddev, keras.optimizers.schedules.LearningRateSchedule)
        if not is_schedule and not (is_number and 0 <= stddev < math.inf):
            raise InvalidArgument(
                "`stddev` must be a finite number of 0 or more or a "
                f"keras.optimizers.schedules.LearningRateSchedule. Received: stddev={stddev!r}"
            )
        self.stddev = stddev

    def __call__(self, images, seed, step):
        images = _check_floats(images)
        noise = self.stddev_at(step) * tf.random.stateless_normal(
            tf.shape(images), seed, alg="philox"
        )
        precise = _at_least_float32(images)
        return tf.cast(precise + tf.cast(noise, precise.dtype), images.dtype)

    def stddev_at(self, step):
        """The standard deviation at a step.

        Args:
            step: Integer scalar, the training steps taken so far.

        Returns:
            A float32 scalar tensor.
        """
        stddev = self.stddev(step) if callable(self.stddev) else self.stddev
        return ops.cast(stddev, "float32")

    def get_config(self):
        return {"stddev": keras.saving.serialize_keras_object(self.stddev)}

    @classmethod
    def from_config(cls, config):
        return cls(**keras.saving.deserialize_keras_object(config))


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Compose(Augmentation):
    """Several augmentations, one after the other, each with a seed of its own.

    Args:
        augmentations: List of what `augment.get` takes.

    Raises:
        InvalidArgument: If a member is None or not known.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import augment

    change = augment.Compose(["translation", augment.InstanceNoise(0.05)])
    change(tf.zeros((2, 8, 8, 1)), seed=(0, 0), step=0).shape  # (2, 8, 8, 1)
    ```
    """

    def __init__(self, augmentations):
        if not isinstance(augmentations, (list, tuple)) or any(
            each is None for each in augmentations
        ):
            raise InvalidArgument(
                "`augmentations` must be a list of augmentations, names or configs. "
                f"Received: augmentations={augmentations!r}"
            )
        self.augmentations = [get(each) for each in augmentations]

    def __call__(self, images, seed, step):
        for index, augmentation in enumerate(self.augmentations):
            images = augmentation(images, _sub_seed(seed, index), step)
        return images

    def get_config(self):
        return {
            "augmentations": [
                keras.saving.serialize_keras_object(each) for each in self.augmentations
            ]
        }


def get(identifier):
    """The augmentation of a policy, a name, a list, a config or an object.

    Args:
        identifier: A policy of `DiffAugment` such as `"color,translation"`; a
            name (`"diff_augment"`, `"instance_noise"`); a list of any of these,
            for `Compose`; a config dict from
            `keras.saving.serialize_keras_object`; an `Augmentation`; or None for
            none.

    Returns:
        An `Augmentation` or None.

    Raises:
        InvalidArgument: If the name is not known or the type is none of these.

    Example:

    ```python
    from tfgan_kit.training import augment

    augment.get("translation,cutout").policy  # "translation,cutout"
    ```
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if identifier is None or isinstance(identifier, Augmentation):
        return identifier
    if isinstance(identifier, (list, tuple)):
        return Compose(identifier)
    if isinstance(identifier, str):
        return _AUGMENTATIONS[identifier]() if identifier in _AUGMENTATIONS else _policy(identifier)
    raise InvalidArgument(
        "`augment` must be None, an Augmentation, a list of them, one of "
        f"{sorted(_AUGMENTATIONS)} or a policy of {sorted(_CHANGES)}. "
        f"Received: augment={identifier!r}"
    )


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
        offsets.append(_integers(batch, -reach, reach + 1, _sub_seed(seed, index)))
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
        centre = _integers(batch, 0, size + 1 - cut % 2, _sub_seed(seed, index))
        start = centre - cut // 2
        sides.append(_within(tf.range(size)[tf.newaxis], start, start + cut))
    return images * (1 - tf.cast(_rectangle(*sides), images.dtype))


_CHANGES = {"color": _color, "translation": _translation, "cutout": _cutout}
_AUGMENTATIONS = {"diff_augment": DiffAugment, "instance_noise": InstanceNoise}


def _within(positions, start, end):
    return (positions >= start) & (positions < end)


def _rectangle(rows, columns):
    """Bools `(batch, height, width, 1)` of `(batch, height)` and `(batch, width)`."""
    return rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]


def _integers(batch, low, high, seed):
    """Integers in [low, high), of shape `(batch, 1)`."""
    return tf.random.stateless_uniform((batch, 1), seed, low, high, tf.int32, alg="philox")


def _sub_seed(seed, index):
    return tf.random.experimental.stateless_fold_in(seed, index, alg="philox")


def _at_least_float32(images):
    """Sums and products of bfloat16 images would lose half their digits."""
    return ops.cast(images, keras.backend.result_type(images.dtype.name, "float32"))


def _check_floats(images):
    images = tf.convert_to_tensor(images)
    if not images.dtype.is_floating:
        raise InvalidArgument(
            f"Augmentation takes floats in [-1, 1]. Received: dtype {images.dtype.name}; "
            "tfgan_kit.media.to_float converts 0 to 255"
        )
    return images


def _names_of(policy):
    if not isinstance(policy, str):
        raise InvalidArgument(
            f"`policy` must be a string such as 'color,translation'. Received: policy={policy!r}"
        )
    return [name.strip() for name in policy.split(",")]


def _change_of(name, policy):
    if name in _CHANGES:
        return _CHANGES[name]
    raise InvalidArgument(
        f"`policy` must be one or more of {sorted(_CHANGES)} with commas between. "
        f"Received: policy={policy!r}, in which {name!r} is not known"
        + did_you_mean(name, _CHANGES)
    )


def _policy(identifier):
    near = nearest_names(identifier, _AUGMENTATIONS)
    if "," not in identifier and identifier not in _CHANGES and near:
        raise InvalidArgument(
            f"`augment` must be one of {sorted(_AUGMENTATIONS)} or a policy of "
            f"{sorted(_CHANGES)}. Received: augment={identifier!r}; did you mean {near[0]!r}?"
        )
    return DiffAugment(identifier)
