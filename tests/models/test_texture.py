"""The networks of textures: what a part of an image depends on, training, resuming, exports."""

import keras
import numpy as np
import pytest
from conftest import assert_resumes

import tfgan_kit
from tfgan_kit import export, latent, models
from tfgan_kit.utils.errors import InvalidArgument

SMALL = {"image_shape": (32, 32, 1), "width": 2, "max_width": 4, "discriminator_width": 2}
WAVES = [(0.0, 0.1)]


@pytest.mark.parametrize(
    ("arguments", "grids", "length"),
    [
        ({}, [(8, 16), (10, 8), (14, 4), (22, 2)], 3576),
        ({"noise": (3, 0, 1), "waves": WAVES}, [(14, 3), (22, None), (38, 1)], 2036),
        ({"image_shape": (64, 64, 3), "noise": (1,) * 6}, None, None),
    ],
)
def test_shapes(arguments, grids, length):
    generator, discriminator = models.texture(**{**SMALL, **arguments})
    size, _, channels = {**SMALL, **arguments}["image_shape"]
    assert generator.output_shape == discriminator.input_shape == (None, size, size, channels)
    assert discriminator.output_shape == (None, size // 16, size // 16, 1)
    if grids:
        assert generator.input_shape == (None, length)
        assert length == sum(n * n * num for n, num in grids if num) + 4 * ("waves" in arguments)


def test_each_part_is_made_alike():
    """Noise shifted by a cell shifts an image, which has no border of its own, by a cell."""
    keras.utils.set_random_seed(0)
    generator, _ = models.texture(**{**SMALL, "noise": (3, 2, 1)})
    network = generator.get_layer("texture")
    random = np.random.default_rng(0)
    grids = [random.normal(size=(1, n + 6, n + 6, num)) for n, num in ((9, 3), (18, 2), (36, 1))]
    whole = np.asarray(network(grids))
    part = network([grid[:, cells:, :-cells] for grid, cells in zip(grids, (1, 2, 4), strict=True)])
    assert whole.shape == (1, 36, 36, 1) and whole.std() > 0.1
    np.testing.assert_allclose(part, whole[:, 4:, :-4], atol=1e-5)


def test_training_resumes(tmp_path):
    keras.utils.set_random_seed(1)
    gan = tfgan_kit.GAN(*models.texture(**SMALL, noise=(2, 1), waves=WAVES), seed=0)
    gan.compile(loss="relativistic_pairing", ema=0.9)
    images = np.random.default_rng(0).uniform(-1, 1, (8, 32, 32, 1)).astype("float32")
    loaded = assert_resumes(gan, images.reshape(2, 4, 32, 32, 1)[0], tmp_path / "gan.keras")
    generator = loaded.sampling_generator
    assert latent.sample_texture(generator, 10, 20, seed=0).shape == (1, 10, 20, 1)


@pytest.mark.slow
def test_exported(tmp_path):
    generator, _ = models.texture(**SMALL, waves=WAVES)
    for name in ("tflite", "onnx"):
        verification = getattr(export, f"to_{name}")(generator, tmp_path / f"generator.{name}")
        assert verification.max_error < 1e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (48, 48, 1)}, r"with a size of 32, 64, 96, .* and 1 or 3 channels"),
        ({"image_shape": (32, 64, 1)}, "`image_shape` must be"),
        ({"width": 0}, "`width` must be a positive integer"),
        ({"noise": ()}, "`noise` must be 1 to 6 numbers of channels"),
        ({"noise": (0, 1)}, r"`noise\[0\]` must be a positive integer"),
        ({"noise": (1,) * 7}, "`noise` must be 1 to 6 numbers of channels"),
        ({"noise": (1, -1)}, r"`noise\[1\]` must be"),
        ({"waves": [1]}, "`waves` must be a sequence of pairs"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        models.texture(**{**SMALL, **arguments})
