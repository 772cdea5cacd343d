"""What is exported: a generator in inference mode, as a function of noise alone."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit import latent
from tfgan_kit.gan import GAN
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.keras_compat import all_layers

__all__ = ["Exportable"]

_FIXED_SEED = 0


class Exportable(tf.Module):
    """A generator, its variables once each, and the functions that exports are traced from."""

    def __init__(self, gan_or_generator):
        super().__init__(name="generator")
        model = gan_or_generator
        if isinstance(model, GAN):
            model = model.sampling_generator
        if not isinstance(model, keras.Model):
            raise InvalidArgument(
                "`gan_or_generator` must be a tfgan_kit.GAN or a Keras model from noise to images. "
                f"Received: {type(gan_or_generator).__name__}"
            )
        inputs, outputs, noise_at = _inputs_and_outputs(model)
        self.latent_dim = inputs[noise_at].shape[1]
        self.image_shape = tuple(outputs[0].shape[1:])
        labels = inputs[1 - noise_at] if len(inputs) == 2 else None
        self.label_shape = None if labels is None else tuple(labels.shape[1:])
        self.label_dtype = None if labels is None else keras.backend.standardize_dtype(labels.dtype)
        model = _noise_first(_in_float32(model), noise_at)
        _check_finite(model)
        self.variables_once = [variable.value for variable in model.variables]
        # Closures and no attributes: of a model as an attribute all would be stored twice.
        self.call_model = _caller(model)
        self.model_in_float32 = lambda: model

    def signature(self, batch_size=None):
        """The inputs of the exported function."""
        specs = [tf.TensorSpec((batch_size, self.latent_dim), tf.float32, "noise")]
        if self.label_shape is not None:
            specs.append(tf.TensorSpec((batch_size, *self.label_shape), self.label_dtype, "labels"))
        return specs

    def function(self, batch_size=None):
        """The function that exports are traced from."""

        @tf.function(input_signature=self.signature(batch_size))
        def images_of(noise, labels=None):
            return {"images": self.call_model(noise, labels)}

        return images_of

    def noise(self, num):
        """The fixed noise that exports are compared on."""
        return latent.sample(num, self.latent_dim, seed=_FIXED_SEED)

    def labels(self, num):
        """Labels for the fixed noise: every one-hot vector in turn, or 0 of integer labels."""
        if self.label_shape is None:
            return None
        labels = np.zeros((num, *self.label_shape), self.label_dtype)
        if labels.ndim == 2 and labels.shape[1] > 1:
            labels[np.arange(num), np.arange(num) % labels.shape[1]] = 1
        return labels

    def images(self, noise, labels=None, batch_size=64):
        """What the Keras model makes of noise."""
        return np.concatenate(
            [
                self.call_model(
                    noise[at : at + batch_size],
                    None if labels is None else labels[at : at + batch_size],
                ).numpy()
                for at in range(0, len(noise), batch_size)
            ]
        )


def _inputs_and_outputs(model):
    inputs, outputs = getattr(model, "inputs", None) or [], getattr(model, "outputs", None) or []
    if not 1 <= len(inputs) <= 2 or len(outputs) != 1:
        raise InvalidArgument(
            "The generator must be a built Keras model with one input, noise, or two, noise and "
            f"labels, and one output. Received: {model.name} with {len(inputs)} inputs and "
            f"{len(outputs)} outputs"
        )
    # By its name where it has one, as in `runtime.interface`; else it comes first.
    noise_at = next((at for at, each in enumerate(inputs) if each.name == "noise"), 0)
    noise, images = inputs[noise_at], outputs[0]
    floats = all(keras.backend.is_float_dtype(each.dtype) for each in (noise, images))
    if len(noise.shape) != 2 or noise.shape[1] is None or None in images.shape[1:] or not floats:
        raise InvalidArgument(
            "The generator must turn float noise (batch, latent_dim) into float images of a fixed "
            f"size. Received: {model.name} from {noise.shape} {noise.dtype} to {images.shape} "
            f"{images.dtype}"
        )
    return inputs, outputs, noise_at


def _noise_first(model, noise_at):
    """The model, called with noise and then labels, also where it takes a dict or the reverse."""
    if len(model.inputs) == 1 or (noise_at == 0 and isinstance(model.input, (list, tuple))):
        return model
    given = [keras.Input(each.shape[1:], dtype=each.dtype) for each in model.inputs]
    images = model(keras.tree.pack_sequence_as(model.input, given))
    return keras.Model([given[noise_at], given[1 - noise_at]], images)


def _check_finite(model):
    damaged = sum(not np.isfinite(weight).all() for weight in model.get_weights())
    if damaged:
        raise InvalidArgument(
            f"The generator has diverged: {damaged} of its {len(model.weights)} weights are not "
            "finite. Export an earlier state"
        )


def _caller(model):
    def call_model(noise, labels=None):
        inputs = noise if labels is None else [noise, labels]
        return ops.cast(model(inputs, training=False), "float32")

    return call_model


def _in_float32(model):
    """The model itself, or a twin with the same weights that computes in float32."""
    policies = {layer.dtype_policy.compute_dtype for layer in all_layers(model)}
    if policies <= {"float32"}:
        return model
    try:
        twin = keras.saving.deserialize_keras_object(
            _with_float32(keras.saving.serialize_keras_object(model))
        )
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "The generator computes in half precision and is exported in float32, and Keras cannot "
            f"make it again in float32: {first_line(error)}. Register its layers with "
            "`keras.saving.register_keras_serializable`, or build it in float32"
        ) from error
    twin.set_weights(model.get_weights())
    return twin


def _with_float32(config):
    if isinstance(config, list):
        return [_with_float32(each) for each in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return {**config, "config": {"name": "float32"}}
    return {key: _with_float32(value) for key, value in config.items()}
