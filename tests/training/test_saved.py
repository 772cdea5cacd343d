"""Files of a GAN hold everything, and are written whole or not at all."""

import json
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import LATENT_DIM, assert_same, state

import tfgan_kit
from tfgan_kit import losses, penalties, training


def test_keras_file_brings_everything_back_without_a_warning(make_gan, real_images, tmp_path):
    fading = keras.optimizers.schedules.CosineDecay(0.2, 100)
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(3e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.RMSprop(2e-4),
        loss="relativistic_average",
        updates=training.Alternating(1, 2),
        penalties=[penalties.R1(fading), penalties.Drift(), penalties.GDPP(0.1, interval=2)],
        augment=[training.augment.InstanceNoise(fading), "color"],
        replay=training.ReplayBuffer(capacity=12, share=0.25),
        ema=training.ExponentialMovingAverage(half_life=100),
        steps_per_execution=2,
        run_eagerly=True,
    )
    gan.fit(real_images, batch_size=20, verbose=0)
    gan.evaluate(real_images, verbose=0)
    gan.save(tmp_path / "gan.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert_same(state(gan), state(loaded))
    assert json.dumps(loaded.get_config()) == json.dumps(gan.get_config())
    assert json.dumps(loaded.get_compile_config()) == json.dumps(gan.get_compile_config())
    assert isinstance(loaded.adversarial_loss, losses.RelativisticAverage)


@pytest.mark.parametrize("name", ["gan.h5", "gan.weights.h5", "gan.hdf5", "gan.tf", "gan"])
def test_another_suffix_is_refused_and_what_was_there_stays(make_gan, tmp_path, name):
    path = tmp_path / name
    path.write_text("precious")
    for given in (path, str(path), tmp_path / "missing" / name):
        with pytest.raises(ValueError, match="`filepath` must end with '.keras'.*Received"):
            make_gan().save(given)
    assert [each.name for each in tmp_path.iterdir()] == [name] and path.read_text() == "precious"


def test_a_file_is_written_whole_or_not_at_all(make_gan, tmp_path, monkeypatch):
    gan, path = make_gan(), tmp_path / "new" / "folder" / "gan.keras"
    gan.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(type(gan), "save_own_variables", lambda gan, store: 1 / 0)
    for overwritten in (path, tmp_path / "other" / "gan.keras"):
        with pytest.raises(ZeroDivisionError):
            gan.save(overwritten)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path] and not (tmp_path / "other").exists()


def test_a_folder_keeps_everything_as_well(make_gan, tmp_path):
    gan = make_gan()
    gan.save(tmp_path / "gan", zipped=False)
    assert_same(state(gan), state(keras.models.load_model(tmp_path / "gan")))


def test_export_writes_the_generator_of_generate(make_gan, real_images, tmp_path):
    gan = make_gan(ema=0.9)
    gan.fit(real_images, verbose=0)
    gan.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    noise = tfgan_kit.latent.sample(3, LATENT_DIM, seed=0)
    np.testing.assert_allclose(exported.serve(noise), gan.generate(3, seed=0), atol=1e-6)
