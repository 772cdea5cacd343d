"""The classification loss of AC-GAN."""

import keras
from keras import ops

from tfgan_kit.penalties.penalty import Penalty
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.validation import check_number


@keras.saving.register_keras_serializable(package="tfgan_kit")
class AuxiliaryClassifier(Penalty):
    """Cross-entropy of the discriminator's classes, in both networks' losses.

    The discriminator has a second output, the logits of the classes `(batch, num_classes)`. Its
    loss gets the cross-entropy of real and of generated images, the generator's that of generated
    ones. Of several attributes (`tfgan_kit.data.Attributes`) it is the sum over those that are
    given, each with a softmax of its own.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 1.
        interval: Positive integer, steps between two computations. Defaults to 1.
        attribute_weights: Dict of names of attributes and non-negative floats, such as
            `{"hair": 2.0}`, which multiply their terms. Defaults to None: 1 for each.

    Raises:
        InvalidArgument: If an argument is out of range; when compiled, if the discriminator has
            no second output.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import models, penalties

    networks = models.dcgan((16, 16, 1), latent_dim=8, num_classes=10, conditioning="acgan")
    gan = tfgan_kit.GAN(*networks, num_classes=10)
    gan.compile(penalties=[penalties.AuxiliaryClassifier()])
    ```

    Reference: Odena et al., 2017, https://arxiv.org/abs/1610.09585, section 3.
    """

    sides = ("discriminator", "generator")

    def __init__(self, weight=1.0, interval=1, attribute_weights=None):
        super().__init__(weight, interval)
        self.attribute_weights = attribute_weights
        for name, each in (attribute_weights or {}).items():
            check_number(f"attribute_weights[{name!r}]", each, minimum=0)

    def check(self, attributes):
        """Refuse weights of attributes that the GAN does not have."""
        known = () if attributes is None else attributes.names
        for name in self.attribute_weights or {}:
            if name not in known:
                raise InvalidArgument(
                    "`attribute_weights` must be weights of the attributes of the GAN: "
                    f"{', '.join(known) or 'it has none'}. Received: {name!r}"
                    + did_you_mean(name, known)
                )

    def __call__(self, critique):
        losses = self._loss(critique.attributes, critique.fake_labels, critique.fake_class_logits)
        if critique.real_class_logits is not None:
            losses += self._loss(
                critique.attributes, critique.real_labels, critique.real_class_logits
            )
        return losses

    def _loss(self, attributes, labels, logits):
        if attributes is None:
            return _cross_entropy(labels, logits)
        numbers, first, total = ops.take(attributes.table, labels, axis=0), 0, 0.0
        for column, (name, size) in enumerate(zip(attributes.names, attributes.sizes, strict=True)):
            number, own = numbers[:, column], logits[:, first : first + size]
            losses = _cross_entropy(ops.maximum(number, 0), own)
            weight = (self.attribute_weights or {}).get(name, 1.0)
            total += weight * ops.where(number < 0, 0.0, losses)
            first += size
        return total


def _cross_entropy(labels, logits):
    return keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
