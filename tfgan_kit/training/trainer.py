"""`Trainer`: what `GAN.compile` chose, and what a training step needs of it."""

import weakref

import keras
from keras import ops

from tfgan_kit import losses
from tfgan_kit import penalties as regularizers
from tfgan_kit.training import augment as augmentations
from tfgan_kit.training import ema as averages
from tfgan_kit.training import optimizers, updates
from tfgan_kit.training import replay as buffers
from tfgan_kit.training.critique import Critique
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Trainer"]


class Trainer(keras.Model):
    """The half of a `GAN` that is about how it is trained, as in Keras's own models."""

    # Before `compile`, and where it is not asked for.
    ema = None
    replay = None
    augment = None
    penalties = ()

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss="non_saturating",
        penalties=(),
        augment=None,
        replay=None,
        ema=None,
        discriminator_steps=1,
        generator_steps=1,
        jit_compile="auto",
        steps_per_execution=1,
        run_eagerly=False,
    ):
        """Choose how to train; the defaults are the DCGAN tutorial's.

        Args:
            generator_optimizer: A Keras optimizer, its name or config. Gradient
                clipping and learning-rate schedules are the optimizer's own.
                Defaults to `Adam(1e-4)`.
            discriminator_optimizer: The same for the discriminator; an object of
                its own. Defaults to `Adam(1e-4)`.
            loss: A name of `tfgan_kit.losses`, a config or an
                `AdversarialLoss`. Defaults to `"non_saturating"`, the
                tutorial's two cross-entropies.
            penalties: List of `tfgan_kit.penalties` objects, names or configs.
                Defaults to none.
            augment: A `tfgan_kit.training.augment` object, a policy such as
                `"color,translation"`, or a list of them: what real and fake
                images go through before the discriminator. Defaults to None.
            replay: A `tfgan_kit.training.replay.ReplayBuffer`, or an integer, its
                capacity: earlier fakes that the discriminator is shown again. One
                that another GAN has is copied, empty. Defaults to None.
            ema: A `tfgan_kit.training.ema.ExponentialMovingAverage`, or a float, its
                decay: the average of the generator's weights that `generate`
                uses. One that another GAN has is copied. Defaults to None.
            discriminator_steps: Integer, 1 or more, updates of the discriminator
                in a step, each with its share of the batch. Defaults to 1.
            generator_steps: Integer, 1 or more, updates of the generator in a
                step. Defaults to 1.
            jit_compile: Bool or `"auto"`, whether to compile the step with XLA.
                `"auto"` leaves it off on a CPU, where XLA is slower here.
            steps_per_execution: Integer, 1 or more, batches run by one call of
                the compiled function. Changes the speed, not the result.
                Defaults to 1.
            run_eagerly: Bool, for debugging: run the step without a graph.
                Defaults to False.

        Raises:
            InvalidArgument: If both optimizers are one object, or an argument is
                not known or out of range.

        Example:

        ```python
        import keras
        import tfgan_kit
        from tfgan_kit import penalties

        gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
        gan.compile(
            generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
            discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
            loss="relativistic_pairing",
            penalties=[penalties.R1(1.0), penalties.R2(1.0)],
            ema=0.995,
        )
        ```
        """
        for name, value in (
            ("discriminator_steps", discriminator_steps),
            ("generator_steps", generator_steps),
            ("steps_per_execution", steps_per_execution),
        ):
            _check_count(name, value)
        _check_choice("jit_compile", jit_compile, (True, False, "auto"))
        _check_choice("run_eagerly", run_eagerly, (True, False))
        # All is made before anything is set: a mistake leaves the GAN compiled as it was.
        chosen = {
            "adversarial_loss": losses.get(loss),
            "penalties": regularizers.get_all(penalties),
            "augment": augmentations.get(augment),
            "replay": self._own(buffers.get(replay)),
            "ema": self._own(averages.get(ema)),
            "discriminator_steps": discriminator_steps,
            "generator_steps": generator_steps,
            **self._make_optimizers(generator_optimizer, discriminator_optimizer),
        }
        with self.distribute_strategy.scope():
            if chosen["replay"] is not None:
                chosen["replay"].build(self.image_shape)
            if chosen["ema"] is not None:
                chosen["ema"].build(self.generator, self.latent_dim)
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
        self.updates = self._choose_updates()

    def _own(self, keeper):
        """An average or a pool for this GAN alone: a copy where another GAN writes to it."""
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
        # Built here, since loading into an unbuilt optimizer loses its moments.
        made["generator_optimizer"].build(self.generator.trainable_variables)
        made["discriminator_optimizer"].build(self.discriminator.trainable_variables)
        return made

    def _choose_updates(self):
        """At once where both networks can share the fakes, as in the tutorial; else in turns."""
        shared = (
            self.discriminator_steps == self.generator_steps == 1
            and self.replay is None
            and not self.generator_uses_real
            and not self._penalties_of(regularizers.GeneratorPenalty)
        )
        if shared:
            return updates.Simultaneous()
        return updates.Alternating(self.discriminator_steps, self.generator_steps)

    def get_compile_config(self):
        """What `compile` was called with, for saving."""
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
            "discriminator_steps": self.discriminator_steps,
            "generator_steps": self.generator_steps,
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
            "run_eagerly": self.run_eagerly,
        }

    def compile_from_config(self, config):
        """Compile as saved; both optimizers come back built."""
        deserialize = keras.saving.deserialize_keras_object
        self.compile(**{key: deserialize(value) for key, value in config.items()})

    @property
    def generator_uses_real(self):
        """Bool, whether the generator's step looks at real images."""
        return self.adversarial_loss.generator_uses_real or any(
            penalty.uses_real for penalty in self._penalties_of(regularizers.GeneratorPenalty)
        )

    def critique(self, real_images, fake_images, seed):
        """Let the discriminator judge both sides, augmented alike."""
        augment = None
        if self.augment is not None:
            augment = lambda images, seed: self.augment(images, seed, self.step)  # noqa: E731
        return Critique(self.discriminator, real_images, fake_images, augment=augment, seed=seed)

    def replayed(self, fake_images, seed):
        """Fakes for the discriminator, some of them earlier ones where `replay` is on."""
        return fake_images if self.replay is None else self.replay(fake_images, seed)

    def discriminator_penalty(self, critique):
        """The weighted sum of the discriminator's penalties."""
        return self._total(regularizers.DiscriminatorPenalty, critique)

    def generator_penalty(self, critique):
        """The weighted sum of the generator's penalties."""
        return self._total(regularizers.GeneratorPenalty, critique)

    def _total(self, kind, critique):
        total = ops.zeros((), "float32")
        for penalty in self._penalties_of(kind):
            total += penalty.loss(critique, self.step)
        return total

    def _penalties_of(self, kind):
        return [penalty for penalty in self.penalties if isinstance(penalty, kind)]


def _check_count(name, value):
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidArgument(
            f"`{name}` must be an integer of 1 or more. Received: {name}={value!r}"
        )


def _check_choice(name, value, choices):
    # 1 == True, and is neither.
    if not any(value is choice or (value == choice == "auto") for choice in choices):
        raise InvalidArgument(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. Received: {name}={value!r}"
        )
