"""Which styles are mixed, the mean, and truncation."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import MixStyles
from tfgan_kit.layers.style_mixing import DrawSecondNoise

RANDOM = np.random.default_rng(0)
LAYERS = 6


def styles(num, dim=3):
    return np.repeat(RANDOM.normal(size=(num, 1, dim)), LAYERS, axis=1).astype("float32")


def starts_of_mixing(layer, num):
    """For each of some calls, the first layer with the second styles; `LAYERS` for none."""
    found = []
    for _ in range(num):
        w = styles(8)
        mixed = np.asarray(layer(w, training=True))
        start = int((mixed == w[:4]).all(axis=(0, 2)).sum())
        np.testing.assert_array_equal(mixed[:, :start], w[:4, :start])
        np.testing.assert_array_equal(mixed[:, start:], w[4:, start:])
        found.append(start)
    return np.array(found)


def test_only_the_layers_from_a_random_one_on_are_mixed():
    starts = starts_of_mixing(MixStyles(probability=0.8), 200)
    assert starts.min() == 1
    assert (starts == LAYERS).mean() == pytest.approx(0.2, abs=0.08)
    shares = np.bincount(starts, minlength=LAYERS)[1:LAYERS] / 200
    np.testing.assert_allclose(shares, 0.8 / (LAYERS - 1), atol=0.08)


def test_not_mixed_at_0_nor_outside_of_training():
    w = styles(4)
    np.testing.assert_array_equal(MixStyles(probability=0)(w, training=True), w)
    np.testing.assert_array_equal(MixStyles()(w), w)


def test_the_mean_converges_in_training_only():
    layer = MixStyles(decay=0.9)
    for _ in range(100):
        layer(styles(400) + 5, training=True)
    before = layer.mean.numpy()
    np.testing.assert_allclose(before, 5, atol=0.1)
    w = np.concatenate([np.full((2, LAYERS, 3), 1.0), np.full((2, LAYERS, 3), 9.0)])
    layer(w.astype("float32"))
    np.testing.assert_array_equal(layer.mean, before)
    layer(w.astype("float32"), training=True)
    np.testing.assert_allclose(layer.mean, 0.9 * before + 0.1, rtol=1e-6)


@pytest.mark.parametrize(("psi", "cutoff"), [(0.5, None), (0.0, None), (0.7, 2), (1.5, 1)])
def test_truncation(psi, cutoff):
    layer, w = MixStyles(psi=psi, cutoff=cutoff), styles(4)
    layer.build(w.shape)
    layer.mean.assign([1, 2, 3])
    expected = [1, 2, 3] + psi * (w - [1, 2, 3])
    expected[:, LAYERS if cutoff is None else cutoff :] = w[
        :, LAYERS if cutoff is None else cutoff :
    ]
    np.testing.assert_allclose(layer(w), expected, atol=1e-6)


def test_second_noise_in_training_only():
    layer, noise, labels = DrawSecondNoise(), styles(3)[:, 0], np.arange(3)
    for given, same in zip([noise, labels], layer([noise, labels]), strict=True):
        np.testing.assert_array_equal(given, same)
    twice, doubled = layer([noise, labels], training=True)
    np.testing.assert_array_equal(twice[:3], noise)
    np.testing.assert_array_equal(doubled, [0, 1, 2, 0, 1, 2])
    assert len(np.unique(twice)) == 18
    assert not np.array_equal(layer(noise, training=True)[3:], twice[3:])


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([keras.Input((LAYERS, 3)), MixStyles(0.5, 0.9, psi=0.5, cutoff=3)])
    w = styles(4)
    model(w, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(w), model(w))
    np.testing.assert_array_equal(loaded.layers[0].mean, model.layers[0].mean)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"probability": 2},
            r"`probability` must be a number in \[0, 1\]. Received",
        ),
        ({"decay": 1}, r"`decay` must be a number in \[0, 1\)"),
        ({"cutoff": 0}, "`cutoff` must be None or a positive integer. Received: cutoff=0"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        MixStyles(**arguments)
