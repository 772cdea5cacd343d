"""`GAN`: a generator and a discriminator that train with `model.fit`."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit import latent, layers  # noqa: F401

# `adam` and `layers` are for `keras.models.load_model`, which finds only what was imported.
from tfgan_kit.training import batch, optimizers
from tfgan_kit.training.trainer import Trainer
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_seed

__all__ = ["GAN"]

_METRICS = ("generator_loss", "discriminator_loss", "penalty", "real_accuracy", "fake_accuracy")


@keras.saving.register_keras_serializable(package="tfgan_kit")
class GAN(Trainer):
    """A generative adversarial network as an ordinary Keras model.

    `fit` takes real images in [-1, 1] and trains both networks at once, as in
    TensorFlow's DCGAN tutorial; labels and sample weights in the data are
    accepted and not used. Calling the model, or `predict`, turns noise into
    images. `save` keeps everything that training needs to go on exactly: both
    networks, both optimizers' moments, the step and the state of every random
    generator.

    Training reports `generator_loss`, `discriminator_loss`, `penalty` (the
    weighted sum, where there are penalties), `real_accuracy` and `fake_accuracy`
    (the shares of real and of fake images that the discriminator calls right; of
    losses that only compare the two, the sign of a logit means less).

    Args:
        generator: A Keras model from noise `(batch, latent_dim)` to images
            `(batch, height, width, channels)`, or data of any other rank, in
            [-1, 1].
        discriminator: A Keras model from those images to logits `(batch, 1)`,
            positive for real. No sigmoid at its end.
        latent_dim: Integer, 1 or more, the length of a noise vector. Defaults
            to 100.
        seed: Integer in [0, 2**31) or None, the seed of the noise. The same
            seed gives the same noise at the same step. Defaults to None: a
            random one.
        name: String or None.

    Raises:
        InvalidArgument: If the networks do not fit each other or `latent_dim`.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    generator, discriminator = tfgan_kit.models.dcgan(image_shape=(16, 16, 1), latent_dim=8)
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=8, seed=0)
    gan.compile()
    images = np.random.uniform(-1, 1, (32, 16, 16, 1)).astype("float32")
    gan.fit(images, batch_size=16, epochs=1)
    gan.generate(4, seed=0).shape  # (4, 16, 16, 1)
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661;
    https://www.tensorflow.org/tutorials/generative/dcgan.
    """

    def __init__(self, generator, discriminator, latent_dim=100, seed=None, name=None):
        super().__init__(name=name)
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = latent_dim
        self.seed = check_seed(seed)
        # Evaluation has a stream of its own, so that it leaves the training noise as it was.
        self.train_noise = keras.random.SeedGenerator(self.seed)
        self.test_noise = keras.random.SeedGenerator(None if seed is None else self.seed + 1)
        self.step = self.add_weight(
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
            name="step",
        )
        self._trackers = {name: keras.metrics.Mean(name=name) for name in _METRICS}
        self._build_networks()

    def _build_networks(self):
        for role in ("generator", "discriminator"):
            network = getattr(self, role)
            if not isinstance(network, keras.Model):
                raise InvalidArgument(
                    f"`{role}` must be a keras.Model. Received: {role}={network!r}"
                )
        if isinstance(self.latent_dim, bool) or not isinstance(self.latent_dim, int):
            raise InvalidArgument(
                f"`latent_dim` must be an integer. Received: latent_dim={self.latent_dim!r}"
            )
        noise = keras.KerasTensor((None, self.latent_dim))
        images = batch.call_symbolically("generator", self.generator, noise)
        batch.call_symbolically("discriminator", self.discriminator, images)
        batch.check_fit(self.discriminator, images)
        self.image_shape = tuple(images.shape[1:])
        self.build(noise.shape)

    def build(self, input_shape):
        """Mark the model as built; both networks already are."""
        self.built = True

    def get_config(self):
        """The constructor's arguments, for saving."""
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "latent_dim": self.latent_dim,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model with these constructor arguments, weights not loaded."""
        config = dict(config)
        for role in ("generator", "discriminator"):
            config[role] = keras.saving.deserialize_keras_object(
                config[role], custom_objects=custom_objects
            )
        return cls(**config)

    @property
    def metrics(self):
        """List of the running means that are reported; `penalty` where there are penalties."""
        trackers = dict(self._trackers)
        if not self.penalties:
            trackers.pop("penalty")
        return list(trackers.values())

    @property
    def sampling_generator(self):
        """The generator of `generate`: the average with `compile(ema=...)`, else the trained."""
        return self.generator if self.ema is None else self.ema.generator

    def call(self, noise, training=False):
        """Turn noise into images."""
        generator = self.generator if training else self.sampling_generator
        return generator(noise, training=training)

    def fit(self, x=None, *args, **kwargs):
        """Train, exactly as `keras.Model.fit` does.

        Args:
            x: Real images in [-1, 1]: a `tf.data.Dataset`, as
                `tfgan_kit.data.load` returns it, or an array
                `(num, height, width, channels)`.
            *args: As for `keras.Model.fit`.
            **kwargs: As for `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            InvalidArgument: If images have another dtype, shape or, in an
                array, range.

        Example:

        ```python
        import tfgan_kit

        gan = tfgan_kit.recipes.get("tutorial").build()
        gan.fit(tfgan_kit.data.load("digits").take(2), epochs=1)
        ```
        """
        if isinstance(x, np.ndarray) and len(self.image_shape) == 3:
            batch.check_range(x[:256])
        if isinstance(x, tf.data.Dataset) and len(args) < 8:
            # Keras 3.15 warns that it does not shuffle a dataset unless told not to.
            kwargs.setdefault("shuffle", False)
        return super().fit(x, *args, **kwargs)

    def train_step(self, data):
        """One step: update both networks, then the generator's average.

        Args:
            data: Real images `(batch, height, width, channels)` in [-1, 1], or
                a tuple that begins with them.

        Returns:
            A dict of the metrics' values.
        """
        real_images = self._real_images(data)
        outcome = self.updates(self, real_images)
        if self.ema is not None:
            self.ema.update(self.generator, self.step, ops.shape(real_images)[0])
        self.step.assign_add(1)
        return self._report(*outcome)

    def test_step(self, data):
        """The same losses on other images, with both networks in inference mode.

        The fakes are of the generator that `generate` uses; penalties and
        augmentation are left out.

        Args:
            data: As for `train_step`.

        Returns:
            A dict of the metrics' values.
        """
        real_images = self._real_images(data)
        noise = self.noise(ops.shape(real_images)[0], self.draw_seed(self.test_noise))
        real_logits = self._logits(real_images)
        fake_logits = self._logits(self.sampling_generator(noise, training=False))
        generator_loss = self.adversarial_loss.generator_loss(fake_logits, real_logits)
        discriminator_loss = self.adversarial_loss.discriminator_loss(real_logits, fake_logits)
        return self._report(generator_loss, discriminator_loss, 0.0, real_logits, fake_logits)

    def generate(self, num, seed=None):
        """Draw images.

        Args:
            num: Integer, 0 or more, how many.
            seed: Integer in [0, 2**31) or None. The same seed gives the same
                images, and the same first ones whatever `num` is. Defaults to
                None: other images at every call.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

        Raises:
            InvalidArgument: If `num` is not an integer of 0 or more, or `seed`
                is out of range.

        Example:

        ```python
        import tfgan_kit

        gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
        gan.generate(4, seed=0).shape  # (4, 16, 16, 1)
        ```
        """
        noise = latent.sample(num, self.latent_dim, seed=seed)
        return latent.decode(self.sampling_generator, noise)

    def save_own_variables(self, store):
        """Store the step, and every random state and running metric with it."""
        for index, variable in enumerate(self._own_state()):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store):
        """Bring back what `save_own_variables` stored."""
        own_state = self._own_state()
        if len(store.keys()) != len(own_state):
            raise InvalidArgument(
                f"The file was written by another model, or one compiled otherwise: it holds "
                f"{len(store.keys())} random states, counters and averages, and this GAN has "
                f"{len(own_state)}"
            )
        for index, variable in enumerate(own_state):
            variable.assign(store[str(index)])

    def _own_state(self):
        """The step, and all that Keras does not save of itself: random states, metrics, ..."""
        weights = {id(weight) for weight in self.weights}
        state = [variable for variable in self.variables if id(variable) not in weights]
        state += [variable for metric in self.metrics for variable in metric.variables]
        for keeper in (self.ema, self.replay):
            state += [] if keeper is None else keeper.variables
        if self.compiled:
            for optimizer in self.optimizer.optimizers:
                state += optimizers.extra_variables(optimizer)
        return [self.step, *state]

    def _real_images(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return batch.check_images(images, self.image_shape)

    def draw_seed(self, stream):
        """The next seed of a stream, of its own for each replica.

        Args:
            stream: `train_noise` or `test_noise`.

        Returns:
            An integer tensor of shape `(2,)`.
        """
        context = tf.distribute.get_replica_context()
        key, count = tf.unstack(stream.next())
        replica = tf.cast(context.replica_id_in_sync_group, count.dtype)
        return tf.stack([key, count * context.num_replicas_in_sync + replica])

    def noise(self, batch_size, seed):
        """Noise for the generator, a pure function of the seed.

        Args:
            batch_size: Integer or scalar tensor.
            seed: Integer tensor of shape `(2,)`.

        Returns:
            A float32 tensor `(batch_size, latent_dim)`.
        """
        return latent.normal((batch_size, self.latent_dim), seed)

    def _logits(self, images):
        return ops.cast(self.discriminator(images, training=False), "float32")

    def _report(self, generator_loss, discriminator_loss, penalty, real_logits, fake_logits):
        batch_size = ops.shape(real_logits)[0]
        self._trackers["generator_loss"].update_state(generator_loss, batch_size)
        self._trackers["discriminator_loss"].update_state(discriminator_loss, batch_size)
        self._trackers["penalty"].update_state(penalty, batch_size)
        boundary = self.adversarial_loss.boundary
        self._trackers["real_accuracy"].update_state(real_logits > boundary)
        self._trackers["fake_accuracy"].update_state(fake_logits < boundary)
        return {tracker.name: tracker.result() for tracker in self.metrics}
