"""The DCGAN tutorial's own training loop, which several benchmarks compare with."""

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit import models
from tfgan_kit.media import images


def tutorial_loop(source, batch_size=256):
    """A function that trains a given number of steps as the tutorial does.

    It is written from the tutorial's description: a `tf.function` with two tapes, fed by
    `from_tensor_slices(...).shuffle(...).batch(...)`.
    """
    generator, discriminator = models.dcgan(source.image_shape, latent_dim=100)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    generator_adam, discriminator_adam = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)

    @tf.function
    def train_step(real_images):
        noise = tf.random.normal([batch_size, 100])
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fake_images = generator(noise, training=True)
            real = discriminator(real_images, training=True)
            fake = discriminator(fake_images, training=True)
            generator_loss = cross_entropy(tf.ones_like(fake), fake)
            discriminator_loss = cross_entropy(tf.ones_like(real), real) + cross_entropy(
                tf.zeros_like(fake), fake
            )
        for adam, tape, loss, network in (
            (generator_adam, generator_tape, generator_loss, generator),
            (discriminator_adam, discriminator_tape, discriminator_loss, discriminator),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            adam.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    pixels = images.to_float(source.read(np.arange(len(source))))
    dataset = tf.data.Dataset.from_tensor_slices(pixels).shuffle(len(pixels))
    batches = iter(dataset.batch(batch_size, drop_remainder=True).repeat())

    def train(steps):
        for _ in range(steps):
            train_step(next(batches))

    return train
