"""A GAN in the plane: what is seen of it is right, and it comes back from a file."""

import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.lab.experiment import Experiment, noise_grid, weighted
from tfgan_kit.lab.settings import Settings
from tfgan_kit.utils.errors import InvalidArgument

SMALL = {"generator_units": 4, "discriminator_units": 4, "batch_size": 16}


@pytest.fixture(scope="module")
def trained():
    made = Experiment(Settings(**SMALL, data="eight", conditional=True, loss="hinge", average=True))
    made.train(3)
    return made


def test_counts(trained):
    assert (trained.iteration, trained.discriminator_updates) == (3, 3)
    trained.update("generator")
    assert (trained.iteration, trained.generator_updates, trained.discriminator_updates) == (
        3,
        4,
        3,
    )
    assert trained.epoch == 3 * 16 / 10_000


def test_gradients_are_those_of_the_loss(trained):
    """Central differences in float64 of the generator's loss as a function of one fake."""
    view = trained.view()
    gan, index, step = trained.gan, 5, 1e-2
    labels = trained.judged_labels
    fakes = gan.make(trained._noise, labels).numpy()
    np.testing.assert_allclose(view.fakes, (fakes[:500] + 1) / 2, atol=1e-6)

    def loss(points):
        logits = gan.logits(points, labels).numpy().astype("float64")
        return float(gan.adversarial_loss.generator_loss(tf.constant(logits)))

    for axis in (0, 1):
        moved = []
        for sign in (1, -1):
            points = fakes.copy()
            points[index, axis] += sign * step
            moved.append(loss(points))
        # The loss is a mean over the fakes; the view's square is half as wide as [-1, 1].
        expected = -(moved[0] - moved[1]) / (2 * step) * len(fakes) / 2
        np.testing.assert_allclose(view.gradients[index, axis], expected, rtol=2e-2, atol=1e-4)


def test_heat_is_the_discriminator_at_the_centres(trained):
    view, gan = trained.view(), trained.gan
    row, column = 3, 30
    point = 2 * (np.array([[column, row]], "float32") + 0.5) / 40 - 1
    logits = gan.logits(np.repeat(point, 8, axis=0), np.arange(8)).numpy()
    np.testing.assert_allclose(
        view.heat[row, column], (1 / (1 + np.exp(-logits))).mean(), atol=1e-5
    )


def test_manifold_is_the_generator_of_the_grid(trained):
    noise, labels = noise_grid(2, 8)
    made = (trained.gan.make(noise, labels).numpy() + 1) / 2
    assert trained.view().manifold.shape == (8, 21, 21, 2)
    np.testing.assert_allclose(trained.view().manifold.reshape(-1, 2), made, atol=1e-6)


def test_cells_of_the_grid_are_equally_likely():
    from scipy.stats import norm

    noise, labels = noise_grid(1, None)
    np.testing.assert_allclose(np.diff(norm.cdf(noise[:, 0])), 1 / 200, atol=1e-6)
    assert not labels.any()


def test_labels_are_modes_and_modes_are_counted(trained):
    modes = trained.toy.modes
    near = np.linalg.norm(trained.real - modes[trained.real_labels], axis=1)
    assert near.max() < 6 * trained.toy.std
    assert trained.num_classes == 8 and 0 <= trained.view().modes <= 8


def test_a_seed_gives_the_same_run_however_often_it_is_looked_at():
    first, second = (Experiment(Settings(**SMALL, seed=3)) for _ in range(2))
    for _ in range(4):
        first.train()
        first.view()
    second.train(4)
    for one, other in zip(first.gan.weights, second.gan.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_file_is_a_gan_for_keras_and_a_playground_again(trained, tmp_path):
    content = trained.save()
    again = Experiment.load(content)
    assert again.settings.as_dict() == trained.settings.as_dict()
    assert again.iteration == trained.iteration
    for experiment in (trained, again):
        experiment.train(2)
    for one, other in zip(trained.gan.weights, again.gan.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    path = tmp_path / "playground.keras"
    path.write_bytes(content)
    assert keras.models.load_model(path).generate(3, seed=0).shape == (3, 2)


def test_a_file_of_others(tmp_path):
    with pytest.raises(InvalidArgument, match="was not saved by this playground"):
        Experiment.load(b"no zip")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("playground.json", '{"settings": {"data": "cube"}, "points": null}')
    with pytest.raises(InvalidArgument, match="was not saved by this playground"):
        Experiment.load((tmp_path / "a.zip").read_bytes())


@pytest.mark.parametrize(
    ("loss", "chosen", "optimizer", "activation"),
    [
        ("non_saturating", ["r1", "wgan_gp", "lecam"], "sgd", "relu"),
        ("wasserstein", ["r2", "dragan", "drift"], "rmsprop", "tanh"),
        pytest.param(
            *("relativistic_pairing", ["gdpp", "feature_matching"], "adam", "sigmoid"),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["non_saturating", "wasserstein", "relativistic"],
)
def test_losses_and_penalties_train(loss, chosen, optimizer, activation):
    experiment = Experiment(
        Settings(
            **SMALL,
            loss=loss,
            penalties=chosen,
            penalty_weight=0.1,
            generator_optimizer=optimizer,
            noise_dim=1,
            noise="uniform",
            activation=activation,
        )
    )
    before = [weight.numpy() for weight in experiment.gan.generator.trainable_variables]
    experiment.train(2)
    view = experiment.view()
    assert np.isfinite([view.discriminator_loss, view.generator_loss]).all() and view.penalty
    after = [weight.numpy() for weight in experiment.gan.generator.trainable_variables]
    assert any((one != other).any() for one, other in zip(before, after, strict=True))
    assert view.manifold.shape == (1, 1, 200, 2)


def test_weight_of_a_penalty():
    assert weighted("r1", 0.3).gamma == 0.3
    assert weighted("wgan_gp", 3.0).weight == 3.0
