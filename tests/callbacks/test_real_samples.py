"""Real images from whatever holds them, as metrics want them."""

import numpy as np
import pytest
import tensorflow as tf

import tfgan_kit
from tfgan_kit import data
from tfgan_kit.callbacks.real_samples import generate_samples, take_real
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def pixels():
    """Thirty images, the i-th of value 8 i."""
    return np.repeat(np.arange(0, 240, 8, dtype="uint8"), 64).reshape(30, 8, 8, 1)


def which(taken):
    """The numbers of the images taken, in order."""
    assert taken.dtype == np.uint8 and taken.shape[1:] == (8, 8, 1)
    return sorted(int(image[0, 0, 0]) // 8 for image in taken)


def test_floats_and_pixels_are_the_same_images(pixels):
    np.testing.assert_array_equal(take_real(images.to_float(pixels), 12), take_real(pixels, 12))


@pytest.mark.parametrize("make", [np.asarray, data.open_source], ids=["array", "source"])
def test_a_seed_chooses_without_repeats(pixels, make):
    first = which(take_real(make(pixels), 12, seed=3))
    assert len(set(first)) == 12 and first != list(range(12))
    assert which(take_real(make(pixels), 12, seed=3)) == first
    assert which(take_real(make(pixels), 12, seed=4)) != first


def test_an_array_and_its_source_give_the_same_images(pixels):
    assert which(take_real(pixels, 12)) == which(take_real(data.open_source(pixels), 12))


@pytest.mark.parametrize("num", [30, 31, 1000])
def test_no_more_than_there_are(pixels, num):
    for real in (
        pixels,
        data.open_source(pixels),
        tf.data.Dataset.from_tensor_slices(pixels).batch(7),
    ):
        assert which(take_real(real, num)) == list(range(30))


@pytest.mark.parametrize("num", [1, 7, 8, 20])
def test_a_dataset_gives_its_first(pixels, num):
    dataset = tf.data.Dataset.from_tensor_slices(images.to_float(pixels)).batch(7)
    np.testing.assert_array_equal(take_real(dataset, num, seed=5), pixels[:num])


def test_a_dataset_may_have_labels_and_no_end(pixels):
    dataset = tf.data.Dataset.from_tensor_slices((pixels, np.arange(30))).batch(7).repeat()
    assert which(take_real(dataset, 40)) == sorted([*range(30), *range(10)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_points_stay_and_are_float32(dtype):
    points = np.random.default_rng(0).normal(size=(20, 2)).astype(dtype) * 50
    taken = take_real(points, 20)
    np.testing.assert_array_equal(taken, points.astype("float32"))
    assert taken.dtype == np.float32
    taken = take_real(tf.data.Dataset.from_tensor_slices(points).batch(6), 10)
    np.testing.assert_array_equal(taken, points[:10].astype("float32"))


def test_toy_batches():
    assert take_real(data.toy.batches("grid", batch_size=16), 20).shape == (20, 2)


def test_a_list_of_images(pixels):
    assert which(take_real(list(pixels), 30)) == list(range(30))


@pytest.mark.parametrize(
    "real",
    [
        None,
        3,
        "mnist",
        [],
        {},
        {"images": 1},
        np.zeros((0, 8, 8, 1), "uint8"),
        np.zeros(30),
        np.zeros((30, 8, 8), "uint8"),
        np.array(["a", "b"]),
    ],
    ids=["None", "3", "name", "list", "dict", "full dict", "empty", "rank 1", "rank 3", "strings"],
)
def test_others_are_refused(real):
    with pytest.raises(InvalidArgument, match="`real`.*Received") as raised:
        take_real(real, 10)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels: pixels.astype("float32"),
        lambda pixels: pixels.astype("int64"),
        lambda pixels: np.full(pixels.shape, np.nan, "float32"),
    ],
    ids=["0 to 255", "integers", "NaN"],
)
def test_images_outside_of_the_range_are_refused(pixels, change):
    """Clipping would make all of them white, and every number of it meaningless."""
    real = change(pixels)
    for each in (real, tf.data.Dataset.from_tensor_slices(real).batch(7)):
        with pytest.raises(InvalidArgument, match="Received"):
            take_real(each, 30)


def test_an_empty_dataset_is_refused(pixels):
    with pytest.raises(InvalidArgument, match="empty dataset"):
        take_real(tf.data.Dataset.from_tensor_slices(pixels).batch(7).take(0), 10)


def test_samples_are_those_of_the_gan(make_gan):
    gan = make_gan()
    samples = generate_samples(gan, 5, seed=2)
    np.testing.assert_array_equal(samples, images.to_uint8(gan.generate(5, seed=2)))
    assert samples.dtype == np.uint8
    np.testing.assert_array_equal(generate_samples(gan, 3, seed=2), samples[:3])


def test_samples_in_the_plane():
    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=3, width=4), latent_dim=3)
    samples = generate_samples(gan, 5, seed=2)
    np.testing.assert_array_equal(samples, gan.generate(5, seed=2))
    assert samples.shape == (5, 2) and samples.dtype == np.float32
