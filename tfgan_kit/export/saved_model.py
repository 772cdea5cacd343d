"""SavedModels in the layout and with the signatures that TensorFlow Serving expects."""

import tensorflow as tf

from tfgan_kit import latent
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, publish
from tfgan_kit.latent.sampling import class_numbers
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.keras_compat import all_layers
from tfgan_kit.utils.validation import check_integer

__all__ = ["to_saved_model"]


def to_saved_model(gan_or_generator, path, version=None, frechet=None, run=None):
    """Export a generator as a SavedModel for TensorFlow Serving.

    `path/<version>/` loads with `tf.saved_model.load` alone and has the signatures

    - `serving_default`: the inputs and output of `to_tflite`;
    - `generate`: `num` int32 scalar, `seed` int32 `(2,)` and `labels` if conditional to
      `images`. Seed `(s, 0)` gives the images of `GAN.generate(num, seed=s)`. Labels are class
      numbers: `num`, one for all, or none, an array `(0,)`: drawn like those of `generate`;
    - `generate_png`, for 1 or 3 channels: the same to `png`, strings `(num,)`, PNG files;
    - `mapping` and `synthesis`, of `models.style`: from the inputs to `styles`, float32
      `(batch, num_layers, style_dim)`, and from `styles` to `images`.

    Args:
        gan_or_generator: As for `to_tflite`.
        path: String or `os.PathLike`, folder of all versions.
        version: Positive integer, or None for the one after the highest. Defaults to None.
        frechet: As for `to_tflite`. Defaults to None.
        run: As for `to_tflite`. Defaults to None.

    Returns:
        A `Verification`, whose `path` is the folder of this version.

    Raises:
        InvalidArgument: If an argument is invalid, the version exists, or the images differ
            from the model's; then nothing is written.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    path = export.to_saved_model(generator, "served").path
    generate = tf.saved_model.load(path).signatures["generate"]
    generate(num=tf.constant(4), seed=tf.constant([0, 0]))["images"].shape  # (4, 16, 16, 1)
    ```

    Reference: https://www.tensorflow.org/tfx/serving/serving_basic.
    """
    exportable = Exportable.of(gan_or_generator)
    path = check_target("saved_model", path, frechet, run)
    path = path / _version(path, version)

    def write(folder, entry):
        signatures = {"generate": _generate(exportable, "images", lambda images: images)}
        if exportable.draws_pictures:
            signatures["generate_png"] = _generate(exportable, "png", _encode_png)
        for layer in all_layers(exportable.model):
            if hasattr(layer, "synthesis"):
                signatures["mapping"] = _function(layer.styles, "styles")
                signatures["synthesis"] = _function(layer.synthesis, "images")
        exportable.save(folder, **signatures)

    return publish(exportable, "saved_model", path, write, frechet=frechet, run=run)


def _generate(exportable, name, encode):
    specs = [tf.TensorSpec((), tf.int32, "num"), tf.TensorSpec((2,), tf.int32, "seed")]

    @tf.function(input_signature=[*specs, *exportable.signature()[1:]])
    def generate(num, seed, labels=None):
        noise = latent.normal((num, exportable.latent_dim), seed)
        if exportable.draws_labels:
            labels = _labels(exportable, num, seed, labels)
        return {name: encode(exportable.call_model(noise, labels))}

    return generate


def _function(model, output):
    """A model of one part of a style-based generator as a function."""
    specs = [tf.TensorSpec(each.shape, each.dtype, each.name) for each in model.inputs]

    @tf.function(input_signature=specs)
    def call(*inputs):
        return {output: model(inputs if len(inputs) > 1 else inputs[0], training=False)}

    return call


def _labels(exportable, num, seed, labels):
    """The labels that were given, the one for all, or drawn ones if there are none."""
    drawn = class_numbers(num, exportable.num_classes, seed + [0, 1], exportable.class_shares)
    drawn = tf.reshape(tf.cast(drawn, labels.dtype), (-1, *labels.shape[1:]))
    given = tf.cond(tf.size(labels) > 0, lambda: labels, lambda: drawn)
    return tf.broadcast_to(given, (num, *labels.shape[1:]))


def _encode_png(images):
    pixels = tf.clip_by_value(tf.round(images * 127.5 + 127.5), 0.0, 255.0)
    return tf.map_fn(tf.io.encode_png, tf.cast(pixels, tf.uint8), fn_output_signature=tf.string)


def _version(path, version):
    check_integer("version", version, 1, optional=True)
    if version is None:
        used = [int(each.name) for each in path.glob("*") if each.name.isdecimal()]
        version = max(used, default=0) + 1
    elif (path / str(version)).exists():
        raise InvalidArgument(
            f"{path / str(version)} exists. Leave `version` out for the next one, or choose another"
        )
    return str(version)
