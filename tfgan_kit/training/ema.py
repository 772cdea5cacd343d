"""`ExponentialMovingAverage`: the generator's weights averaged over the steps."""

import keras
from keras import ops

from tfgan_kit.training.distribution import same_on_all_replicas
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.serialization import Configurable
from tfgan_kit.utils.validation import check_bool, check_number

__all__ = ["ExponentialMovingAverage", "get"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ExponentialMovingAverage(Configurable):
    """An average of the generator's weights, which makes better images than the weights.

    After every step `average = decay * average + (1 - decay) * weights`, in float32.
    Weights that are not trained, such as the statistics of batch normalization, are copied.
    The average is a network of its own, `generator`, which `GAN.generate`, the callbacks
    and exports use.

    Args:
        decay: Float in [0, 1), share of the old average that a step keeps; or None where
            `half_life` is given. Defaults to None.
        half_life: Positive float, number of real images after which a weight counts half;
            or None where `decay` is given. Defaults to None.
        warmup: Boolean. The first weights are poor, and a slow average would keep them long:
            with `decay` the decay is at most `(1 + step) / (10 + step)`, with `half_life`
            the half-life is at most `rampup` of the images seen. Defaults to True.
        rampup: Float above 0, the largest half-life as a share of the images seen. With a
            `half_life` that is never reached, the average always spans the same share of the
            training. Defaults to 0.05.

    Raises:
        InvalidArgument: If not exactly one of `decay` and `half_life` is given, or it is
            out of range.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile(ema=tfgan_kit.training.ExponentialMovingAverage(half_life=10_000))
    gan.generate(2, seed=0)  # images of the average
    ```

    Reference: Yazıcı et al., 2019, https://arxiv.org/abs/1806.04498; half-life: Karras et
    al., 2018, https://arxiv.org/abs/1710.10196; its ramp of 0.05: Karras et al., 2020,
    https://arxiv.org/abs/2006.06676; warm-up of a decay: `tf.train.ExponentialMovingAverage`.
    """

    def __init__(self, decay=None, half_life=None, warmup=True, rampup=0.05):
        if (decay is None) == (half_life is None):
            raise InvalidArgument(
                "Give exactly one of `decay` and `half_life`. "
                f"Received: decay={decay!r}, half_life={half_life!r}"
            )
        if decay is not None:
            check_number("decay", decay, minimum=0, below=1)
        if half_life is not None:
            check_number("half_life", half_life, above=0)
        self.decay = decay
        self.half_life = half_life
        self.warmup = check_bool("warmup", warmup)
        self.rampup = check_number("rampup", rampup, above=0)
        self.generator = None

    def build(self, generator, inputs):
        """Make the network of the average with the generator's current weights."""
        with same_on_all_replicas():
            self.generator = _clone(generator, inputs)
        self.generator.set_weights(generator.get_weights())
        self.generator.trainable = False

    @property
    def state(self):
        """Dict of the average's variables by name, empty before `build`."""
        weights = [] if self.generator is None else self.generator.weights
        return {str(index): weight for index, weight in enumerate(weights)}

    def update(self, generator, step, batch_size):
        """Take one step of the average; the first step copies the weights."""
        kept = self.decay_at(step, batch_size)
        trainable = {id(weight) for weight in generator.trainable_weights}
        for average, weight in zip(self.generator.weights, generator.weights, strict=True):
            if id(weight) in trainable:
                # In this form a decay of 0 copies exactly, and equal values stay equal.
                average.assign(weight + kept * (average - weight))
            else:
                average.assign(weight)

    def decay_at(self, step, batch_size):
        """The share of the old average that a step keeps, a float32 scalar; 0 at step 0."""
        step, batch_size = ops.cast(step, "float32"), ops.cast(batch_size, "float32")
        if self.decay is not None:
            kept = ops.convert_to_tensor(self.decay, "float32")
            if self.warmup:
                kept = ops.minimum(kept, (1.0 + step) / (10.0 + step))
        else:
            half_life = ops.convert_to_tensor(self.half_life, "float32")
            if self.warmup:
                half_life = ops.minimum(half_life, self.rampup * step * batch_size)
            kept = 0.5 ** (batch_size / ops.maximum(half_life, 1e-8))
        return ops.where(step > 0, kept, 0.0)


def get(identifier):
    """The average of an object, a config, or a number, its decay; None for none."""
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if identifier is None or isinstance(identifier, ExponentialMovingAverage):
        return identifier
    if isinstance(identifier, (int, float)) and not isinstance(identifier, bool):
        return ExponentialMovingAverage(decay=identifier)
    raise InvalidArgument(
        "`ema` must be None, a decay in [0, 1) or an ExponentialMovingAverage. "
        f"Received: ema={identifier!r}"
    )


def _clone(generator, inputs):
    try:
        clone = type(generator).from_config(generator.get_config())
        # A subclass has its weights only after its first call.
        clone(inputs)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "`ema` needs a generator that can be rebuilt from its config: a Sequential or "
            "functional model, or a subclass whose `get_config` returns its constructor's "
            f"arguments. Received: {type(generator).__name__}: {first_line(error)}"
        ) from error
    return clone
