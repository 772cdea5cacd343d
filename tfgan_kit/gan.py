"""`GAN`: a generator and a discriminator that train with `model.fit`."""

import types

import keras
import numpy as np
import tensorflow as tf
from keras import ops

# `layers` is for `keras.models.load_model`, which only finds classes that were imported.
from tfgan_kit import latent, layers  # noqa: F401
from tfgan_kit.layers import DrawCluster
from tfgan_kit.models.conditioning import from_clusters
from tfgan_kit.training import Batch, ScheduledAdam, steps  # noqa: F401
from tfgan_kit.training.distribution import count_on_replicas, fold_replica
from tfgan_kit.training.networks import check_latent_dim, check_networks, symbolic_inputs
from tfgan_kit.training.progressive import at_current_level
from tfgan_kit.training.saved import Saved
from tfgan_kit.training.trainer import Trainer, check_callbacks
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import logits_and_classes, with_labels
from tfgan_kit.utils.labels import of_images
from tfgan_kit.utils.validation import check_bool, check_integer, check_seed

__all__ = ["GAN"]

_METRICS = ("generator_loss", "discriminator_loss", "penalty", "real_accuracy", "fake_accuracy")


@keras.saving.register_keras_serializable(package="tfgan_kit")
class GAN(Saved, Trainer):
    """A generative adversarial network as an ordinary Keras model.

    `fit` takes real images in [-1, 1] and trains both networks, as in TensorFlow's DCGAN
    tutorial. With `num_classes` it is conditional: `fit` takes `(images, labels)`, and both
    networks take their labels as a second input. Without, labels in the data are ignored.
    With `clusters` (`tfgan_kit.data.find_clusters`) the labels that it trains on are numbers of
    clusters, which `generate` draws itself: the last number of its noise chooses the cluster.
    With `attributes` (`tfgan_kit.data.Attributes`) labels are combinations of their values.
    `save` keeps everything that an exact continuation needs: networks, optimizers, step
    and the state of every random generator.

    Training reports `generator_loss`, `discriminator_loss`, `penalty` (the weighted sum,
    where there are penalties), `real_accuracy` and `fake_accuracy` (the fraction of real and
    of fake images classified correctly; relativistic losses and Wasserstein's compare the two).

    Args:
        generator: A Keras model from noise `(batch, latent_dim)`, or from
            `[noise, labels]`, to images `(batch, height, width, channels)` or data of any
            other rank, in [-1, 1].
        discriminator: A Keras model from those images, or from `[images, labels]`, to
            logits `(batch, 1)`, positive for real. No sigmoid at its end. With a second output,
            the logits of classes, it takes images alone.
        latent_dim: Positive integer, length of a noise vector. Defaults to None: as the
            generator takes it; 100 if it has no input shape.
        seed: Integer in [0, 2**31) or None, random seed of the noise. Defaults to None: a
            random one.
        num_classes: Positive integer, number of classes of a conditional GAN, whose labels
            are int32 class numbers `(batch,)`; or None. Defaults to None.
        clusters: A `tfgan_kit.data.Clusters` or `tfgan_kit.layers.DrawCluster`: the share of each
            cluster, and its class if there are clusters within classes. The networks are built
            with `num_classes=clusters.num`. Defaults to None.
        attributes: A `tfgan_kit.data.Attributes`, with which the networks are built as well, in
            place of `num_classes`. Defaults to None.
        name: String or None.

    Attributes:
        latent_dim: Integer, length of a noise vector of `generate`; with clusters one more than
            that of the generator.
        num_classes: Integer, number of classes that `generate` takes labels of, or None.
        num_labels: Integer, number of labels of the networks: of clusters, if there are any.
        class_shares: Float array `(num_classes,)`, the share of each class in the training data so
            far, or None.

    Raises:
        InvalidArgument: If the networks do not fit each other, `latent_dim` or
            `num_classes`.

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
    https://www.tensorflow.org/tutorials/generative/dcgan; conditional: Mirza & Osindero,
    2014, https://arxiv.org/abs/1411.1784.
    """

    def __init__(
        self,
        generator,
        discriminator,
        latent_dim=None,
        seed=None,
        num_classes=None,
        clusters=None,
        attributes=None,
        name=None,
    ):
        super().__init__(name=name)
        self.generator = generator
        self.discriminator = discriminator
        self._noise_dim = check_latent_dim(latent_dim, generator)
        self.latent_dim = self._noise_dim + (clusters is not None)
        self.num_classes = check_integer("num_classes", num_classes, 1, optional=True)
        self.num_labels, self.clusters = self.num_classes, None
        if clusters is not None:
            self._use_clusters(clusters)
        self.attributes = attributes
        if attributes is not None:
            if num_classes is not None or clusters is not None:
                raise InvalidArgument("`attributes` must be without `num_classes` and `clusters`")
            self.num_classes, self.num_labels = attributes.num_classes, attributes.num_labels
        self.seed = check_seed(seed)
        # Evaluation draws from its own generator and leaves the training noise unchanged.
        self.train_noise = keras.random.SeedGenerator(self.seed)
        self.test_noise = keras.random.SeedGenerator(None if seed is None else self.seed + 1)
        self.step = self._counter("step", "only_first_replica")
        self.images_seen = self._counter("images_seen", "sum")
        self._trackers = {name: keras.metrics.Mean(name=name) for name in _METRICS}
        # Clusters and attributes have their shares from the data.
        self.label_counts = None
        if self.num_classes is not None and clusters is None and attributes is None:
            self.label_counts = self._counter("label_counts", "sum", (self.num_classes,))
        self.image_shape = check_networks(
            generator, discriminator, self._noise_dim, self.num_labels, attributes
        )
        # Keras would take a model in an attribute for a part of this one.
        self._from_clusters = types.SimpleNamespace(generator=None, model=None)
        self.build((None, self.latent_dim))

    def _use_clusters(self, clusters):
        if not hasattr(clusters, "shares"):
            raise InvalidArgument(
                "`clusters` must be what tfgan_kit.data.find_clusters returns. "
                f"Received: clusters={clusters!r}"
            )
        self.clusters = DrawCluster(clusters.shares, clusters.classes)
        self.num_labels = len(self.clusters.shares)
        classes = self.clusters.classes
        found = None if classes is None else max(classes) + 1
        if self.num_classes not in (None, found):
            expected = "be left out" if found is None else f"be {found} or left out"
            raise InvalidArgument(
                f"`num_classes` must {expected}, since `clusters` were found "
                f"{'without' if found is None else 'within'} classes. "
                f"Received: num_classes={self.num_classes}"
            )
        self.num_classes = found

    def _counter(self, name, aggregation, shape=()):
        settings = {"dtype": "int64", "initializer": "zeros", "trainable": False}
        return self.add_weight(shape, aggregation=aggregation, name=name, **settings)

    def symbolic_inputs(self):
        """The generator's inputs as `keras.KerasTensor`: noise, or noise and labels."""
        return symbolic_inputs(self.generator, self._noise_dim, self.num_labels)

    def build(self, input_shape):
        """Mark the model as built; both networks already are."""
        self.built = True

    def get_config(self):
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "latent_dim": self._noise_dim,
            "seed": self.seed,
            "num_classes": None if self.attributes else self.num_classes,
            "clusters": self.clusters and keras.saving.serialize_keras_object(self.clusters),
            "attributes": keras.saving.serialize_keras_object(self.attributes),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model with these constructor arguments, weights not loaded."""
        config = dict(config)
        for role in ("generator", "discriminator", "clusters", "attributes"):
            if config.get(role) is not None:
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
        """The generator of `generate`: the average with `compile(ema=...)`, else the trained.

        Of networks that grow it has the layers of the current level.
        """
        return self._with_clusters(at_current_level(self._averaged()))

    def _with_clusters(self, generator):
        if self.clusters is None:
            return generator
        made = self._from_clusters
        if made.generator is not generator:
            made.model = from_clusters(generator, self._noise_dim, self.clusters)
            made.generator = generator
        return made.model

    def _averaged(self):
        return self.generator if self.ema is None else self.ema.generator

    @property
    def class_shares(self):
        """Share of each class in the training data so far `(num_classes,)`, or None."""
        if self.clusters is not None and self.num_classes is not None:
            counts = np.bincount(self.clusters.classes, self.clusters.shares)
        elif self.attributes is not None and self.attributes.shares is not None:
            counts = np.array(self.attributes.shares)
        elif self.label_counts is not None:
            counts = self.label_counts.numpy()
        else:
            return None
        return counts / counts.sum() if counts.any() else None

    def make(self, noise, labels=None, training=False):
        """Images from noise `(batch, ...)` and labels, as the generator is trained on them."""
        generator = self.generator if training else self._averaged()
        return generator(with_labels(generator, noise, labels), training=training)

    def logits(self, images, labels=None, training=False):
        """The discriminator's float32 logits `(batch, 1)` of images and their labels."""
        inputs = with_labels(self.discriminator, images, labels)
        logits, _ = logits_and_classes(self.discriminator(inputs, training=training))
        return ops.cast(logits, "float32")

    def call(self, inputs, training=False):
        """Images from noise `(batch, latent_dim)`, or from `[noise, labels]`."""
        noise, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        generator = self.generator
        if not training or self.clusters:
            # Of all levels, since a compiled call must not keep the current one.
            generator = self._with_clusters(self._averaged())
        return generator(with_labels(generator, noise, labels), training=training)

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train, exactly as `keras.Model.fit` does.

        Args:
            x: Real images in [-1, 1]: a `tf.data.Dataset`, as `tfgan_kit.data.load` returns
                it, an array `(num, height, width, channels)`, or what else Keras takes.
            y: Integer labels `(num,)` of a conditional GAN if `x` is an array. Defaults to
                None.
            *args: As for `keras.Model.fit`.
            **kwargs: As for `keras.Model.fit`. `sample_weight` `(num,)`, in a dataset the third
                element, multiplies each real image's term of the discriminator's loss, which
                stays a mean over the batch: weights of mean 1 keep its balance with the fakes.
                Penalties and the generator's loss are not weighted.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            InvalidArgument: If an array or the first batch of other data has another dtype
                or shape, values outside [-1, 1], labels outside the classes or negative weights;
                if there are weights of classes, or a callback that needs a log called `loss`.

        Example:

        ```python
        import tfgan_kit

        gan = tfgan_kit.recipes.get("tutorial").build()
        gan.fit(tfgan_kit.data.load("digits").take(2), epochs=1)
        ```
        """
        if kwargs.get("class_weight") is not None:
            raise InvalidArgument(
                "`class_weight` is not an argument of GAN.fit. Pass `sample_weight`, for "
                "example weights_of_classes[labels]"
            )
        check_callbacks(kwargs.get("callbacks", args[3:4]))
        x, y = self.check_data(x, y, "fit", kwargs)
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = self.check_validation_data(kwargs["validation_data"])
        if isinstance(x, (tf.data.Dataset, types.GeneratorType)) and len(args) < 7:
            # Keras 3.15 warns that it does not shuffle these unless `shuffle` is False.
            kwargs.setdefault("shuffle", False)
        return super().fit(x, y, *args, **kwargs)

    def train_step(self, data):
        """One step: update both networks, then the generator's average."""
        batch = self._batch(data)
        # Data of unknown length end within a step, which must then change nothing.
        with tf.control_dependencies([batch.images]):
            return self._train_on(batch)

    def _train_on(self, batch):
        for update in self.update_schedules:
            update(self.images_seen)
        outcome = self.updates(self, batch)
        if self.ema is not None:
            seen = batch.size if batch.total is None else batch.total
            self.ema.update(self.generator, self.step, seen)
        self.step.assign_add(1)
        # Keras 3.15 adds before it sums over replicas; TensorFlow sums the batches of replicas.
        num = batch.size if batch.num is None else batch.num
        self.images_seen.value.assign_add(ops.cast(num, "int64"))
        if self.label_counts is not None:
            counted = ops.arange(batch.size) < ops.cast(num, "int32")
            # XLA has no `bincount`.
            each = ops.one_hot(ops.where(counted, batch.labels, -1), self.num_classes)
            self.label_counts.value.assign_add(ops.cast(ops.sum(each, axis=0), "int64"))
        return {**self._report(outcome, batch.num), **self.updates.logs(self)}

    def discriminator_step(self, batch):
        """One update of the discriminator alone, for training algorithms of your own.

        Args:
            batch: A `training.Batch` of real images, or arrays as for `fit`.

        Returns:
            A named tuple of `loss` and `penalty`, float scalars from before the update, and
            `critique`, a `training.Critique`.

        Example:

        ```python
        import tensorflow as tf
        import tfgan_kit
        from tfgan_kit.training import Batch

        gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
        gan.compile()
        points = Batch(tf.random.normal((16, 2)))
        gan.discriminator_step(points)
        float(gan.generator_step(points).loss)
        ```
        """
        return steps.discriminator_step(self, self._batch(batch))

    def generator_step(self, batch):
        """One update of the generator alone; see `discriminator_step`.

        Args:
            batch: A `training.Batch`: its size, its labels, and its images where
                `generator_uses_real`.

        Returns:
            As for `discriminator_step`.
        """
        return steps.generator_step(self, self._batch(batch))

    def test_step(self, data):
        """The losses on other images, in inference mode, without penalties and augmentation."""
        batch = self._batch(data)
        noise = self.noise(batch.size, fold_replica(self.test_noise.next()))
        real_logits = self.logits(batch.images, batch.labels)
        fake_logits = self.logits(self.make(noise, batch.labels), batch.labels)
        generator_loss = self.adversarial_loss.generator_loss(fake_logits, real_logits)
        discriminator_loss = self.adversarial_loss.discriminator_loss(
            real_logits, fake_logits, **batch.weighting
        )
        outcome = generator_loss, discriminator_loss, 0.0, real_logits, fake_logits
        return self._report(outcome, batch.num)

    def generate(self, num, seed=None, labels=None, truncation=None, randomize_noise=False):
        """Draw images.

        Args:
            num: Non-negative integer, number of images.
            seed: Integer in [0, 2**31) or None. The same seed gives the same images, and
                the first ones do not depend on `num`. Defaults to None: different images
                at every call.
            labels: For a conditional GAN: a class number for all images, an integer array
                `(num,)`, or None to draw classes by their share in the training data. With
                attributes also a dict such as `{"hair": "black"}`, which leaves the others to
                chance. Defaults to None.
            truncation: As for `latent.truncated`, for a generator with styles: a float such as 0.7
                makes images less varied and better. Defaults to None: as trained.
            randomize_noise: Boolean, as `latent.with_random_noise`, for a generator with styles:
                whether small details are drawn for each image. Defaults to False: they are fixed.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

        Raises:
            InvalidArgument: If an argument is out of range.

        Example:

        ```python
        import tfgan_kit

        gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
        gan.generate(4, seed=0).shape  # (4, 16, 16, 1)
        ```
        """
        noise = latent.sample(num, self.latent_dim, seed=seed)
        if labels is not None:
            names = self.attributes and self.attributes.class_names
            labels = of_images(num, labels, self.num_classes, names, seed, self.class_shares)
        elif self.num_classes is not None:
            labels = latent.sample_labels(num, self.num_classes, seed, self.class_shares)
        generator = latent.truncated(self.sampling_generator, truncation)
        if check_bool("randomize_noise", randomize_noise):
            generator = latent.with_random_noise(generator, seed)
        return latent.decode(generator, noise, labels)

    def _batch(self, data):
        if isinstance(data, Batch) and tf.is_tensor(data.images):
            return data  # A part of a batch that was checked.
        return count_on_replicas(Batch.of(data, self.image_shape, self.num_labels))

    def next_seed(self):
        """The next seed of the training noise, an integer tensor `(2,)`, per replica."""
        return fold_replica(self.train_noise.next())

    def noise(self, batch_size, seed):
        """Noise for the generator's training `(batch_size, ...)`, a pure function of the seed."""
        return latent.normal((batch_size, self._noise_dim), seed)

    def _report(self, outcome, num=None):
        generator_loss, discriminator_loss, penalty, real_logits, fake_logits = outcome
        batch_size, weights = ops.shape(real_logits)[0], None
        if num is not None:  # 0 on a replica without images.
            counts = ops.cast(num > 0, "float32")
            batch_size = counts * ops.cast(batch_size, "float32")
            weights = counts * ops.ones_like(real_logits)
        self._trackers["generator_loss"].update_state(generator_loss, batch_size)
        self._trackers["discriminator_loss"].update_state(discriminator_loss, batch_size)
        self._trackers["penalty"].update_state(penalty, batch_size)
        above, below = self.adversarial_loss.boundaries(real_logits, fake_logits)
        self._trackers["real_accuracy"].update_state(real_logits > above, weights)
        self._trackers["fake_accuracy"].update_state(fake_logits < below, weights)
        return {tracker.name: tracker.result() for tracker in self.metrics}
