"""SavedModels in the layout and with the signatures that TensorFlow Serving expects."""

import tensorflow as tf

from tfgan_kit import latent
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, prove, record
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_folder
from tfgan_kit.utils.validation import check_integer

__all__ = ["to_saved_model"]


def to_saved_model(gan_or_generator, path, version=None, judge=None, run=None):
    """Export a generator as a SavedModel, with every weight stored once.

    `path/<version>/` loads with `tf.saved_model.load` alone and has the signatures

    - `serving_default`: `noise` float32 `(batch, latent_dim)`, and `labels` of a conditional
      generator, to `images` float32 `(batch, height, width, channels)` in [-1, 1];
    - `generate`: `num` int32 scalar and `seed` int32 `(2,)`, and `labels` of num images, to
      the same. Seed `(s, 0)` gives the images of `GAN.generate(num, seed=s)`, and the first
      ones do not depend on num;
    - `generate_png`: the same arguments to `png`, strings `(num,)`, each a whole PNG file;
      for images with 1 or 3 channels.

    It is loaded in a fresh process and compared with the model before it appears.

    Args:
        gan_or_generator: A `GAN`, whose average is taken where it has one, or a Keras model
            from noise, or noise and labels, to images.
        path: String or `os.PathLike`, the folder of all versions.
        version: Integer, 1 or more, or None for the one after the last. Defaults to None.
        judge: A `FrechetJudge` whose verdict goes into the figures, or None. Defaults to
            None.
        run: Dict of where the generator comes from, for the model card, or None. Defaults
            to None.

    Returns:
        A `Verification`; its `path` is the version's folder.

    Raises:
        InvalidArgument: If an argument cannot be used, the version exists, or the SavedModel
            does not give the model's images; then nothing is left at `path/<version>`.

    Example:

    ```python
    import tensorflow as tf
    import tfgan_kit
    from tfgan_kit import export

    networks = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    gan = tfgan_kit.GAN(*networks, latent_dim=8)
    path = export.to_saved_model(gan, "served/dcgan").path
    generate = tf.saved_model.load(path).signatures["generate"]
    generate(num=tf.constant(4), seed=tf.constant([0, 0]))["images"].shape  # (4, 16, 16, 1)
    ```

    Reference: https://www.tensorflow.org/tfx/serving/serving_basic.
    """
    exportable = Exportable(gan_or_generator)
    path = _version_path(check_target(path, run, judge), version)
    with atomic_folder(path) as temporary:
        try:
            tf.saved_model.save(exportable, str(temporary), signatures=_signatures(exportable))
        except tf.errors.OpError as error:
            raise InvalidArgument(f"Cannot write {path}: {first_line(error)}") from error
        verification = prove(exportable, temporary, path, "none", judge)
        verification = record(exportable, temporary, "saved_model", {}, verification, run)
    return verification.at(path)


def _signatures(exportable):
    signatures = {
        "serving_default": exportable.function(),
        "generate": _generate(exportable, "images", lambda images: images),
    }
    if len(exportable.image_shape) == 3 and exportable.image_shape[-1] in (1, 3):
        signatures["generate_png"] = _generate(exportable, "png", _encode_png)
    return signatures


def _generate(exportable, name, encode):
    specs = [tf.TensorSpec((), tf.int32, "num"), tf.TensorSpec((2,), tf.int32, "seed")]

    @tf.function(input_signature=[*specs, *exportable.signature()[1:]])
    def generate(num, seed, labels=None):
        noise = latent.normal((num, exportable.latent_dim), seed)
        return {name: encode(exportable.call_model(noise, labels))}

    return generate


def _encode_png(images):
    pixels = tf.clip_by_value(tf.round(images * 127.5 + 127.5), 0.0, 255.0)
    return tf.map_fn(tf.io.encode_png, tf.cast(pixels, tf.uint8), fn_output_signature=tf.string)


def _version_path(path, version):
    check_integer("version", version, 1, optional=True)
    if version is None:
        taken = [int(each.name) for each in path.glob("*") if each.name.isdecimal()]
        return path / str(max(taken, default=0) + 1)
    if (path / str(version)).exists():
        raise InvalidArgument(
            f"{path / str(version)} exists. Leave `version` out for the next one, or choose another"
        )
    return path / str(version)
