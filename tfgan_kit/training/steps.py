"""One update of each network, and of both at once: what every training algorithm is made of."""

from typing import Any, NamedTuple

import tensorflow as tf
from keras import ops

from tfgan_kit.training.batch import Batch
from tfgan_kit.training.distribution import scale_loss

__all__ = ["StepResult", "discriminator_step", "generator_step", "simultaneous_step"]


class StepResult(NamedTuple):
    """What one update of a network computed, from before the update."""

    loss: Any
    penalty: Any
    critique: Any


def discriminator_step(gan, batch):
    """Draw fakes, and take one step down the discriminator's loss."""
    seed = gan.next_seed()
    noise = gan.noise(batch.size, seed)
    fake_images = ops.stop_gradient(gan.make(noise, batch.labels, training=True))
    fakes = gan.replayed(Batch(fake_images, batch.labels), seed)
    with tf.GradientTape() as tape:
        critique = gan.critique(batch, fakes, seed, noise)
        loss = gan.adversarial_loss.discriminator_loss(
            critique.real_logits, critique.fake_logits, **batch.weighting
        )
        penalty = gan.penalty("discriminator", critique, batch)
        scaled_loss = scale_loss(loss + penalty, gan.discriminator_optimizer, batch)
    _apply(gan.discriminator_optimizer, tape, scaled_loss, gan.discriminator)
    return StepResult(loss, penalty, critique)


def generator_step(gan, batch):
    """Draw fakes, and take one step down the generator's loss."""
    seed = gan.next_seed()
    noise = gan.noise(batch.size, seed)
    reals = batch if gan.generator_uses_real else None
    with tf.GradientTape() as tape:
        fake_images = gan.make(noise, batch.labels, training=True)
        critique = gan.critique(reals, Batch(fake_images, batch.labels), seed, noise)
        loss = gan.adversarial_loss.generator_loss(critique.fake_logits, critique.real_logits)
        penalty = gan.penalty("generator", critique, batch)
        scaled_loss = scale_loss(loss + penalty, gan.generator_optimizer, batch)
    _apply(gan.generator_optimizer, tape, scaled_loss, gan.generator)
    return StepResult(loss, penalty, critique)


def simultaneous_step(gan, batch):
    """One step of both networks from the same fakes; a pair of results, the generator's first."""
    seed = gan.next_seed()
    noise = gan.noise(batch.size, seed)
    with tf.GradientTape() as generator_tape:
        with tf.GradientTape() as discriminator_tape:
            fake_images = gan.make(noise, batch.labels, training=True)
            critique = gan.critique(batch, Batch(fake_images, batch.labels), seed, noise)
            real_logits, fake_logits = critique.real_logits, critique.fake_logits
            discriminator_loss = gan.adversarial_loss.discriminator_loss(
                real_logits, fake_logits, **batch.weighting
            )
            discriminator_penalty = gan.penalty("discriminator", critique, batch)
            scaled_discriminator_loss = scale_loss(
                discriminator_loss + discriminator_penalty, gan.discriminator_optimizer, batch
            )
        generator_loss = gan.adversarial_loss.generator_loss(fake_logits, real_logits)
        # Outside of the other tape, since TensorFlow traces a lazy term in two far more slowly.
        generator_penalty = gan.penalty("generator", critique, batch)
        scaled_generator_loss = scale_loss(
            generator_loss + generator_penalty, gan.generator_optimizer, batch
        )
    # Both gradients are computed before either network changes.
    generator = gan.generator.trainable_variables
    discriminator = gan.discriminator.trainable_variables
    generator_gradients = generator_tape.gradient(scaled_generator_loss, generator)
    discriminator_gradients = discriminator_tape.gradient(scaled_discriminator_loss, discriminator)
    gan.generator_optimizer.apply(generator_gradients, generator)
    gan.discriminator_optimizer.apply(discriminator_gradients, discriminator)
    return (
        StepResult(generator_loss, generator_penalty, critique),
        StepResult(discriminator_loss, discriminator_penalty, critique),
    )


def _apply(optimizer, tape, loss, network):
    variables = network.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
