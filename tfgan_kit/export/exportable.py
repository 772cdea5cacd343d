"""What is exported: a generator in inference mode and float32, called with noise and labels."""

import errno
import math
import os

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit import latent
from tfgan_kit.gan import GAN
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.inputs import data_position, with_labels
from tfgan_kit.utils.keras_compat import all_layers
from tfgan_kit.utils.validation import check_shares

__all__ = ["Exportable", "in_float32"]


class Exportable:
    """A generator with a known interface, and the functions that exports are traced from."""

    def __init__(self, gan_or_generator, num_classes=None, class_names=None, class_shares=None):
        model, self.num_classes, self.class_names = gan_or_generator, num_classes, class_names
        if isinstance(model, GAN):
            self.num_classes = model.num_classes
            class_shares = getattr(model, "class_shares", None)
            model = model.sampling_generator
        self.class_shares = check_shares("class_shares", class_shares, self.num_classes)
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
        self.model = in_float32(model)
        damaged = sum(not np.isfinite(weight).all() for weight in self.model.get_weights())
        if damaged:
            raise InvalidArgument(
                f"The generator has diverged: {damaged} of its {len(self.model.weights)} weights "
                "are not finite. Export an earlier state"
            )

    @classmethod
    def of(cls, gan_or_generator):
        """The argument if it is exportable already, or an exportable made from it."""
        return gan_or_generator if isinstance(gan_or_generator, cls) else cls(gan_or_generator)

    @property
    def draws_pictures(self):
        """Whether it makes images of 1 or 3 channels."""
        return len(self.image_shape) == 3 and self.image_shape[-1] in (1, 3)

    @property
    def draws_labels(self):
        """Whether its labels are class numbers of a known range."""
        known = self.label_shape is not None and self.num_classes is not None
        return known and math.prod(self.label_shape) == 1

    def signature(self, batch_size=None):
        """The inputs of the exported function."""
        specs = [tf.TensorSpec((batch_size, self.latent_dim), tf.float32, "noise")]
        if self.label_shape is not None:
            specs.append(tf.TensorSpec((batch_size, *self.label_shape), self.label_dtype, "labels"))
        return specs

    def call_model(self, noise, labels=None):
        inputs = with_labels(self.model, noise, labels)
        return ops.cast(self.model(inputs, training=False), "float32")

    def save(self, path, batch_size=None, **signatures):
        """Save it with TensorFlow, every variable once; a batch size of None means any."""

        @tf.function(input_signature=self.signature(batch_size))
        def images_of(noise, labels=None):
            return {"images": self.call_model(noise, labels)}

        module = tf.Module(name="generator")
        module.variables_once = [variable.value for variable in self.model.variables]
        signatures = {"serving_default": images_of, **signatures}
        try:
            tf.saved_model.save(module, str(path), signatures=signatures)
        except tf.errors.ResourceExhaustedError as error:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error

    def noise(self, num):
        """The fixed noise on which exports are compared with the model."""
        return latent.sample(num, self.latent_dim, seed=0)

    def labels(self, num):
        """Labels for the fixed noise: every class in turn, or 0 if their number is unknown."""
        if self.label_shape is None:
            return None
        shape = (num, *self.label_shape)
        if self.num_classes is not None:
            labels = np.arange(num).reshape(shape) % self.num_classes
        elif len(shape) == 2 and shape[1] > 1:
            labels = np.resize(np.eye(shape[1]), shape)
        else:
            labels = np.zeros(shape)
        return labels.astype(self.label_dtype)

    def images(self, noise, labels=None):
        """The images of the Keras model."""
        return latent.decode(self.model, noise, labels)


def _inputs_and_outputs(model):
    inputs, outputs = getattr(model, "inputs", None) or [], getattr(model, "outputs", None) or []
    if not 1 <= len(inputs) <= 2 or len(outputs) != 1:
        raise InvalidArgument(
            "The generator must be a built Keras model with one input, noise, or two, noise and "
            f"labels, and one output. Received: {model.name} with {len(inputs)} inputs and "
            f"{len(outputs)} outputs"
        )
    noise_at = data_position([(each.name, each.dtype) for each in inputs])
    noise, images = inputs[noise_at], outputs[0]
    floats = all(keras.backend.is_float_dtype(each.dtype) for each in (noise, images))
    if len(noise.shape) != 2 or noise.shape[1] is None or None in images.shape[1:] or not floats:
        raise InvalidArgument(
            "The generator must map float noise (batch, latent_dim) to float images of a fixed "
            f"size. Received: {model.name} from {noise.shape} {noise.dtype} to {images.shape} "
            f"{images.dtype}"
        )
    return inputs, outputs, noise_at


def in_float32(model):
    """The model, or a copy with the same weights that computes in float32."""
    if {layer.dtype_policy.compute_dtype for layer in all_layers(model)} <= {"float32"}:
        return model
    try:
        copy = keras.saving.deserialize_keras_object(
            _with_float32(keras.saving.serialize_keras_object(model))
        )
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "The generator computes in half precision and is exported in float32, but Keras cannot "
            f"rebuild it in float32: {first_line(error)}. Register its layers with "
            "`keras.saving.register_keras_serializable`, or build it in float32"
        ) from error
    copy.set_weights(model.get_weights())
    return copy


def _with_float32(config):
    if isinstance(config, list):
        return [_with_float32(each) for each in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return {**config, "config": {"name": "float32"}}
    return {key: _with_float32(value) for key, value in config.items()}
