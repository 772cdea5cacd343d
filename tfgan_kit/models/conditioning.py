"""How the networks of a conditional GAN take their labels."""

import abc

import keras
from keras import layers

from tfgan_kit.layers import AttributeEmbedding, FadeIn, PixelNormalization
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import with_labels
from tfgan_kit.utils.validation import check_choice, check_integer

_EMBEDDING = 50


class Conditioning(abc.ABC):
    """Networks that take labels: an embedding beside the noise, and a way to judge the label."""

    def __init__(self, num_classes, transition=None, attributes=None):
        self.num_classes, self.attributes = num_classes, attributes
        self.transition = _check_transition(transition)

    def generator(
        self, latent_dim, body, name="generator", width=_EMBEDDING, normalize=False, **embedding
    ):
        """A model from `[noise, labels]`; `body` makes images of noise and embedded label.

        With `normalize` each of the two is normalized alone: one for both would let a growing
        embedding drown the noise, and images of a class would be alike.
        """
        noise, labels = keras.Input((latent_dim,), name="noise"), _labels()
        embedded = self._embedded(labels, width, normalize=normalize, **embedding)
        x = PixelNormalization(dtype=embedding.get("dtype"))(noise) if normalize else noise
        return keras.Model([noise, labels], body(layers.Concatenate()([x, embedded])), name=name)

    @abc.abstractmethod
    def discriminator(self, image_shape, body, head):
        """A model from images; `body` makes features `(batch, width)`, `head` logits of them."""

    def _embedded(self, labels, width, dtype=None, normalize=False, **arguments):
        if self.attributes is None:
            x = layers.Embedding(self.num_classes, width, dtype=dtype, **arguments)(labels)
        else:
            x = AttributeEmbedding(self.attributes.table, width, dtype=dtype, **arguments)(labels)
        x = PixelNormalization(dtype=dtype)(x) if normalize else x
        return x if self.transition is None else FadeIn(*self.transition, dtype=dtype)(x)


class Projection(Conditioning):
    """The logit is that of the image plus the dot product of its features and its label."""

    def discriminator(self, image_shape, body, head):
        images, labels = _images(image_shape), _labels()
        features = body(images)
        embedded = self._embedded(labels, features.shape[-1], dtype="float32")
        agreement = layers.Dot(1, dtype="float32")([features, embedded])
        logits = layers.Add(dtype="float32")([head(features), agreement])
        return keras.Model([images, labels], logits, name="discriminator")


class Concat(Conditioning):
    """The embedded label is one more channel of the image."""

    def discriminator(self, image_shape, body, head):
        images, labels = _images(image_shape), _labels()
        plane = layers.Dense(image_shape[0] * image_shape[1])(self._embedded(labels, _EMBEDDING))
        plane = layers.Reshape((*image_shape[:2], 1))(plane)
        features = body(layers.Concatenate()([images, plane]))
        return keras.Model([images, labels], head(features), name="discriminator")


class AuxiliaryClassifier(Conditioning):
    """A second output classifies the image, each attribute alone; a term of both losses uses it."""

    def discriminator(self, image_shape, body, head):
        images = _images(image_shape)
        features = body(images)
        num = self.num_classes if self.attributes is None else sum(self.attributes.sizes)
        classes = layers.Dense(num, dtype="float32", name="class_logits")(features)
        return keras.Model(images, [head(features), classes], name="discriminator")


_WAYS = {"projection": Projection, "concat": Concat, "acgan": AuxiliaryClassifier}


def get(conditioning, num_classes, transition=None, attributes=None):
    """The `Conditioning` of a name; None without classes and attributes."""
    check_choice("conditioning", conditioning, tuple(_WAYS))
    check_integer("num_classes", num_classes, 1, optional=True)
    if attributes is not None and (num_classes is not None or not hasattr(attributes, "table")):
        raise InvalidArgument(
            "`attributes` must be a tfgan_kit.data.Attributes, without `num_classes`. "
            f"Received: attributes={attributes!r}, num_classes={num_classes}"
        )
    if num_classes is not None or attributes is not None:
        return _WAYS[conditioning](num_classes, transition, attributes)
    if transition is not None:
        raise InvalidArgument(
            "`transition` must be None without `num_classes` or `attributes`, since it fades "
            f"labels in. Received: transition={transition!r}"
        )
    return None


def _check_transition(transition):
    """None, or the arguments of `FadeIn`, which checks them."""
    if transition is None:
        return None
    try:
        start, end = transition
        FadeIn(start, end)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(
            "`transition` must be None or two numbers of images, the first the smaller one. "
            f"Received: transition={transition!r}"
        ) from error
    return start, end


def from_clusters(generator, latent_dim, draw_cluster):
    """A model from noise, or from noise and classes, of a generator of `[noise, clusters]`."""
    inputs = noise = keras.Input((latent_dim + 1,), name="noise")
    if draw_cluster.classes is not None:
        inputs = [noise, _labels()]
    data, clusters = draw_cluster(inputs)
    return keras.Model(inputs, generator(with_labels(generator, data, clusters)), name="generator")


def _images(shape):
    return keras.Input(shape, name="images")


def _labels():
    return keras.Input((), dtype="int32", name="labels")
