"""`Critique`: what the discriminator says of a batch, and how that changes with the images."""

import weakref

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Critique"]


class Critique:
    """The discriminator's judgement of real and of fake images, derivatives included.

    Construction runs `D(T(real))`, then `D(T(fake))`, each once and as in
    training; losses and penalties share these passes. Derivatives are computed
    when they are first asked for. They can be differentiated again by the tapes
    that are open then.

    All that is computed later, by `logits`, `gradients` and `features`, leaves the
    discriminator's state alone: its averages are of real and of fake images only,
    and a penalty that is computed now and then changes no other step's dropout.
    Dropout draws there what it draws in the next pass.

    Args:
        discriminator: A built Keras model from images to logits `(batch, ...)`.
        real_images: Float tensor `(batch, ...)` of any rank, or None for none.
        fake_images: Float tensor `(batch, ...)`. Half precision is taken to
            float32.
        augment: Callable `T(images, seed)` that returns images, differentiable.
            Defaults to None: no augmentation.
        seed: Integer tensor of shape `(2,)`, of all that is random in the
            augmentation and in penalties. Defaults to `(0, 0)`.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit import models, penalties

    _, discriminator = models.mlp((2,), latent_dim=4, width=8)
    real, fake = tf.random.normal((5, 2)), tf.random.normal((5, 2))
    with tf.GradientTape() as tape:
        critique = training.Critique(discriminator, real, fake)
        loss = tf.reduce_sum(critique.real_gradients**2)
    critique.real_logits.shape  # (5, 1)
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    ```
    """

    def __init__(self, discriminator, real_images, fake_images, augment=None, seed=(0, 0)):
        self.discriminator = discriminator
        self.augment = augment
        self._seed = tf.cast(ops.convert_to_tensor(seed), "int64")
        self._seeds_drawn = 0
        self._gradients = {}
        self._real_images = None if real_images is None else _at_least_float32(real_images)
        self.fake_images = _at_least_float32(fake_images)
        self._tape = tf.GradientTape(persistent=True, watch_accessed_variables=False)
        with self._tape:
            self.real_logits = None if real_images is None else self._judge(self._real_images)
            self.fake_logits = self._judge(self.fake_images)

    @property
    def real_images(self):
        """Float tensor `(batch, ...)`.

        Raises:
            InvalidArgument: If there are none.
        """
        if self._real_images is None:
            raise InvalidArgument(
                "`real_images` must be given for losses and penalties that look at real images; "
                "a GeneratorPenalty asks for them with `uses_real = True`. "
                "Received: real_images=None"
            )
        return self._real_images

    @property
    def real_gradients(self):
        """Float tensor of the shape of `real_images`, `d sum(D(T(x))) / dx`."""
        return self._gradient("real", self.real_logits, self.real_images)

    @property
    def fake_gradients(self):
        """Float tensor of the shape of `fake_images`, `d sum(D(T(x))) / dx`."""
        return self._gradient("fake", self.fake_logits, self.fake_images)

    def logits(self, images):
        """The discriminator's logits of other images, `D(T(images))`.

        Args:
            images: Float tensor `(batch, ...)`.

        Returns:
            A float32 tensor `(batch, ...)`.
        """
        return _at_least_float32(_call_stateless(self.discriminator, self._augmented(images)))

    def gradients(self, images):
        """The derivative of the logits of other images, by these images.

        Args:
            images: Float tensor `(batch, ...)`.

        Returns:
            A float32 tensor of the same shape, `d sum(D(T(images))) / d images`,
            which open tapes can differentiate again.
        """
        images = _at_least_float32(images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            logits = self.logits(images)
        return tape.gradient(logits, images, unconnected_gradients="zero")

    def features(self, images):
        """What the last layer with weights takes in when it judges `T(images)`.

        Args:
            images: Float tensor `(batch, ...)`.

        Returns:
            A float32 tensor `(batch, ...)`.

        Raises:
            InvalidArgument: If the discriminator is neither a `keras.Sequential`
                nor a functional model.
        """
        extractor = _feature_extractor(self.discriminator)
        return _at_least_float32(_call_stateless(extractor, self._augmented(images)))

    def next_seed(self):
        """A seed that this critique has not given yet.

        Returns:
            An int64 tensor of shape `(2,)`, a pure function of `seed` and of how
            many were drawn.
        """
        self._seeds_drawn += 1
        count = tf.constant(self._seeds_drawn, "int64")
        return tf.random.experimental.stateless_fold_in(self._seed, count, alg="philox")

    def _judge(self, images):
        self._tape.watch(images)
        return _at_least_float32(self.discriminator(self._augmented(images), training=True))

    def _augmented(self, images):
        images = _at_least_float32(images)
        return images if self.augment is None else self.augment(images, self.next_seed())

    def _gradient(self, side, logits, images):
        for gradient in self._gradients.get(side, ()):
            if _is_in_reach(gradient):
                return gradient
        gradient = self._tape.gradient(logits, images, unconnected_gradients="zero")
        self._gradients.setdefault(side, []).append(gradient)
        return gradient


def _at_least_float32(x):
    x = ops.convert_to_tensor(x)
    return ops.cast(x, keras.backend.result_type(x.dtype, "float32"))


def _is_in_reach(tensor):
    """Whether a tensor may be used here: not where it is of another branch of `tf.cond`."""
    if tf.executing_eagerly() or not hasattr(tensor, "graph"):
        return True
    graph = tf.compat.v1.get_default_graph()
    while graph is not None and graph is not tensor.graph:
        graph = getattr(graph, "outer_graph", None)
    return graph is not None


def _call_stateless(network, images):
    """`network(images, training=True)`, whose new state is dropped."""
    with keras.StatelessScope():
        return network(images, training=True)


_EXTRACTORS = weakref.WeakKeyDictionary()


def _feature_extractor(discriminator):
    if discriminator not in _EXTRACTORS:
        try:
            layer = [layer for layer in discriminator.layers if layer.weights][-1]
            features = layer.input
            extractor = keras.Model(discriminator.inputs, features)
        except (AttributeError, IndexError, ValueError) as error:
            raise InvalidArgument(
                "`discriminator` must be a keras.Sequential or a functional model with weights, so "
                f"that its features can be taken. Received: discriminator={discriminator!r}"
            ) from error
        _EXTRACTORS[discriminator] = extractor
    return _EXTRACTORS[discriminator]
