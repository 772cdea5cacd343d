"""`GAN`: a generator and a discriminator that train with `model.fit`."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit import checks, latent, losses, optimizers
from tfgan_kit.errors import InvalidArgument

__all__ = ["GAN"]

_METRICS = ("generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy")


@keras.saving.register_keras_serializable(package="tfgan_kit")
class GAN(keras.Model):
    """A generative adversarial network as an ordinary Keras model.

    `fit` takes real images in [-1, 1] and trains both networks at once, as in
    TensorFlow's DCGAN tutorial; labels and sample weights in the data are
    accepted and not used. Calling the model, or `predict`, turns noise into
    images. `save` keeps everything that training needs to go on exactly: both
    networks, both optimizers' moments, the step and the state of every random
    generator.

    Training reports `generator_loss`, `discriminator_loss`, `real_accuracy` and
    `fake_accuracy` (the shares of real and of fake images that the
    discriminator calls right).

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
        self.seed = latent.check_seed(seed)
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
        images = checks.call_symbolically("generator", self.generator, noise)
        checks.call_symbolically("discriminator", self.discriminator, images)
        checks.check_fit(self.discriminator, images)
        self.image_shape = tuple(images.shape[1:])
        self.build(noise.shape)

    def build(self, input_shape):
        """Mark the model as built; both networks already are.

        Args:
            input_shape: Tuple `(None, latent_dim)`, the shape of noise.
        """
        self.built = True

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss="non_saturating",
        jit_compile="auto",
        steps_per_execution=1,
        run_eagerly=False,
    ):
        """Choose optimizers and loss; the defaults are the DCGAN tutorial's.

        Args:
            generator_optimizer: A Keras optimizer, its name or config. Defaults
                to `Adam(1e-4)`.
            discriminator_optimizer: The same for the discriminator; an object of
                its own. Defaults to `Adam(1e-4)`.
            loss: A name of `tfgan_kit.losses`, a config or an
                `AdversarialLoss`. Defaults to `"non_saturating"`, the
                tutorial's two cross-entropies.
            jit_compile: Bool or `"auto"`, whether to compile the step with XLA.
                `"auto"` leaves it off on a CPU, where XLA is slower here.
            steps_per_execution: Integer, 1 or more, batches run by one call of
                the compiled function. Changes the speed, not the result.
                Defaults to 1.
            run_eagerly: Bool, for debugging: run the step without a graph.
                Defaults to False.

        Raises:
            InvalidArgument: If both optimizers are one object or the loss is
                not known.

        Example:

        ```python
        import keras
        import tfgan_kit

        gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
        gan.compile(
            generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
            discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        )
        ```
        """
        super().compile(
            optimizer=None,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            run_eagerly=run_eagerly,
        )
        self.adversarial_loss = losses.get(loss)
        self.generator_optimizer = optimizers.get(generator_optimizer, name="generator_optimizer")
        self.discriminator_optimizer = optimizers.get(
            discriminator_optimizer, name="discriminator_optimizer"
        )
        if self.generator_optimizer is self.discriminator_optimizer:
            raise InvalidArgument(
                "`generator_optimizer` and `discriminator_optimizer` must be two objects: each "
                "keeps the moments of its own network. Received the same object for both"
            )
        # Built here, since loading into an unbuilt optimizer loses its moments.
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.optimizer = optimizers.OptimizerPair(
            self.generator_optimizer, self.discriminator_optimizer
        )

    def get_compile_config(self):
        """What `compile` was called with, for saving.

        Returns:
            A dict of serialized arguments, empty if the model is not compiled.
        """
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
            "loss": serialize(self.adversarial_loss),
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
            "run_eagerly": self.run_eagerly,
        }

    def compile_from_config(self, config):
        """Compile as saved; both optimizers come back built.

        Args:
            config: Dict, from `get_compile_config`.
        """
        deserialize = keras.saving.deserialize_keras_object
        self.compile(**{key: deserialize(value) for key, value in config.items()})

    def get_config(self):
        """The constructor's arguments, for saving.

        Returns:
            A dict with the serialized networks, `latent_dim`, `seed` and
            `name`.
        """
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "latent_dim": self.latent_dim,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model with these constructor arguments, weights not loaded.

        Args:
            config: Dict, from `get_config`.
            custom_objects: Dict of names and classes, or None.

        Returns:
            A `GAN`.
        """
        config = dict(config)
        for role in ("generator", "discriminator"):
            config[role] = keras.saving.deserialize_keras_object(
                config[role], custom_objects=custom_objects
            )
        return cls(**config)

    @property
    def metrics(self):
        """List of the four running means that training and evaluation report."""
        return list(self._trackers.values())

    def call(self, noise, training=False):
        """Turn noise into images.

        Args:
            noise: Float tensor of shape `(batch, latent_dim)`.
            training: Bool, whether batch normalisation uses the batch's own
                statistics. Defaults to False.

        Returns:
            A float tensor `(batch, height, width, channels)` in [-1, 1].
        """
        return self.generator(noise, training=training)

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
            checks.check_range(x[:256])
        if isinstance(x, tf.data.Dataset) and len(args) < 8:
            # Keras 3.15 warns that it does not shuffle a dataset unless told not to.
            kwargs.setdefault("shuffle", False)
        return super().fit(x, *args, **kwargs)

    def train_step(self, data):
        """One step of the DCGAN tutorial: both networks, from one batch of noise.

        Args:
            data: Real images `(batch, height, width, channels)` in [-1, 1], or
                a tuple that begins with them.

        Returns:
            A dict of the four metrics' values.
        """
        real_images = self._real_images(data)
        noise = self._noise(ops.shape(real_images)[0], self.train_noise)

        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fake_images = self.generator(noise, training=True)
            real_logits = self._logits(real_images, training=True)
            fake_logits = self._logits(fake_images, training=True)
            generator_loss = self.adversarial_loss.generator_loss(fake_logits)
            discriminator_loss = self.adversarial_loss.discriminator_loss(real_logits, fake_logits)
            scaled_generator_loss = optimizers.scale_loss(generator_loss, self.generator_optimizer)
            scaled_discriminator_loss = optimizers.scale_loss(
                discriminator_loss, self.discriminator_optimizer
            )

        generator_gradients = generator_tape.gradient(
            scaled_generator_loss, self.generator.trainable_variables
        )
        discriminator_gradients = discriminator_tape.gradient(
            scaled_discriminator_loss, self.discriminator.trainable_variables
        )
        self.generator_optimizer.apply(generator_gradients, self.generator.trainable_variables)
        self.discriminator_optimizer.apply(
            discriminator_gradients, self.discriminator.trainable_variables
        )

        self.step.assign_add(1)
        return self._report(generator_loss, discriminator_loss, real_logits, fake_logits)

    def test_step(self, data):
        """The same losses on other images, with both networks in inference mode.

        Args:
            data: As for `train_step`.

        Returns:
            A dict of the four metrics' values.
        """
        real_images = self._real_images(data)
        noise = self._noise(ops.shape(real_images)[0], self.test_noise)
        real_logits = self._logits(real_images, training=False)
        fake_logits = self._logits(self.generator(noise, training=False), training=False)
        return self._report(
            self.adversarial_loss.generator_loss(fake_logits),
            self.adversarial_loss.discriminator_loss(real_logits, fake_logits),
            real_logits,
            fake_logits,
        )

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
        return latent.decode(self.generator, latent.sample(num, self.latent_dim, seed=seed))

    def save_own_variables(self, store):
        """Store the step, and every random state and running metric with it.

        Keras stores neither seeds nor metrics of itself, and exact resumption
        needs both.

        Args:
            store: Dict-like, filled with one entry a variable.
        """
        for index, variable in enumerate(self._own_state()):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store):
        """Bring back what `save_own_variables` stored.

        Args:
            store: Dict-like, one entry a variable.

        Raises:
            InvalidArgument: If the file holds another number of variables.
        """
        own_state = self._own_state()
        if len(store.keys()) != len(own_state):
            raise InvalidArgument(
                f"The file was written by another model: it holds {len(store.keys())} random "
                f"states and counters, and this GAN has {len(own_state)}"
            )
        for index, variable in enumerate(own_state):
            variable.assign(store[str(index)])

    def _own_state(self):
        """The step, then what `weights` leaves out: random states, then metrics."""
        weights = {id(weight) for weight in self.weights}
        seeds = [variable for variable in self.variables if id(variable) not in weights]
        return [self.step, *seeds, *(v for metric in self.metrics for v in metric.variables)]

    def _real_images(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return checks.check_images(images, self.image_shape)

    def _noise(self, batch_size, seed_generator):
        """Noise of its own for each replica, from one shared stream of seeds."""
        context = tf.distribute.get_replica_context()
        key, count = tf.unstack(seed_generator.next())
        replica = tf.cast(context.replica_id_in_sync_group, count.dtype)
        seed = tf.stack([key, count * context.num_replicas_in_sync + replica])
        return latent.normal((batch_size, self.latent_dim), seed)

    def _logits(self, images, training):
        return ops.cast(self.discriminator(images, training=training), "float32")

    def _report(self, generator_loss, discriminator_loss, real_logits, fake_logits):
        batch_size = ops.shape(real_logits)[0]
        self._trackers["generator_loss"].update_state(generator_loss, batch_size)
        self._trackers["discriminator_loss"].update_state(discriminator_loss, batch_size)
        self._trackers["real_accuracy"].update_state(real_logits > 0)
        self._trackers["fake_accuracy"].update_state(fake_logits < 0)
        return {name: tracker.result() for name, tracker in self._trackers.items()}
