"""`Critique`: the discriminator's logits of a batch, and their derivatives by the images."""

import copy
import itertools
import weakref

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.layers import AttributeEmbedding, FadeIn
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import logits_and_classes, with_labels
from tfgan_kit.utils.keras_compat import input_within
from tfgan_kit.utils.tensors import at_least_float32

__all__ = ["Critique"]


class Critique:
    """The discriminator's logits of real and of fake images, derivatives included.

    Construction computes `D(T(real))`, then `D(T(fake))`, each once and as in training;
    losses and terms share these passes. Derivatives are computed on first use, and open
    tapes can differentiate them again.

    What `logits`, `gradients` and `features` compute later leaves the discriminator's state
    unchanged: its running statistics come from the real and fake images alone, and a lazy
    term does not change the dropout of other steps.

    Args:
        discriminator: A built Keras model from images, or `[images, labels]`, to logits
            `(batch, ...)`, or to these and the logits of classes `(batch, num_classes)`, which
            are then `real_class_logits` and `fake_class_logits`.
        real_images: Float tensor `(batch, ...)` of any rank, or None.
        fake_images: Float tensor `(batch, ...)`. Half precision becomes float32.
        augment: Differentiable callable `T(images, seed)`. Defaults to None: no
            augmentation.
        seed: Integer tensor of shape `(2,)`, seed of the augmentation and of terms that
            draw random numbers. Defaults to `(0, 0)`.
        real_labels: int32 tensor `(batch,)` or None. Defaults to None.
        fake_labels: int32 tensor `(batch,)` or None. Defaults to None.
        noise: The noise `(batch, latent_dim)` that the fakes were made from, for terms that
            need it, or None. Defaults to None.
        attributes: The `tfgan_kit.data.Attributes` that labels are combinations of, or None.
            Defaults to None.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit import models, training

    _, discriminator = models.mlp((2,), latent_dim=4, width=8)
    real, fake = tf.random.normal((5, 2)), tf.random.normal((5, 2))
    with tf.GradientTape() as tape:
        critique = training.Critique(discriminator, real, fake)
        loss = tf.reduce_sum(critique.real_gradients**2)
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    ```
    """

    def __init__(
        self,
        discriminator,
        real_images,
        fake_images,
        augment=None,
        seed=(0, 0),
        real_labels=None,
        fake_labels=None,
        noise=None,
        attributes=None,
    ):
        self.discriminator = discriminator
        self.augment = augment
        self.real_labels = real_labels
        self.fake_labels = fake_labels
        self.noise = noise
        self.attributes = attributes
        self._seed = tf.cast(ops.convert_to_tensor(seed), "int64")
        self._counts = itertools.count(1)
        self._gradients = {}
        self._real_images = None if real_images is None else at_least_float32(real_images)
        self.fake_images = at_least_float32(fake_images)
        self._tape = tf.GradientTape(persistent=True, watch_accessed_variables=False)
        with self._tape:
            self.real_logits = self.real_class_logits = None
            if real_images is not None:
                self.real_logits, self.real_class_logits = self._train_logits(
                    self._real_images, real_labels
                )
            self.fake_logits, self.fake_class_logits = self._train_logits(
                self.fake_images, fake_labels
            )

    @property
    def real_images(self):
        """Float tensor `(batch, ...)`; an error if there are none."""
        if self._real_images is None:
            raise InvalidArgument(
                "`real_images` must be given for losses and terms that use real images; a "
                "GeneratorPenalty asks for them with `uses_real = True`. "
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

    def logits(self, images, labels=None):
        """The discriminator's logits of other images, `D(T(images))`, float32."""
        return self._call(self.discriminator, images, labels)

    def gradients(self, images, labels=None):
        """`d sum(D(T(images))) / d images` of other images, float32, differentiable again."""
        images = at_least_float32(images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            logits = self.logits(images, labels)
        return tape.gradient(logits, images, unconnected_gradients="zero")

    def features(self, images, labels=None):
        """The input of the discriminator's last layer with weights, for `T(images)`, float32.

        Raises:
            InvalidArgument: If the discriminator is neither a `keras.Sequential` nor a
                functional model.
        """
        return self._call(_feature_extractor(self.discriminator), images, labels)

    def next_seed(self):
        """A new int64 seed `(2,)`, a pure function of `seed` and the number drawn so far."""
        count = tf.constant(next(self._counts), "int64")
        return tf.random.experimental.stateless_fold_in(self._seed, count, alg="philox")

    def for_branch(self):
        """A copy for a branch of `tf.cond`: what it computes there cannot be used outside."""
        branch = copy.copy(self)
        branch._gradients = dict(self._gradients)
        return branch

    def _train_logits(self, images, labels):
        self._tape.watch(images)
        inputs = with_labels(self.discriminator, self._augmented(images), labels)
        logits, classes = logits_and_classes(self.discriminator(inputs, training=True))
        return at_least_float32(logits), None if classes is None else at_least_float32(classes)

    def _call(self, network, images, labels):
        inputs = with_labels(network, self._augmented(images), labels)
        # The new state of batch normalization and dropout is dropped.
        with keras.StatelessScope():
            outputs, _ = logits_and_classes(network(inputs, training=True))
        return at_least_float32(outputs)

    def _augmented(self, images):
        images = at_least_float32(images)
        return images if self.augment is None else self.augment(images, self.next_seed())

    def _gradient(self, side, logits, images):
        if side not in self._gradients:
            self._gradients[side] = self._tape.gradient(
                logits, images, unconnected_gradients="zero"
            )
        return self._gradients[side]


def _has_weights(layer):
    """Whether it is a layer with weights, other than those between a label and the features."""
    between = keras.layers.Embedding, AttributeEmbedding, FadeIn
    return layer.weights and not isinstance(layer, between)


_EXTRACTORS = weakref.WeakKeyDictionary()


def _feature_extractor(discriminator):
    if discriminator not in _EXTRACTORS:
        try:
            layer = [layer for layer in discriminator.layers if _has_weights(layer)][-1]
            inputs, taken = discriminator.inputs, input_within(discriminator, layer)
            extractor = keras.Model(inputs if len(inputs) > 1 else inputs[0], taken)
        except (AttributeError, IndexError, ValueError) as error:
            raise InvalidArgument(
                "`discriminator` must be a keras.Sequential or a functional model with weights, so "
                f"that its features can be computed. Received: discriminator={discriminator!r}"
            ) from error
        _EXTRACTORS[discriminator] = extractor
    return _EXTRACTORS[discriminator]
