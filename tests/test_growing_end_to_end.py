"""What is made of networks that grow, within a fade and at the end: exports and callbacks."""

import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import callbacks, data, export, models, training
from tfgan_kit.training.progressive import find_fades

IMAGES = np.random.default_rng(0).integers(0, 256, (100, 16, 16, 1), "uint8")


def make(num_classes=None, **arguments):
    labels = {} if num_classes is None else {"num_classes": num_classes}
    networks = models.progressive(
        (16, 16, 1), latent_dim=4, width=4, level_images=0, fade_images=100, **labels
    )
    gan = tfgan_kit.GAN(*networks, seed=0, **labels)
    adam = training.PerVariableAdam
    gan.compile(adam(1e-3), adam(1e-3), updates=training.Progressive(), **arguments)
    return gan


@pytest.mark.slow
@pytest.mark.parametrize(
    ("images_seen", "num_fades", "num_classes"), [(50, 1, None), (150, 1, 3), (200, 0, None)]
)
def test_exports_have_the_layers_of_the_level(images_seen, num_fades, num_classes, tmp_path):
    gan = make(num_classes)
    for update in gan.update_schedules:
        update(images_seen)
    generator = gan.sampling_generator
    assert len(find_fades(generator)) == num_fades
    assert generator.count_params() < gan.generator.count_params()
    noise = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    labels = None if num_classes is None else np.arange(3, dtype="int32")
    expected = gan.generator(noise if labels is None else [noise, labels])
    (tmp_path / "keras").mkdir()
    generator.save(tmp_path / "keras" / "generator.keras")
    export.to_saved_model(gan, tmp_path / "saved")
    export.to_tflite(gan, tmp_path / "generator.tflite")
    for name in ("keras/generator.keras", "saved", "generator.tflite"):
        images = export.load(tmp_path / name).run(noise, labels)
        np.testing.assert_allclose(images, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("images_seen", [0, pytest.param(150, marks=pytest.mark.slow)])
def test_callbacks_at_any_level(images_seen, tmp_path):
    gan = make(run_eagerly=True, ema=0.5)
    gan.images_seen.assign(images_seen)
    source = data.open_source(IMAGES)
    history = gan.fit(
        data.batches(source, batch_size=32, drop_remainder=True),
        steps_per_epoch=1,
        verbose=0,
        callbacks=[
            callbacks.MetricMonitor(source, num_samples=50),
            callbacks.CollapseMonitor(source, num_samples=50),
            callbacks.SampleGrid(tmp_path, num_images=4, show=False),
        ],
    ).history
    assert history["level"] == [images_seen / 100]
    measured = ("frechet_random_distance", "generator_gradient", "discriminator_gradient")
    assert all(np.isfinite(history[name]).all() for name in measured)
    assert history["generator_gradient"][0] > 0 and len(list(tmp_path.iterdir())) == 2
