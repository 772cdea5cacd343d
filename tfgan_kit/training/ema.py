"""`ExponentialMovingAverage`: the generator's weights averaged over the steps."""

import math

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["ExponentialMovingAverage", "get"]

_RAMPUP = 0.05


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ExponentialMovingAverage:
    """An average of the generator that moves along as it trains, and is better than it.

    After every step `average = decay * average + (1 - decay) * weights`, in
    float32. The statistics of batch normalisation and other weights that are not
    trained are copied. The average is a network of its own, `generator`, which
    `GAN.generate`, the callbacks and exports use.

    Args:
        decay: Float in [0, 1), the share of the old average that a step keeps; or
            None where `half_life` is given. Defaults to None.
        half_life: Float above 0, real images after which a weight counts half,
            whatever the batch; or None where `decay` is given. Defaults to None.
        warmup: Bool. The first steps are poor, and a slow average would keep them
            long: with `decay` the decay is at most `(1 + step) / (10 + step)`, with
            `half_life` the half-life is at most a twentieth of the images seen.
            Defaults to True.

    Raises:
        InvalidArgument: If not exactly one of `decay` and `half_life` is given, or
            it is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit.training.ema import ExponentialMovingAverage

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile(ema=ExponentialMovingAverage(half_life=10_000))
    gan.generate(2, seed=0)  # of the average
    ```

    Reference: Yazıcı et al., 2019, https://arxiv.org/abs/1806.04498; half-life and
    its ramp: Karras et al., 2018, https://arxiv.org/abs/1710.10196, and 2020,
    https://arxiv.org/abs/2006.06676, whose ramp is 0.05; the warm-up of a decay:
    `tf.train.ExponentialMovingAverage`, `num_updates`.
    """

    def __init__(self, decay=None, half_life=None, warmup=True):
        if (decay is None) == (half_life is None):
            raise InvalidArgument(
                "Give exactly one of `decay` and `half_life`. "
                f"Received: decay={decay!r}, half_life={half_life!r}"
            )
        if decay is not None and not (_is_number(decay) and 0 <= decay < 1):
            raise InvalidArgument(f"`decay` must be in [0, 1). Received: decay={decay!r}")
        if half_life is not None and not (_is_number(half_life) and 0 < half_life < math.inf):
            raise InvalidArgument(
                "`half_life` must be a finite number of images above 0. "
                f"Received: half_life={half_life!r}"
            )
        if not isinstance(warmup, bool):
            raise InvalidArgument(f"`warmup` must be a bool. Received: warmup={warmup!r}")
        self.decay = decay
        self.half_life = half_life
        self.warmup = warmup
        self.generator = None

    def build(self, generator, latent_dim):
        """Make the network of the average, with the generator's weights of now."""

        # All replicas hold the same weights after a step, so the first one speaks for all.
        def alike_on_every_replica(next_creator, **arguments):
            return next_creator(
                **{**arguments, "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA}
            )

        with tf.variable_creator_scope(alike_on_every_replica):
            self.generator = _clone(generator, latent_dim)
        self.generator.set_weights(generator.get_weights())
        self.generator.trainable = False

    @property
    def variables(self):
        """List of the average's variables, empty before `build`."""
        return [] if self.generator is None else self.generator.weights

    def update(self, generator, step, batch_size):
        """Take one step of the average; the first step copies.

        Args:
            generator: The Keras model that was trained.
            step: Integer scalar tensor, the steps before this one.
            batch_size: Integer or scalar tensor, real images of this step.
        """
        kept = self.decay_at(step, batch_size)
        trainable = {id(weight) for weight in generator.trainable_weights}
        for average, weight in zip(self.generator.weights, generator.weights, strict=True):
            if id(weight) in trainable:
                # In this form a decay of 0 copies exactly, and equal values stay as they are.
                average.assign(weight + kept * (average - weight))
            else:
                average.assign(weight)

    def decay_at(self, step, batch_size):
        """The share of the old average that a step keeps.

        Args:
            step: Integer scalar, the steps before this one.
            batch_size: Integer scalar, real images of this step.

        Returns:
            A float32 scalar tensor in [0, 1); 0 at step 0.
        """
        step, batch_size = ops.cast(step, "float32"), ops.cast(batch_size, "float32")
        if self.decay is not None:
            kept = ops.convert_to_tensor(self.decay, "float32")
            if self.warmup:
                kept = ops.minimum(kept, (1.0 + step) / (10.0 + step))
        else:
            half_life = ops.convert_to_tensor(self.half_life, "float32")
            if self.warmup:
                half_life = ops.minimum(half_life, _RAMPUP * step * batch_size)
            kept = 0.5 ** (batch_size / ops.maximum(half_life, 1e-8))
        return ops.where(step > 0, kept, 0.0)

    def get_config(self):
        """The constructor's arguments, for saving."""
        return {"decay": self.decay, "half_life": self.half_life, "warmup": self.warmup}

    @classmethod
    def from_config(cls, config):
        """The average with these constructor arguments, not built."""
        return cls(**config)


def get(identifier):
    """The average of a number, a config or an object.

    Args:
        identifier: A float, the decay; a config dict from
            `keras.saving.serialize_keras_object`; an `ExponentialMovingAverage`; or
            None for no average.

    Returns:
        An `ExponentialMovingAverage` or None.

    Raises:
        InvalidArgument: If it is none of these.

    Example:

    ```python
    from tfgan_kit.training import ema

    ema.get(0.995).decay  # 0.995
    ```
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if identifier is None or isinstance(identifier, ExponentialMovingAverage):
        return identifier
    if _is_number(identifier):
        return ExponentialMovingAverage(decay=identifier)
    raise InvalidArgument(
        "`ema` must be None, a decay in [0, 1) or an ExponentialMovingAverage. "
        f"Received: ema={identifier!r}"
    )


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _clone(generator, latent_dim):
    try:
        clone = type(generator).from_config(generator.get_config())
        # A subclass has its weights only once it was called.
        clone(keras.KerasTensor((None, latent_dim)))
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "`ema` needs a generator that can be made again from its config: a Sequential or "
            "functional model, or a subclass whose `get_config` gives its constructor's "
            f"arguments. Received: {type(generator).__name__}: {str(error).splitlines()[0]}"
        ) from error
    return clone
