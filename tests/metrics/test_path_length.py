"""Of linear generators the path length has a closed form."""

import numpy as np
import pytest

from tfgan_kit import latent, metrics

NUM = 300
MATRIX = np.random.default_rng(1).normal(size=(5, 2))
FIRST, SECOND = latent.sample(2 * NUM, 5, seed=0).reshape(2, NUM, 5)


class Exact(metrics.FeatureExtractor):
    """Points as they are; images by a matrix."""

    def __init__(self, of_images=None):
        super().__init__("exact", None)
        self.of_images = of_images

    def call(self, images):
        if images.ndim == 2:
            return images, None
        return self.of_images(images).reshape(len(images), -1), None


def path(method, matrix=MATRIX):
    return lambda times: latent.between(FIRST, SECOND, times, method) @ matrix


def trimmed(lengths):
    return np.sort(lengths)[3:-3].mean()


def test_of_a_straight_path_through_a_linear_generator_it_is_the_squared_length():
    # The rounding of float32 points is small beside a large step.
    found = metrics.perceptual_path_length(path("linear"), NUM, Exact(), epsilon=0.01)
    lengths = (((SECOND - FIRST) @ MATRIX) ** 2).sum(axis=1)
    assert found.mean == pytest.approx(trimmed(lengths), rel=1e-3) and found.num == NUM - 6
    kept = np.sort(lengths)[3:-3]
    assert found.error == pytest.approx(kept.std() / np.sqrt(len(kept)), rel=1e-3)
    # Twice the squared norm of the matrix on average.
    assert found.mean == pytest.approx(
        2 * (MATRIX**2).sum(), abs=4 * found.error + 0.1 * found.mean
    )


def test_of_a_great_circle_it_is_the_squared_arc():
    ends = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (FIRST, SECOND)]
    arcs = np.arccos((ends[0] * ends[1]).sum(axis=1))
    found = metrics.perceptual_path_length(
        lambda times: 3 * latent.between(*ends, times), NUM, Exact(), epsilon=0.01
    )
    assert found.mean == pytest.approx(trimmed(9 * arcs**2), rel=1e-3)


def test_a_jump_counts_by_the_share_of_the_times_before_it():
    """Of height 1 at time 0.5: a hundredth of the paths are caught by a step of 0.01."""
    found = metrics.perceptual_path_length(
        lambda times: (times > 0.5)[:, None].astype("float32"), 100_000, Exact(), epsilon=0.05
    )
    share = 0.05 / 0.95  # Less the hundredth that is cut, of what is left.
    assert found.mean == pytest.approx((share - 0.01) / 0.98 / 0.05**2, rel=0.05)


def test_images_are_not_rounded_to_whole_pixels():
    def images_at(times):
        return np.broadcast_to(0.5 * times[:, None, None, None] - 0.25, (NUM, 4, 4, 1))

    found = metrics.perceptual_path_length(images_at, NUM, metrics.Pixels())
    assert found.mean == pytest.approx(16 * 0.25**2, rel=1e-2)
    assert metrics.perceptual_path_length(images_at, NUM, metrics.RandomFeatures()).mean > 0
    rounding = Exact(lambda images: images.astype("uint8"))
    with pytest.raises(ValueError, match="must take float images; this one rounds.*'exact'"):
        metrics.perceptual_path_length(images_at, NUM, rounding)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"num": 1}, "`num` must be an integer of at least 2"),
        ({"epsilon": 0}, r"`epsilon` must be a number in \(0, 1\)"),
        ({"extractor": len}, "`extractor` must be a FeatureExtractor"),
        ({"seed": -1}, "`seed` must be a non-negative integer"),
    ],
)
def test_wrong_arguments(wrong, message):
    given = {"images_at": path("linear"), "num": NUM, "extractor": Exact(), **wrong}
    with pytest.raises(ValueError, match=message):
        metrics.perceptual_path_length(**given)
