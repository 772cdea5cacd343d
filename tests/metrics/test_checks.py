"""Arrays and numbers that metrics refuse, and arrays that they leave unchanged."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import metrics
from tfgan_kit.metrics import checks
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int64"])
def test_floats_are_not_copied_and_other_numbers_become_float64(dtype):
    features = np.array([[1, 2], [3, 4]], dtype)
    checked = checks.check_features("real", features)
    if dtype in ("float32", "float64"):
        assert checked is features
    else:
        assert checked.dtype == np.float64
        np.testing.assert_array_equal(checked, [[1, 2], [3, 4]])
    for other in ([[1, 2.5]], tf.ones((1, 2)), np.full((1, 2), 3e38)):
        assert checks.check_features("real", other).shape == (1, 2)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        *((np.zeros(shape), "array .*shape") for shape in ((), (4,), (2, 3, 1), (4, 0))),
        (np.zeros((0, 4)), r"at least 1 row\. .*\(0, 4\)"),
        *((np.zeros((2, 2), kind), f"dtype {kind}") for kind in ("bool", "complex128", "object")),
        (np.array([["1", "2"]]), "dtype str"),
        # Its square overflows.
        (np.full((1, 1), 1e200), "range of float32"),
    ],
)
def test_other_arrays_are_refused(features, message):
    with pytest.raises(InvalidArgument, match=f"`fake` must .*{message}"):
        checks.check_features("fake", features)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_values_are_refused_with_their_position(value, dtype):
    features = np.zeros((5, 3), dtype)
    features[3, 1] = value
    with pytest.raises(InvalidArgument, match=rf"{value} in row 3, column 1 \(1 such"):
        checks.check_features("real", features)


def test_pair_names_the_wrong_side():
    good = np.zeros((3, 2))
    real, fake = checks.check_pair(good, np.ones((5, 2)), min_num=3)
    assert real is good and fake.shape == (5, 2)
    with pytest.raises(InvalidArgument, match=r"`real` must have at least 4 rows.*\(3, 2\)"):
        checks.check_pair(good, np.ones((5, 2)), min_num=4)
    with pytest.raises(InvalidArgument, match="`fake` must be an array"):
        checks.check_pair(good, np.ones(2))
    with pytest.raises(InvalidArgument, match=r"same width.*\(3, 2\) and \(3, 4\)"):
        checks.check_pair(good, np.zeros((3, 4)))


@pytest.mark.parametrize(
    "labels", [[0, 1], [[0], [1], [2]], [0.0, 1.0, 2.0], ["a", "b", "c"], None]
)
def test_labels_must_be_one_integer_per_image(labels):
    assert checks.check_labels([0, 1, 2], 3).dtype.kind == "i"
    with pytest.raises(InvalidArgument, match=r"`labels` must be integers of shape \(3,\)"):
        checks.check_labels(labels, 3)


X, IMAGES, GREY = np.eye(9), np.zeros((4, 12, 12, 1), "uint8"), np.zeros((3, 4, 4, 1), "uint8")
FEATURES = (X[:, :8], X[0], X * np.nan, X[:0])
PAIR = {"real": X, "fake": X[:3]}
BOTH = {"real": FEATURES, "fake": FEATURES}
SQUARES = {"real_images": IMAGES, "fake_images": IMAGES}
# A function, arguments that it accepts, and values of arguments that it refuses.
REFUSED = [
    (metrics.frechet_distance, PAIR, dict.fromkeys(PAIR, (*FEATURES, X[:1]))),
    (metrics.kernel_distance, PAIR | {"subset_size": 2}, BOTH),
    (
        metrics.kernel_distance,
        PAIR | {"subset_size": 2},
        {"subset_size": (1, 4), "num_subsets": (0,), "degree": (0,), "gamma": (0.0,)}
        | {"coef0": (-1,), "seed": (-1,)},
    ),
    (metrics.manifold_metrics, PAIR, {"k_precision_recall": (0, 3, 3.0)}),
    (
        metrics.manifold_metrics,
        {"real": X[:3], "fake": X, "k_precision_recall": 2},
        BOTH | {"k_density_coverage": (0, 3, 3.0)},
    ),
    (metrics.precision_recall, PAIR | {"k": 2}, BOTH | {"k": (0, 3, 3.0)}),
    (metrics.density_coverage, {"real": X[:3], "fake": X, "k": 2}, BOTH | {"k": (0, 3, 3.0)}),
    (
        metrics.memorization,
        {"train": X, "fake": X, "heldout": X},
        {"fake": FEATURES, "heldout": FEATURES, "quantile": (0.0, 1.0, np.nan), "seed": (-1,)},
    ),
    (metrics.memorization, {"fake": X}, {"train": (X[:1],)}),
    (
        metrics.inception_score,
        {"logits": X, "splits": 3},
        {"logits": (X[0], X - np.inf), "splits": (0, 10), "shuffle_seed": (1.5,)},
    ),
    (
        metrics.ms_ssim_diversity,
        {"images": IMAGES},
        {"images": (IMAGES / 2, IMAGES[..., 0], IMAGES[:, :3], IMAGES[:1])}
        | {"labels": ([0, 1, 2],), "num_pairs": (0,), "seed": (-1,)},
    ),
    (metrics.ms_ssim_diversity, {"labels": [0, 1, 2, 3]}, {"images": (IMAGES,)}),
    (
        metrics.sliced_wasserstein,
        SQUARES,
        dict.fromkeys(("patch_size", "num_patches", "num_directions", "num_repeats"), (0,))
        | {"real_images": (IMAGES[:3], IMAGES[:0], IMAGES.repeat(3, -1), IMAGES[..., 0])}
        | {"fake_images": (IMAGES.repeat(2, -1), IMAGES > 3, IMAGES * np.nan)},
    ),
    (
        metrics.sliced_wasserstein,
        {k: v[:, :6, :6] for k, v in SQUARES.items()},
        {"patch_size": (7,)},
    ),
    (
        metrics.assign_modes,
        {"points": X, "modes": X, "radius": 1},
        {"points": FEATURES, "modes": FEATURES, "radius": (-1,)},
    ),
    (
        metrics.mode_coverage,
        {"assignments": [0], "num_modes": 3},
        {"assignments": ([], [3], [-2], [0.0], [[0]]), "num_modes": (0,), "min_count": (0,)},
    ),
    (metrics.stacked_modes, {}, {"class_indices": ([[0, 1]], [[0, 1, 10]], [[0.5] * 3])}),
    (metrics.Pixels(), {"images": GREY}, {"batch_size": (0, -1, 2.5)}),
    (
        metrics.Pixels(),
        {},
        {"images": (GREY[..., 0], GREY[..., 0, 0], GREY[:, 0, 0, 0], [GREY[0]], GREY[:0], [])},
    ),
    (metrics.Pixels(), {}, {"images": (GREY / 2, GREY.astype("int64"), X.astype("int64"))}),
    (
        metrics.CollapseDetector,
        {},
        {"real": (np.ones((99, 4)), np.repeat(np.eye(24), 5, 0), np.eye(49), np.eye(99) * np.nan)},
    ),
    (
        metrics.CollapseDetector(np.random.default_rng(0).normal(size=(60, 2))).measure,
        {},
        {"fake": tuple(np.zeros(shape) for shape in ((10, 3), (1, 2), (0, 2), (10,)))},
    ),
]


@pytest.mark.parametrize(("function", "accepted", "refused"), REFUSED)
def test_functions_name_the_argument_that_they_refuse(function, accepted, refused):
    for name, values in refused.items():
        for value in values:
            with pytest.raises(InvalidArgument, match=f"`{name}`.*Received"):
                function(**{**accepted, name: value})
