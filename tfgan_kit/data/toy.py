"""Distributions of points in the plane, on which a GAN trains in seconds."""

import dataclasses
import numbers
import typing

import numpy as np
import tensorflow as tf

from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["Toy", "batches", "from_points", "get", "names"]

_PREFETCH = 2


@dataclasses.dataclass(frozen=True, eq=False)
class Toy:
    """A distribution of points in the plane."""

    name: str
    transform: typing.Callable
    modes: np.ndarray | None = None
    std: float | None = None

    def __post_init__(self):
        if not callable(self.transform):
            raise InvalidArgument(f"`transform` must be a function. Received: {self.transform!r}")
        if (self.modes is None) != (self.std is None):
            raise InvalidArgument(
                "`modes` and `std` must be given together. "
                f"Received: modes={self.modes!r}, std={self.std!r}"
            )
        if self.modes is not None:
            modes = _check_points("modes", self.modes).astype("float32")
            modes.flags.writeable = False
            object.__setattr__(self, "modes", modes)
            object.__setattr__(self, "std", _check_std(self.std, above=True))

    def __repr__(self):
        return f"<Toy {self.name}>"

    def sample(self, num, seed=0, start=0):
        """Draw points: a pure function of the distribution and the arguments."""
        for name, value in (("num", num), ("seed", seed), ("start", start)):
            _check_integer(name, value, low=0)
        uniform, normal = _randomness(int(num), int(seed), int(start))
        return np.asarray(self.transform(uniform, normal)).astype("float32")


def get(identifier):
    """The toy distribution of a name.

    | name | what it is | reference |
    |---|---|---|
    | `"ring"` | 8 Gaussians on a circle of radius 2, standard deviation 0.02 | Metz et al., 2017 |
    | `"grid"` | 5×5 Gaussians from -4 to 4, standard deviation 0.05 | Lin et al., 2018 |
    | `"swiss_roll"` | a spiral of one and a half turns in [-2, 2]² | Gulrajani et al., 2017 |
    | `"two_moons"` | two half circles that interlock | scikit-learn |
    | `"gan_lab_line"` | a slanted line | GAN Lab |
    | `"gan_lab_gaussians"` | a round Gaussian and an upright one | GAN Lab |
    | `"gan_lab_ring"` | an ellipse | GAN Lab |
    | `"gan_lab_disjoint"` | 3 Gaussians, standard deviation 0.025 | GAN Lab |

    `ring`, `grid` and `gan_lab_disjoint` have `modes` and `std`. GAN Lab's lie
    in [0, 1]², except for 1.3 % of the points of its Gaussians.

    Args:
        identifier: A name of the table; or a `Toy`, which is returned as it is.

    Returns:
        A `Toy`.

    Raises:
        InvalidArgument: If the name is not known.

    Example:

    ```python
    from tfgan_kit.data import toy

    toy.get("grid").modes.shape  # (25, 2)
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, appendix A;
    Lin et al., 2018 (PacGAN), https://arxiv.org/abs/1712.04086, section 4.1;
    Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, figure 1;
    `make_moons` of scikit-learn; Kahng et al., 2018 (GAN Lab),
    https://arxiv.org/abs/1809.01587.
    """
    if isinstance(identifier, Toy):
        return identifier
    if isinstance(identifier, str) and identifier in _TOYS:
        return _TOYS[identifier]
    raise InvalidArgument(
        f"`toy` must be a Toy or one of {names()}. Received: toy={identifier!r}"
        + did_you_mean(identifier, _TOYS)
    )


def names():
    """The names of the toy distributions that `get` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    from tfgan_kit.data import toy

    toy.names()[:2]  # ["ring", "grid"]
    ```
    """
    return list(_TOYS)


def from_points(points, std=0.02, name="points"):
    """A toy distribution of points that somebody drew."""
    return Toy(name, _mixture(_check_points("points", points), _check_std(std)))


def batches(toy, batch_size=256, seed=0, start_step=0):
    """An endless `tf.data.Dataset` of fresh points for `fit`.

    Batch number `step` holds the points from `step * batch_size` on of
    `toy.sample`'s stream, whatever was drawn before it. Having no end, it needs
    `steps_per_epoch`.

    Args:
        toy: A `Toy` or a name that `get` knows.
        batch_size: Integer, 1 or more. Defaults to 256.
        seed: Integer in [0, 2**63). Defaults to 0.
        start_step: Integer, 0 or more, the step at which each iteration begins.
            Defaults to 0.

    Returns:
        A `tf.data.Dataset` of float32 points `(batch_size, 2)`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit.data import toy

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=8), latent_dim=8)
    gan.compile()
    gan.fit(toy.batches("grid"), steps_per_epoch=3, verbose=0)
    ```
    """
    toy = get(toy)
    for name, value, low in (
        ("batch_size", batch_size, 1),
        ("seed", seed, 0),
        ("start_step", start_step, 0),
    ):
        _check_integer(name, value, low)

    def draw(step):
        return toy.sample(batch_size, seed, int(step) * batch_size)

    def fetch(step):
        points = tf.numpy_function(draw, [step], tf.float32)
        points.set_shape((batch_size, 2))
        return points

    steps = tf.data.Dataset.counter(start=start_step, dtype="int64")
    return steps.map(fetch).prefetch(_PREFETCH)


def _randomness(num, seed, start):
    """One Philox block of four numbers a point: one uniform, two for the normals, one spare."""
    philox = np.random.Philox(key=seed, counter=start)
    first, second, uniform, _ = np.random.Generator(philox).random((num, 4)).T
    radius = np.sqrt(-2 * np.log1p(-first))
    angle = 2 * np.pi * second
    return uniform, np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _check_integer(name, value, low):
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_integer or not low <= value < 2**63:
        raise InvalidArgument(
            f"`{name}` must be an integer in [{low}, 2**63). Received: {name}={value!r}"
        )


def _check_points(name, points):
    try:
        array = np.array(points, dtype="float64")
    except (TypeError, ValueError) as error:
        raise InvalidArgument(
            f"`{name}` must be numbers of shape (num, 2). Received: {type(points).__name__}"
        ) from error
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise InvalidArgument(
            f"`{name}` must have shape (num, 2), with one point or more. "
            f"Received: shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise InvalidArgument(
            f"`{name}` must be finite. Received: "
            f"{np.sum(~np.isfinite(array).all(axis=1))} of {len(array)} points with NaN or infinity"
        )
    return array


def _check_std(std, above=False):
    is_real = isinstance(std, numbers.Real) and not isinstance(std, bool)
    if not is_real or not 0 <= std < np.inf or (above and std == 0):
        raise InvalidArgument(
            f"`std` must be a finite number {'above 0' if above else 'of 0 or more'}. "
            f"Received: std={std!r}"
        )
    return float(std)


def _mixture(centres, std):
    def transform(uniform, normal):
        return centres[(uniform * len(centres)).astype("int64")] + std * normal

    return transform


def _make_mixture(name, centres, std):
    centres = np.asarray(centres, dtype="float64")
    return Toy(name, _mixture(centres, std), centres, std)


def _swiss_roll(uniform, normal):
    # The scale is that of WGAN-GP: noise of 0.25 on scikit-learn's roll, all over 7.5.
    angle = 1.5 * np.pi * (1 + 2 * uniform)
    roll = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
    return (roll + 0.25 * normal) / 7.5


def _two_moons(uniform, normal):
    angle = 2 * np.pi * uniform
    is_upper = uniform < 0.5
    # From pi on, the cosine and the sine already run along the lower half.
    x = np.where(is_upper, np.cos(angle), 1 + np.cos(angle))
    y = np.where(is_upper, np.sin(angle), 0.5 + np.sin(angle))
    return np.stack([x, y], axis=1) + 0.05 * normal


def _gan_lab_line(uniform, normal):
    line = np.stack([0.8 - 0.75 * uniform, 0.6 + 0.3 * uniform], axis=1)
    return line + 0.01 * normal


def _gan_lab_gaussians(uniform, normal):
    is_round = uniform[:, None] < 0.5
    return np.where(is_round, [0.3, 0.7], [0.7, 0.4]) + normal * np.where(
        is_round, [0.1, 0.1], [0.05, 0.2]
    )


def _gan_lab_ring(uniform, normal):
    angle = 2 * np.pi * uniform
    ellipse = np.stack([0.5 + 0.3 * np.cos(angle), 0.45 + 0.25 * np.sin(angle)], axis=1)
    return ellipse + 0.025 * normal


_CIRCLE = 2 * np.pi * np.arange(8) / 8
_TOYS = {
    toy.name: toy
    for toy in (
        _make_mixture("ring", 2 * np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], axis=1), 0.02),
        _make_mixture("grid", [(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)], 0.05),
        Toy("swiss_roll", _swiss_roll),
        Toy("two_moons", _two_moons),
        Toy("gan_lab_line", _gan_lab_line),
        Toy("gan_lab_gaussians", _gan_lab_gaussians),
        Toy("gan_lab_ring", _gan_lab_ring),
        _make_mixture("gan_lab_disjoint", [(0.35, 0.75), (0.75, 0.6), (0.45, 0.35)], 0.025),
    )
}
