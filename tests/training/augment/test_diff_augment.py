"""DiffAugment against NumPy: ranges, gradients, graph, XLA and number formats."""

import itertools
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.training import augment

POLICIES = ["color", "translation", "cutout", "color,translation,cutout"]
SEED = (3, 5)


def uniform_images(shape=(6, 12, 16, 3), seed=0, dtype="float32"):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(dtype)


def change(policy, images, seed=SEED):
    return augment.DiffAugment(policy)(images, seed, 0).numpy()


def moved(image, down, right):
    """Zero-padded translation with slices, one image."""
    height, width, _ = image.shape
    padded = np.zeros((3 * height, 3 * width, image.shape[2]), image.dtype)
    padded[height + down : 2 * height + down, width + right : 2 * width + right] = image
    return padded[height : 2 * height, width : 2 * width]


def find_moves(images, results, reach):
    """The only translation of each image that gives its result."""
    down, right = (range(-each, each + 1) for each in reach)
    places = list(itertools.product(down, right))
    moves = []
    for image, result in zip(images, results, strict=True):
        (move,) = [place for place in places if np.array_equal(moved(image, *place), result)]
        moves.append(move)
    return np.array(moves)


def color_parameters(images, result):
    """Solve `result = sc*x + c(1-s)*grey + (1-c)*mean + b` for each image."""
    solved = []
    for x, y in zip(np.float64(images), np.float64(result), strict=True):
        grey = np.broadcast_to(x.mean(-1, keepdims=True), x.shape)
        columns = np.stack([x - grey, grey - x.mean(), np.ones_like(x)], -1).reshape(-1, 3)
        (both, contrast, offset), *_ = np.linalg.lstsq(columns, y.ravel(), rcond=None)
        assert np.allclose(columns @ (both, contrast, offset), y.ravel(), atol=1e-5)
        solved.append((offset - x.mean(), both / contrast, contrast))
    return np.array(solved).T


def test_color_is_brightness_saturation_and_contrast_in_turn():
    images = uniform_images((8, 6, 7, 3))
    result = change("color", images)
    for x, y, brightness, saturation, contrast in zip(
        np.float64(images), result, *color_parameters(images, result), strict=True
    ):
        x = x + brightness
        grey = x.mean(-1, keepdims=True)
        x = (x - grey) * saturation + grey
        x = (x - x.mean()) * contrast + x.mean()
        np.testing.assert_allclose(y, x, atol=1e-5)


def test_color_ranges():
    images = uniform_images((2000, 4, 4, 3))
    brightness, saturation, contrast = color_parameters(images, change("color", images))
    for drawn, low, high in ((brightness, -0.5, 0.5), (saturation, 0, 2), (contrast, 0.5, 1.5)):
        width = high - low
        assert drawn.min() >= low - 1e-4 and drawn.max() <= high + 1e-4
        assert drawn.min() < low + 0.01 * width and drawn.max() > high - 0.01 * width
        # Five standard errors of the mean and of the variance of a uniform distribution.
        assert drawn.mean() == pytest.approx((low + high) / 2, abs=5 * width / np.sqrt(12 * 2000))
        assert drawn.var() == pytest.approx(width**2 / 12, rel=5 * np.sqrt(0.8 / 2000))
    correlation = np.corrcoef([brightness, saturation, contrast])
    assert np.abs(correlation - np.eye(3)).max() < 5 / np.sqrt(2000)


def test_color_of_grey_images_has_no_saturation():
    images = uniform_images((5, 8, 8, 1))
    result = change("color", images)
    # The general formula, of three equal channels, with the same numbers drawn.
    of_three = change("color", np.repeat(images, 3, -1))
    np.testing.assert_allclose(np.repeat(result, 3, -1), of_three, atol=1e-6)
    contrast = result.std((1, 2, 3)) / images.std((1, 2, 3))
    assert contrast.min() > 0.5 and contrast.max() < 1.5


def test_translation_is_by_whole_pixels_with_zeros_and_uniform_in_both_directions():
    num = 4000
    images = uniform_images((num, 8, 24, 1))
    moves = find_moves(images, change("translation", images), (1, 3))
    for axis, reach in ((0, 1), (1, 3)):
        values, counts = np.unique(moves[:, axis], return_counts=True)
        assert values.tolist() == list(range(-reach, reach + 1))
        share = 1 / len(values)
        # Five standard deviations of a binomial share.
        margin = 5 * np.sqrt(share * (1 - share) / num)
        np.testing.assert_allclose(counts / num, share, atol=margin)
    assert abs(np.corrcoef(moves.T)[0, 1]) < 5 / np.sqrt(num)
    images = uniform_images((40, 17, 32, 2))  # sizes that 8 does not divide, two channels
    find_moves(images, change("translation", images), (2, 4))


@pytest.mark.parametrize(
    ("policy", "shape"), [("translation", (4, 7, 5, 3)), ("cutout", (4, 1, 1, 3))]
)
def test_images_too_small_for_a_policy_stay_as_they_are(policy, shape):
    images = uniform_images(shape)
    np.testing.assert_array_equal(change(policy, images), images)


def cut_sides(mask):
    """Start and end of the rows and of the columns of the only zeros of an image."""
    cut = mask == 0
    rows, columns = np.nonzero(cut.any(1))[0], np.nonzero(cut.any(0))[0]
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    assert cut[top:bottom, left:right].all() and cut.sum() == (bottom - top) * (right - left)
    return top, bottom, left, right


@pytest.mark.parametrize(("height", "width"), [(8, 8), (12, 10), (7, 9), (6, 5)])
def test_cutout_is_a_rectangle_of_half_the_size_around_any_place(height, width):
    num = 3000
    masks = change("cutout", np.ones((num, height, width, 1), "float32"))[..., 0]
    sides = np.array([cut_sides(mask) for mask in masks])
    for found, size in ((sides[:, :2], height), (sides[:, 2:], width)):
        cut = size // 2
        starts = [centre - cut // 2 for centre in range(size + 1 - cut % 2)]
        expected = Counter((max(start, 0), min(start + cut, size)) for start in starts)
        counts = Counter(map(tuple, found.tolist()))
        assert counts.keys() == expected.keys()
        for span, places in expected.items():
            share = places / len(starts)
            margin = 5 * np.sqrt(share * (1 - share) / num)
            assert counts[span] / num == pytest.approx(share, abs=margin)


def test_cutout_leaves_the_rest_exactly():
    images = uniform_images()
    result = change("cutout", images)
    assert np.all((result == images) | (result == 0))
    assert 0 < (result == 0).mean() < 0.26


@pytest.mark.parametrize("policy", POLICIES)
def test_repeatable_by_seed_and_each_example_its_own(policy):
    images = np.repeat(uniform_images((1, 16, 16, 3)), 24, axis=0)
    first = change(policy, images)
    np.testing.assert_array_equal(first, change(policy, images))
    np.testing.assert_array_equal(first, change(policy, images, np.array(SEED, "int64")))
    assert not np.array_equal(first, change(policy, images, (3, 6)))
    assert not np.array_equal(first, change(policy, images, (4, 5)))
    assert len({each.tobytes() for each in first}) > 12


def test_members_of_a_policy_draw_apart():
    # A bright pixel in the middle, which two moves of at most 2 keep inside.
    images = np.zeros((400, 16, 16, 1), "float32")
    images[:, 8, 8] = 1
    where = np.argwhere(change("translation,translation", images)[..., 0])[:, 1:] - 8
    # Equal draws would be even numbers only; the sum of two has the variance 2 * 2.
    assert (where % 2 == 1).any(0).all()
    np.testing.assert_allclose(where.var(0), 4, rtol=5 * np.sqrt(2 / 400))


def test_members_of_a_policy_are_applied_in_order():
    images = uniform_images((64, 16, 16, 1))
    # A cutout before colour is brightened with the rest, one after it stays at 0.
    before, after = change("cutout,color", images), change("color,cutout", images)
    assert (after == 0).mean() > 0.1 > (before == 0).mean()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("channels", [1, 3])
def test_gradient_by_finite_differences(policy, channels):
    images = tf.constant(uniform_images((2, 8, 8, channels), dtype="float64"))
    weights = tf.constant(uniform_images((2, 8, 8, channels), seed=1, dtype="float64"))
    operation = augment.DiffAugment(policy)

    def value(images):
        return tf.reduce_sum(weights * operation(images, SEED, 0) ** 3)

    with tf.GradientTape() as tape:
        tape.watch(images)
        result = value(images)
    gradient = tape.gradient(result, images).numpy()
    rng = np.random.default_rng(2)
    for _ in range(6):
        direction = rng.normal(size=images.shape)
        slope = (value(images + 1e-5 * direction) - value(images - 1e-5 * direction)) / 2e-5
        assert float(slope) == pytest.approx((gradient * direction).sum(), rel=1e-6, abs=1e-8)


def test_gradient_is_zero_only_where_cut_out():
    images = tf.constant(uniform_images((8, 16, 16, 3)))
    # Colour keeps the place that the same sub-seed cuts out.
    cut = change("cutout", images) == 0
    assert cut.any((1, 2, 3)).all() and not cut.all((1, 2, 3)).any()
    # Before the cutout, the contrast's mean carries gradients of every pixel.
    for policy, zero in (("cutout", cut), ("cutout,color", cut), ("color,cutout", False & cut)):
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(augment.DiffAugment(policy)(images, SEED, 0))
        np.testing.assert_array_equal(tape.gradient(total, images).numpy() == 0, zero)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_second_order_gradients(jit_compile):
    """As a gradient penalty needs them: d |d f(T(x)) / dx|^2 / dw."""
    images = tf.constant(uniform_images((4, 16, 16, 3)))
    operation = augment.DiffAugment()
    weight = tf.Variable(1.5)

    @tf.function(jit_compile=jit_compile)
    def penalty_gradient():
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(images)
                value = tf.reduce_sum(weight * operation(images, SEED, 0) ** 2)
            penalty = tf.reduce_sum(inner.gradient(value, images) ** 2)
        return penalty, outer.gradient(penalty, weight)

    penalty, gradient = penalty_gradient()
    assert float(gradient) == pytest.approx(2 * float(penalty) / 1.5, rel=1e-5)
    assert float(penalty) > 1


def test_xla_draws_other_numbers_of_the_same_ranges():
    images = uniform_images((100, 8, 16, 3)) + 2  # No zeros of its own.

    @tf.function(jit_compile=True, input_signature=[tf.TensorSpec((None, 8, 16, 3))])
    def all_three(images):
        return [augment.DiffAugment(policy)(images, SEED, 0) for policy in POLICIES[:3]]

    color, translation, cutout = (each.numpy() for each in all_three(images))
    for drawn, low, high in zip(
        color_parameters(images, color), (-0.5, 0, 0.5), (0.5, 2, 1.5), strict=True
    ):
        assert low - 1e-3 <= drawn.min() < low + 0.2 and high - 0.2 < drawn.max() <= high + 1e-3
    assert len(np.unique(find_moves(images, translation, (1, 2)), axis=0)) > 10
    spans = {cut_sides(each) for each in cutout[..., 0]}
    assert len(spans) > 20
    for first, second in zip(all_three(images), (color, translation, cutout), strict=True):
        np.testing.assert_array_equal(first, second)


def test_graph_of_unknown_batch_and_size():
    operation = augment.DiffAugment()
    compiled = tf.function(
        lambda images, seed: operation(images, seed, 0),
        input_signature=[tf.TensorSpec((None, None, None, None)), tf.TensorSpec((2,), "int32")],
    )
    for shape in ((3, 16, 9, 3), (1, 8, 8, 1), (0, 8, 8, 1)):
        images = uniform_images(shape)
        np.testing.assert_allclose(
            compiled(images, tf.constant(SEED)), change(operation.policy, images), atol=1e-6
        )


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_short_floats_are_the_float32_result_rounded(policy, dtype):
    images = tf.cast(uniform_images(), dtype)
    result = augment.DiffAugment(policy)(images, SEED, 0)
    assert result.dtype == dtype
    precise = augment.DiffAugment(policy)(tf.cast(images, "float32"), SEED, 0)
    np.testing.assert_array_equal(
        tf.cast(result, "float32"), tf.cast(tf.cast(precise, dtype), "float32")
    )
