"""How one training step updates the two networks: at once, or in turns."""

from typing import Any, NamedTuple

import tensorflow as tf
from keras import ops

from tfgan_kit.training import optimizers

__all__ = ["Alternating", "Outcome", "Simultaneous"]


class Outcome(NamedTuple):
    """What a training step did, for the metrics."""

    generator_loss: Any
    discriminator_loss: Any
    penalty: Any
    real_logits: Any
    fake_logits: Any


class Simultaneous:
    """Both networks from one batch of noise, as in the DCGAN tutorial.

    The fakes are made once and judged once; both gradients are of the networks
    as they stood before the step.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    type(gan.updates).__name__  # "Simultaneous"
    ```

    Reference: https://www.tensorflow.org/tutorials/generative/dcgan, `train_step`.
    """

    def __call__(self, gan, real_images):
        """Take one step."""
        seed = gan.draw_seed(gan.train_noise)
        noise = gan.noise(ops.shape(real_images)[0], seed)

        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fake_images = gan.generator(noise, training=True)
            critique = gan.critique(real_images, fake_images, seed)
            real_logits, fake_logits = critique.real_logits, critique.fake_logits
            generator_loss = gan.adversarial_loss.generator_loss(fake_logits)
            discriminator_loss = gan.adversarial_loss.discriminator_loss(real_logits, fake_logits)
            penalty = gan.discriminator_penalty(critique)
            scaled_generator_loss = optimizers.scale_loss(generator_loss, gan.generator_optimizer)
            scaled_discriminator_loss = optimizers.scale_loss(
                discriminator_loss + penalty, gan.discriminator_optimizer
            )

        generator_gradients = generator_tape.gradient(
            scaled_generator_loss, gan.generator.trainable_variables
        )
        discriminator_gradients = discriminator_tape.gradient(
            scaled_discriminator_loss, gan.discriminator.trainable_variables
        )
        gan.generator_optimizer.apply(generator_gradients, gan.generator.trainable_variables)
        gan.discriminator_optimizer.apply(
            discriminator_gradients, gan.discriminator.trainable_variables
        )
        return Outcome(generator_loss, discriminator_loss, penalty, real_logits, fake_logits)


class Alternating:
    """Some steps of the discriminator, then some of the generator.

    Every update has noise of its own. The batch of real images is dealt out like
    cards: one hand to each update that looks at real images, so that a batch of
    320 with five discriminator steps is five updates of 64. Losses and penalties
    whose generator step looks at real images (relativistic ones, GDPP) get hands
    of their own for it.

    Args:
        discriminator_steps: Integer, 1 or more. Defaults to 1.
        generator_steps: Integer, 1 or more. Defaults to 1.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile(loss="wasserstein", penalties=["wgan_gp"], discriminator_steps=5)
    gan.updates.discriminator_steps  # 5
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, algorithm 1;
    Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875, algorithm 1 (`n_critic`).
    """

    def __init__(self, discriminator_steps=1, generator_steps=1):
        self.discriminator_steps = discriminator_steps
        self.generator_steps = generator_steps

    def __call__(self, gan, real_images):
        """Take one step."""
        generator_hands = self.generator_steps if gan.generator_uses_real else 0
        hands = _deal(real_images, self.discriminator_steps + generator_hands)
        looks = [
            self._update_discriminator(gan, hand) for hand in hands[: self.discriminator_steps]
        ]
        generator_hands = hands[self.discriminator_steps :] or [None] * self.generator_steps
        moves = [
            self._update_generator(gan, hand, ops.shape(hands[0])[0]) for hand in generator_hands
        ]
        discriminator_losses, penalties, critiques = zip(*looks, strict=True)
        generator_losses, generator_penalties = zip(*moves, strict=True)
        return Outcome(
            sum(generator_losses) / len(moves),
            sum(discriminator_losses) / len(looks),
            sum(penalties) / len(looks) + sum(generator_penalties) / len(moves),
            ops.concatenate([critique.real_logits for critique in critiques]),
            ops.concatenate([critique.fake_logits for critique in critiques]),
        )

    def _update_discriminator(self, gan, real_images):
        seed = gan.draw_seed(gan.train_noise)
        noise = gan.noise(ops.shape(real_images)[0], seed)
        fake_images = ops.stop_gradient(gan.generator(noise, training=True))
        fake_images = gan.replayed(fake_images, seed)
        with tf.GradientTape() as tape:
            critique = gan.critique(real_images, fake_images, seed)
            loss = gan.adversarial_loss.discriminator_loss(
                critique.real_logits, critique.fake_logits
            )
            penalty = gan.discriminator_penalty(critique)
            scaled_loss = optimizers.scale_loss(loss + penalty, gan.discriminator_optimizer)
        variables = gan.discriminator.trainable_variables
        gan.discriminator_optimizer.apply(tape.gradient(scaled_loss, variables), variables)
        return loss, penalty, critique

    def _update_generator(self, gan, real_images, batch_size):
        seed = gan.draw_seed(gan.train_noise)
        noise = gan.noise(batch_size, seed)
        with tf.GradientTape() as tape:
            fake_images = gan.generator(noise, training=True)
            critique = gan.critique(real_images, fake_images, seed)
            loss = gan.adversarial_loss.generator_loss(critique.fake_logits, critique.real_logits)
            penalty = gan.generator_penalty(critique)
            scaled_loss = optimizers.scale_loss(loss + penalty, gan.generator_optimizer)
        variables = gan.generator.trainable_variables
        gan.generator_optimizer.apply(tape.gradient(scaled_loss, variables), variables)
        return loss, penalty


def _deal(images, hands):
    """Deal images out, all hands of one size; where they do not go round, some are dealt twice."""
    if hands == 1:
        return [images]
    num = ops.shape(images)[0]
    size = -(-num // hands)
    return [
        ops.take(images, (hand + hands * ops.arange(size)) % num, axis=0) for hand in range(hands)
    ]
