"""`Progressive`: training of networks that grow, at the size of their current level."""

import functools
import math
import weakref

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.layers import CrossFade
from tfgan_kit.training import updates as algorithms
from tfgan_kit.training.adam import PerVariableAdam
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import apply_again
from tfgan_kit.utils.validation import check_integer

__all__ = ["Progressive", "at_current_level", "find_fades"]


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Progressive(algorithms.Updates):
    """Train the current level of `models.progressive` at the size of its images.

    The level follows the real images seen. Real images are reduced to its size and faded as the
    networks are; losses, penalties and augmentation see only images of that size, and layers of
    other levels are neither computed nor changed. Adam must be a `PerVariableAdam`. Training
    also reports `level`, 1.25 if a quarter of the third one is faded in, and `resolution`, the side
    of the images that it is trained on.

    Args:
        updates: As for `GAN.compile`: what is done with each part of a batch. Defaults to
            `"alternating"`, as in the paper.
        splits: Sequence of positive integers, for each level from the smallest, into how many
            parts a batch is split, each of which is trained on in turn; the last one is for all
            further levels. With a batch of 64, `(1, 2, 4)` trains on 64, 32 and 16 images.
            Defaults to `(1,)`.

    Raises:
        InvalidArgument: If `splits` are not positive integers; by `GAN.compile`, if an optimizer
            is another Adam, there is a replay buffer or several replicas.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import training

    networks = tfgan_kit.models.progressive((16, 16, 1), latent_dim=8, width=4)
    gan = tfgan_kit.GAN(*networks)
    gan.compile(
        training.PerVariableAdam(1e-3, beta_1=0.0, beta_2=0.99),
        training.PerVariableAdam(1e-3, beta_1=0.0, beta_2=0.99),
        loss="wasserstein",
        penalties=["wgan_gp", "drift"],
        updates=training.Progressive(splits=(1, 2)),
    )
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 2 and appendix A.1.
    """

    def __init__(self, updates="alternating", splits=(1,)):
        self.updates = algorithms.get(updates)
        self.splits = [check_integer("splits", each, 1) for each in splits]

    def check(self, compiled):
        self.updates.check(compiled)
        if compiled["replay"] is not None:
            raise InvalidArgument(
                "`replay` cannot be combined with training.Progressive: earlier fakes have another "
                "size after a change of level"
            )
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise InvalidArgument(
                "training.Progressive trains on one device: TensorFlow cannot add up gradients "
                "of several replicas within a branch. Build the GAN outside of the strategy"
            )
        for role in ("generator", "discriminator"):
            optimizer = compiled[f"{role}_optimizer"]
            optimizer = getattr(optimizer, "inner_optimizer", optimizer)
            is_adam = isinstance(optimizer, keras.optimizers.Adam)
            if is_adam and not isinstance(optimizer, PerVariableAdam):
                raise InvalidArgument(
                    f"`{role}_optimizer` must not be an {type(optimizer).__name__}, whose first "
                    "steps of a new level are up to ten times too large. Pass "
                    "training.PerVariableAdam(...)"
                )

    def logs(self, gan):
        factors = [ops.convert_to_tensor(each.factor) for each in find_fades(gan.generator)]
        above = sum(ops.cast(factor == 0, "float32") for factor in factors)
        return {"level": sum(factors), "resolution": gan.image_shape[0] / 2**above}

    def __call__(self, gan, batch):
        fades = find_fades(gan.discriminator)
        level = sum((ops.cast(ops.ceil(each.factor), "int32") for each in fades), tf.constant(0))
        branches = [
            functools.partial(self._step, gan, batch, level) for level in range(len(fades) + 1)
        ]
        return algorithms.Outcome(*tf.switch_case(level, branches))

    def _step(self, gan, batch, level):
        """The step of a level, from the beginning of its fade to that of the next one."""
        networks = [_at_level(each, level) for each in (gan.generator, gan.discriminator)]
        view = _with_networks(gan, *networks)
        images = _reduced(batch.images, networks[1].inputs[0].shape[1])
        if level:
            small = ops.average_pool(images, 2)
            factor = find_fades(gan.discriminator)[level - 1].factor
            images = (1 - factor) * _enlarged(small) + factor * images
        parts = batch._replace(images=images).split(self.splits[min(level, len(self.splits) - 1)])
        take = functools.partial(self.updates, view)
        if len(parts) > 1 and not tf.executing_eagerly():
            take = tf.function(take, autograph=False)  # Traced once for all parts.
        outcomes = [take(part) for part in parts]
        *losses, real_logits, fake_logits = zip(*outcomes, strict=True)
        return *map(_mean, losses), ops.concatenate(real_logits), ops.concatenate(fake_logits)


def _mean(values):
    return sum(values) / len(values)


def find_fades(network):
    """The `CrossFade` layers of a network, that of the second level first."""
    fades = [each for each in network.layers if isinstance(each, CrossFade)]
    return sorted(fades, key=lambda each: each.start)


def at_current_level(generator):
    """A generator that makes the same images with the layers of its current level alone."""
    factors = [float(each.factor) for each in find_fades(generator)]
    if not factors:
        return generator
    key = math.ceil(sum(factors)), any(each % 1 for each in factors)
    return _cached(generator, key, lambda: _model(generator, _select(generator, *key)[0]))


def _at_level(network, level):
    """A network of one level, faded, at the size of its own images."""

    def make():
        doublings = len(find_fades(network)) - level
        if len(network.outputs[0].shape) == 4:
            name = f"images_{network.outputs[0].shape[1] >> doublings}"
            return _model(network, _select(network, level, fading=True)[1][name])
        inputs = list(network.inputs)
        at = next(at for at, each in enumerate(inputs) if len(each.shape) == 4)
        side, channels = inputs[at].shape[1] >> doublings, inputs[at].shape[-1]
        given = {}
        if doublings:
            inputs[at] = keras.Input((side, side, channels), name="images")
            given[f"images_{side}"] = inputs[at]
        return _model(network, _select(network, level, True, given)[0], inputs)

    return _cached(network, level, make)


def _select(network, level, fading, given=()):
    """The outputs of a level's layers for the network's inputs, and those of each layer by name.

    `given` are outputs of layers, by name, that take the place of what they would compute.
    """
    fades, made = find_fades(network), dict(given)

    def stand_in(layer):
        def call(*args, **kwargs):
            above = fades.index(layer) + 1 - level if layer in fades else 0
            if layer.name in given:
                return given[layer.name]
            if above or (layer in fades and not fading):
                made[layer.name] = args[0][0 if above > 0 else 1]
            else:
                made[layer.name] = layer(*args, **kwargs)
            return made[layer.name]

        return call

    return apply_again(network, stand_in), made


def _model(network, outputs, inputs=None):
    inputs = network.inputs if inputs is None else inputs
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name=network.name)


_MODELS = weakref.WeakKeyDictionary()


def _cached(network, key, make):
    models = _MODELS.setdefault(network, {})
    if key not in models:
        models[key] = make()
    return models[key]


def _with_networks(gan, generator, discriminator):
    """The GAN with other networks, and all else the same objects."""
    view = object.__new__(type(gan))
    vars(view).update(vars(gan), generator=generator, discriminator=discriminator)
    return view


def _reduced(images, size):
    factor = images.shape[1] // size
    return images if factor == 1 else ops.average_pool(images, factor)


def _enlarged(images):
    return ops.repeat(ops.repeat(images, 2, axis=1), 2, axis=2)
