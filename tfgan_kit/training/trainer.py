"""`Trainer`: what `GAN.compile` chose, and what a training step needs of it."""

import types
import warnings
import weakref

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit import losses
from tfgan_kit import penalties as terms
from tfgan_kit.losses.adversarial import check_scalars
from tfgan_kit.training import augment as augmentations
from tfgan_kit.training import ema as averages
from tfgan_kit.training import optimizers
from tfgan_kit.training import replay as buffers
from tfgan_kit.training import updates as algorithms
from tfgan_kit.training.batch import Batch, check_data
from tfgan_kit.training.critique import Critique
from tfgan_kit.training.distribution import mean_over_replicas, same_on_all_replicas
from tfgan_kit.training.first_batch import look_at_first
from tfgan_kit.training.schedules import find_image_schedules
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import is_validation
from tfgan_kit.utils.labels import check_labels
from tfgan_kit.utils.validation import check_bool, check_choice, check_integer

__all__ = ["Trainer", "check_callbacks"]

_STEPS = (
    ". Pass updates=tfgan_kit.training.Alternating(discriminator_steps=..., generator_steps=...)"
)
_INSTEAD = {
    "discriminator_steps": _STEPS,
    "generator_steps": _STEPS,
    "optimizer": ". Pass `generator_optimizer` and `discriminator_optimizer`",
    "metrics": ". Pass callbacks=[tfgan_kit.callbacks.MetricMonitor(...)] to `fit`",
}


class Trainer(keras.Model):
    """The part of `GAN` that is about training; `GAN` adds networks, noise and state."""

    # Before `compile`, and where it is not asked for.
    ema = None
    replay = None
    augment = None
    penalties = ()
    update_schedules = ()
    # The methods whose first batch is not checked yet.
    _unseen = frozenset()

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss="non_saturating",
        penalties=(),
        augment=None,
        replay=None,
        ema=None,
        updates="simultaneous",
        jit_compile="auto",
        steps_per_execution=1,
        run_eagerly=False,
        **unknown,
    ):
        """Choose how to train; the defaults are the DCGAN tutorial's.

        Args:
            generator_optimizer: A Keras optimizer, its name or config. Gradient clipping
                and learning-rate schedules are the optimizer's own. Defaults to
                `Adam(1e-4)`.
            discriminator_optimizer: The same for the discriminator; a second object.
                Defaults to `Adam(1e-4)`.
            loss: A name of `tfgan_kit.losses`, a config or an `AdversarialLoss`. Defaults
                to `"non_saturating"`, the tutorial's two cross-entropies.
            penalties: List of `tfgan_kit.penalties` objects, names or configs, added to
                the loss of either network. Defaults to none.
            augment: A `tfgan_kit.training.augment` object, a policy such as
                `"color,translation"`, or a list of them: the augmentation of real and fake
                images before the discriminator. Defaults to None.
            replay: A `tfgan_kit.training.ReplayBuffer` or its capacity: earlier fakes that
                the discriminator sees again. The buffer of another GAN is copied, empty.
                Defaults to None.
            ema: A `tfgan_kit.training.ExponentialMovingAverage` or its decay: the average
                of the generator's weights that `generate` uses. The average of another GAN
                is copied. Defaults to None.
            updates: A `tfgan_kit.training.Updates` object, its name or config: which
                networks a step updates, in which order and how often. Defaults to
                `"simultaneous"`, the tutorial's; `"alternating"` is the other name.
            jit_compile: Boolean or `"auto"`, whether to compile the step with XLA. `"auto"`
                leaves it off on a CPU, where XLA is slower.
            steps_per_execution: Positive integer, batches in one call of the compiled
                function. Changes the speed, not the result. Defaults to 1.
            run_eagerly: Boolean, whether to run the step without a graph, for debugging.
                Defaults to False.
            **unknown: None: other arguments of `keras.Model.compile` are refused.

        Raises:
            InvalidArgument: If both optimizers are one object, an argument is not known or
                out of range, or `updates` cannot work with the other arguments.

        Example:

        ```python
        import tfgan_kit
        from tfgan_kit import penalties

        gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
        gan.compile(
            loss="relativistic_pairing",
            penalties=[penalties.R1(1.0), penalties.R2(1.0)],
            updates="alternating",
            ema=0.995,
        )
        ```
        """
        for name in unknown:
            raise InvalidArgument(
                f"`{name}` is not an argument of GAN.compile" + _INSTEAD.get(name, "")
            )
        check_integer("steps_per_execution", steps_per_execution, 1)
        check_choice("jit_compile", jit_compile, (True, False, "auto"))
        check_bool("run_eagerly", run_eagerly)
        # Everything is made before anything is set: a mistake leaves the GAN as it was.
        chosen = {
            "adversarial_loss": check_scalars(losses.get(loss)),
            "penalties": tuple(
                self._own(each) if each.initial_state else each for each in terms.get_all(penalties)
            ),
            "augment": augmentations.get(augment),
            "replay": self._own(buffers.get(replay)),
            "ema": self._own(averages.get(ema)),
            "updates": algorithms.get(updates),
            **self._make_optimizers(generator_optimizer, discriminator_optimizer),
        }
        chosen["updates"].check(chosen)
        self._check_classifier(chosen["penalties"])
        relativistic = (losses.RelativisticAverage, losses.RelativisticPairing)
        has_lecam = any(isinstance(each, terms.LeCam) for each in chosen["penalties"])
        if has_lecam and isinstance(chosen["adversarial_loss"], relativistic):
            warnings.warn(
                "LeCam limits the logits of real and of fake images, of which a relativistic loss "
                f"sees only differences. Use another loss. Received: loss={loss!r}",
                stacklevel=2,
            )
        schedules = find_image_schedules(
            *chosen.values(), *chosen["penalties"], self.generator, self.discriminator
        )
        with self.distribute_strategy.scope():
            if chosen["replay"] is not None:
                chosen["replay"].build(self.image_shape, self.num_labels is not None)
            if chosen["ema"] is not None:
                chosen["ema"].build(self.generator, self.symbolic_inputs())
            for schedule in schedules:
                schedule.build()
            with same_on_all_replicas():
                for penalty in chosen["penalties"]:
                    penalty.build(self.generator)
        # Keras would take a layer in this list for a new part of the model.
        chosen["update_schedules"] = [schedule.update for schedule in schedules]
        super().compile(
            optimizer=None,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            run_eagerly=run_eagerly,
        )
        for name, value in chosen.items():
            setattr(self, name, value)
        self.optimizer = optimizers.OptimizerPair(
            self.generator_optimizer, self.discriminator_optimizer
        )

    def _check_classifier(self, penalties):
        """The second output of a discriminator and the term that trains it need each other."""
        has_output = len(getattr(self.discriminator, "outputs", None) or []) == 2
        has_term = any(isinstance(each, terms.AuxiliaryClassifier) for each in penalties)
        if has_output != has_term:
            raise InvalidArgument(
                "`penalties` must have an AuxiliaryClassifier if the discriminator has a second "
                "output, the logits of classes, and only then: labels are used by nothing else. "
                f"Received: penalties={[type(each).__name__ for each in penalties]}, a "
                f"discriminator with {'a second' if has_output else 'one'} output"
            )
        for each in penalties:
            if isinstance(each, terms.AuxiliaryClassifier):
                each.check(self.attributes)

    @property
    def _shares(self):
        return self.clusters and self.clusters.shares

    def check_data(self, x, y, method, options):
        """Images and labels as Keras takes them; arrays are checked here, other data when read.

        `sample_weight` of the `options` is replaced.
        """
        if x is None or isinstance(x, str):
            raise InvalidArgument(
                "`x` must be images or a dataset, such as tfgan_kit.data.load returns. "
                f"Received: x={x!r}"
            )
        if isinstance(x, (list, tuple, dict)):
            check_data((x,), self.image_shape)
        if isinstance(x, types.GeneratorType):
            # Keras 3.15 takes tuples only.
            x = (tuple(each) if isinstance(each, (tuple, list)) else (each,) for each in x)
        if self.num_labels is None:
            y = None
        if hasattr(x, "__array__"):
            weights = options.get("sample_weight")
            check_data((x, y, weights), self.image_shape, self.num_labels, self._shares)
            if y is not None:
                y = check_labels(y, self.num_labels)
            if weights is not None:
                options["sample_weight"] = np.asarray(weights, "float32")
                # Keras 3.15 drops weights without labels.
                y = np.zeros(len(x), "int32") if y is None else y
            return x, y
        self._unseen |= {method}
        return x, y

    def check_validation_data(self, data):
        """The same of `validation_data`."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        options = {"sample_weight": weights}
        x, y = self.check_data(x, y, "evaluate", options)
        return x, y, options["sample_weight"]

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """The losses on other images, exactly as `keras.Model.evaluate`; data as for `fit`."""
        if not is_validation(kwargs):
            x, y = self.check_data(x, y, "evaluate", kwargs)
        return super().evaluate(x, y, *args, **kwargs)

    def make_train_function(self, force=False):
        """What `fit` calls with an iterator; it looks at the first batch."""
        if force or self.train_function is None:
            super().make_train_function(force)
            self.train_function = self._look_at_first(self.train_function, "fit")

    def make_test_function(self, force=False):
        """What `evaluate` calls with an iterator; it looks at the first batch."""
        if force or self.test_function is None:
            super().make_test_function(force)
            self.test_function = self._look_at_first(self.test_function, "evaluate")

    def _look_at_first(self, function, method):
        def check(batch):
            check_data(batch, self.image_shape, self.num_labels, self._shares)

        def call(iterator):
            if method in self._unseen:
                self._unseen -= {method}
                steps = self.steps_per_execution
                iterator = look_at_first(iterator, check, self.distribute_strategy, steps)
            return function(iterator)

        return call

    def _own(self, keeper):
        """An average, a buffer or a term for this GAN alone: a copy where another GAN has it."""
        if keeper is None:
            return None
        owner = getattr(keeper, "_owner", lambda: None)()
        if owner is not None and owner is not self:
            keeper = type(keeper).from_config(keeper.get_config())
        keeper._owner = weakref.ref(self)
        return keeper

    def _make_optimizers(self, generator_optimizer, discriminator_optimizer):
        is_object = isinstance(generator_optimizer, keras.optimizers.Optimizer)
        if is_object and generator_optimizer is discriminator_optimizer:
            raise InvalidArgument(
                "`generator_optimizer` and `discriminator_optimizer` must be two objects: each "
                "keeps the moments of its own network. Received the same object for both"
            )
        # The generator's gradients pass through the discriminator, too.
        made = {
            "generator_optimizer": optimizers.get(
                generator_optimizer, "generator_optimizer", [self.generator, self.discriminator]
            ),
            "discriminator_optimizer": optimizers.get(
                discriminator_optimizer, "discriminator_optimizer", self.discriminator
            ),
        }
        # Loading into an unbuilt optimizer loses its moments.
        made["generator_optimizer"].build(self.generator.trainable_variables)
        made["discriminator_optimizer"].build(self.discriminator.trainable_variables)
        return made

    def get_compile_config(self):
        """The arguments of `compile`, serialized; empty if the model is not compiled."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
            "loss": serialize(self.adversarial_loss),
            "penalties": [serialize(penalty) for penalty in self.penalties],
            "augment": serialize(self.augment),
            "replay": serialize(self.replay),
            "ema": serialize(self.ema),
            "updates": serialize(self.updates),
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
            "run_eagerly": self.run_eagerly,
        }

    def compile_from_config(self, config):
        """Compile as saved; both optimizers come back built."""
        deserialize = keras.saving.deserialize_keras_object
        arguments = {name: deserialize(value) for name, value in config.items()}
        self.compile(**algorithms.from_version_0_1(arguments))

    @property
    def generator_uses_real(self):
        """Boolean, whether the generator's loss or a term of it uses real images."""
        return self.adversarial_loss.generator_uses_real or any(
            penalty.uses_real for penalty in self._penalties_of("generator")
        )

    def critique(self, real, fake, seed, noise=None):
        """The discriminator's logits of two `Batch`es, augmented alike; `real` may be None."""
        augment = None
        if self.augment is not None:
            augment = lambda images, seed: self.augment(images, seed, self.step)  # noqa: E731
        real = real or Batch(None)
        return Critique(
            self.discriminator,
            real.images,
            fake.images,
            augment=augment,
            seed=seed,
            real_labels=real.labels,
            fake_labels=fake.labels,
            noise=noise,
            attributes=self.attributes,
        )

    def replayed(self, fakes, seed):
        """A `Batch` of fakes for the discriminator, some of them earlier ones with `replay`."""
        if self.replay is None:
            return fakes
        if fakes.labels is None:
            return Batch(self.replay(fakes.images, seed))
        return Batch(*self.replay(fakes.images, seed, fakes.labels))

    def penalty(self, side, critique, batch=None):
        """The weighted sum of the terms of one network's loss, a float32 scalar."""
        total = ops.zeros((), "float32")
        for penalty in self._penalties_of(side):
            loss, state = penalty.loss_and_state(critique, self.step)
            total += loss
            for name, value in state.items():
                penalty.state[name].assign(mean_over_replicas(value, batch))
        return total

    def _penalties_of(self, side):
        return [penalty for penalty in self.penalties if side in penalty.sides]


def check_callbacks(callbacks):
    """Refuse a Keras callback that could do nothing for a GAN."""
    for each in tf.nest.flatten(getattr(callbacks, "callbacks", callbacks)):
        if isinstance(each, keras.callbacks.TerminateOnNaN):
            raise InvalidArgument(
                "TerminateOnNaN would never stop a GAN, which has two losses and no log called "
                '`loss`. Pass tfgan_kit.callbacks.DivergenceGuard("good.keras"), which also '
                "restores the last good state"
            )
