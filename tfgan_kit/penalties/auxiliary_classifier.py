"""The classification loss of AC-GAN."""

import keras

from tfgan_kit.penalties.penalty import Penalty


@keras.saving.register_keras_serializable(package="tfgan_kit")
class AuxiliaryClassifier(Penalty):
    """Cross-entropy of the discriminator's classes, in both networks' losses.

    The discriminator has a second output, the logits of the classes `(batch, num_classes)`. Its
    loss gets the cross-entropy of real and of generated images, the generator's that of generated
    ones.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 1.
        interval: Positive integer, steps between two computations. Defaults to 1.

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

    def __call__(self, critique):
        losses = _cross_entropy(critique.fake_labels, critique.fake_class_logits)
        if critique.real_class_logits is not None:
            losses += _cross_entropy(critique.real_labels, critique.real_class_logits)
        return losses


def _cross_entropy(labels, logits):
    return keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
