"""Networks with labels before noise or images are read one way everywhere."""

import keras
import numpy as np
import pytest
from conftest import LATENT_DIM, NUM_CLASSES

import tfgan_kit
from tfgan_kit import export, latent, runtime
from tfgan_kit.runtime import loading
from tfgan_kit.utils.inputs import data_position, noise_length, with_labels


@pytest.mark.parametrize(
    "inputs, position",
    [
        ([], 0),
        ([("x", "float32")], 0),
        ([("labels", "int32")], 0),
        ([("a", "float32"), ("b", "int32")], 0),
        ([("a", "int32"), ("b", "bfloat16")], 1),
        ([("a", "float32"), ("noise", "float32")], 1),
        ([("noise", "float32"), ("labels", "float32")], 0),
        ([("labels", "float32"), ("a", "float32")], 1),
        ([("a", "float32"), ("b", "float32")], 0),
    ],
)
def test_data_is_found_by_name_then_by_dtype_then_by_order(inputs, position):
    assert data_position(inputs) == position


def reordered(network, order):
    """The same network with labels first, or with a dict of inputs."""
    if order == "labels first":
        return keras.Model(network.inputs[::-1], network.outputs[0])
    data = keras.Input(network.inputs[0].shape[1:], name="z")
    labels = keras.Input((), dtype="int32", name="y")
    return keras.Model({"z": data, "y": labels}, network([data, labels]))


@pytest.mark.parametrize("order", [pytest.param("labels first", marks=pytest.mark.slow), "dict"])
def test_any_order_trains_saves_exports_and_runs_alike(
    make_conditional_networks, labelled, tmp_path, monkeypatch, unproven, order
):
    monkeypatch.setattr(loading, "probe", lambda path: None)  # Not in other processes.
    made, noise = [], latent.sample(5, LATENT_DIM, seed=0)
    for change in (lambda network, order: network, reordered):
        keras.utils.set_random_seed(1)
        networks = [change(network, order) for network in make_conditional_networks()]
        gan = tfgan_kit.GAN(*networks, seed=0, num_classes=NUM_CLASSES)
        gan.compile(penalties=["r1", "gdpp"] if order == "labels first" else "r1", ema=0.9)
        gan.fit(*labelled, batch_size=16, shuffle=False, verbose=0)
        gan.save(tmp_path / "gan.keras")
        gan.sampling_generator.save(tmp_path / "generator.keras")
        exported = export.to_onnx(gan, tmp_path / f"{len(made)}/x.onnx").path
        made.append(
            [
                gan.generate(5, seed=0, labels=2),
                keras.models.load_model(tmp_path / "gan.keras").generate(5, seed=0, labels=2),
                latent.decode(gan.sampling_generator, noise, np.full(5, 2, "int32")),
                runtime.load(tmp_path / "generator.keras").run(noise, np.full(5, 2)),
                runtime.load(exported).run(noise, np.full(5, 2)),
            ]
        )
    for images in (*made[0], *made[1]):
        np.testing.assert_allclose(images, made[0][0], atol=1e-5)


def test_length_of_the_noise_and_a_network_without_inputs():
    noise, labels = keras.Input((6,)), keras.Input((3,), dtype="int32")
    model = keras.Model([labels, noise], keras.ops.add(noise, 1.0))
    unbuilt = keras.Sequential([keras.layers.Dense(2)])
    assert (noise_length(model), noise_length(unbuilt)) == (6, None)
    assert with_labels(model, "noise", None) == with_labels(unbuilt, "noise", None) == "noise"
    assert with_labels(model, "noise", "labels") == ["labels", "noise"]
    assert with_labels(unbuilt, "noise", "labels") == ["noise", "labels"]
