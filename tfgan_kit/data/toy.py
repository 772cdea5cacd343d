"""Distributions of points in the plane, on which a GAN trains in seconds."""

import dataclasses
import typing

import numpy as np
import tensorflow as tf

from tfgan_kit.data.points import read_points, to_unit_square
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_choice, check_integer, check_number

__all__ = ["Toy", "batches", "from_csv", "from_points", "get", "label", "mixture", "names"]


@dataclasses.dataclass(frozen=True, eq=False)
class Toy:
    """A distribution of points in the plane.

    Args:
        name: String.
        transform: Function from `uniform`, float64 `(num,)` in [0, 1), and `normal`, float64 `(num,
            2)`, standard normal, to points `(num, 2)`, row by row.
        modes: Array `(num_modes, 2)`, the centres if the distribution is a mixture of round
            Gaussians of one size, or None. Stored as float32. Defaults to None.
        std: Positive float, standard deviation of each mode; None without modes. Defaults to None.

    Raises:
        InvalidArgument: If only one of `modes` and `std` is given, or one is out of range.

    Example:

    ```python
    from tfgan_kit.data import toy

    halves = toy.Toy("halves", lambda uniform, normal: normal + (uniform[:, None] < 0.5) * 9)
    halves.sample(100).shape  # (100, 2)
    ```
    """

    name: str
    transform: typing.Callable
    modes: np.ndarray | None = None
    std: float | None = None

    def __post_init__(self):
        if (self.modes is None) != (self.std is None):
            raise InvalidArgument(
                "`modes` and `std` must be given together. "
                f"Received: modes={self.modes!r}, std={self.std!r}"
            )
        if self.modes is not None:
            modes = _check_points("modes", self.modes).astype("float32")
            modes.flags.writeable = False
            object.__setattr__(self, "modes", modes)
            object.__setattr__(self, "std", check_number("std", self.std, above=0))

    def __repr__(self):
        return f"<Toy {self.name}>"

    def sample(self, num, seed=0, start=0):
        """Draw points.

        Point `i` depends only on `seed` and `start + i`: a seed gives one endless stream of points,
        however it is divided.

        Args:
            num: Non-negative integer, number of points.
            seed: Non-negative integer, random seed. `batches` draws from the same stream, so an
                evaluation needs another seed. Defaults to 0.
            start: Non-negative integer, position of the first point in the stream. Defaults to 0.

        Returns:
            A float32 array `(num, 2)`.

        Raises:
            InvalidArgument: If an argument is out of range.

        Example:

        ```python
        from tfgan_kit.data import toy
        toy.get("ring").sample(1000, seed=0).shape  # (1000, 2)
        ```

        Reference: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011;
        G. E. P. Box and M. E. Muller, 1958, https://doi.org/10.1214/aoms/1177706645.
        """
        num = check_integer("num", num, 0)
        seed = check_integer("seed", seed, 0)
        start = check_integer("start", start, 0)
        return np.asarray(self.transform(*_randomness(num, seed, start))).astype("float32")


def get(identifier):
    """Toy distribution with a given name.

    | name | what it is | reference |
    |---|---|---|
    | `"ring"` | 8 Gaussians on a circle of radius 2, standard deviation 0.02 | Metz et al., 2017 |
    | `"grid"` | 5×5 Gaussians from -4 to 4, standard deviation 0.05 | Lin et al., 2018 |
    | `"swiss_roll"` | a spiral of one and a half turns in [-2, 2]² | Gulrajani et al., 2017 |
    | `"two_moons"` | two interlocking half circles | scikit-learn |
    | `"gan_lab_line"` | a slanted line | GAN Lab |
    | `"gan_lab_gaussians"` | a round and an upright Gaussian | GAN Lab |
    | `"gan_lab_ring"` | an ellipse | GAN Lab |
    | `"gan_lab_disjoint"` | 3 Gaussians, standard deviation 0.025 | GAN Lab |
    | `"unit_line"`, `"unit_gaussians"`, `"unit_ring"`, `"unit_disjoint"` | those of GAN Lab | |
    | `"unit_eight"` | 8 Gaussians on a circle of radius 0.35 around (0.5, 0.5) | as `ring` |
    | `"unit_grid"` | 5×5 Gaussians from 0.1 to 0.9 | as `grid` |
    | `"unit_swiss_roll"` | `swiss_roll`, 0.22 times as large, around (0.5, 0.5) | |

    The mixtures of equal round Gaussians have `modes` and `std`, 0.02 for `unit_eight` and
    `unit_grid`. Those of GAN Lab and all `unit_` lie in [0, 1]², except 1.3 % of the points of GAN
    Lab's two Gaussians.

    Args:
        identifier: A name in the table; or a `Toy`, which is returned.

    Returns:
        A `Toy`.

    Raises:
        InvalidArgument: If the name is not in the table.

    Example:

    ```python
    from tfgan_kit.data import toy
    toy.get("grid").modes.shape  # (25, 2)
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, appendix A; Lin et al., 2018,
    https://arxiv.org/abs/1712.04086, section 4.1; Gulrajani et al., 2017,
    https://arxiv.org/abs/1704.00028, figure 1; Kahng et al., 2018, https://arxiv.org/abs/1809.01587.
    """
    if isinstance(identifier, Toy):
        return identifier
    return _TOYS[check_choice("toy", identifier, names())]


def names():
    """Names of the toy distributions in `get`.

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
    """Toy distribution of given points, drawn evenly, with Gaussian noise.

    Args:
        points: Array or list of finite numbers of shape `(num_points, 2)`, at least one point.
        std: Non-negative float, the standard deviation of the noise in each dimension, in the units
            of the points. Defaults to 0.02, as in GAN Lab for points in [0, 1]².
        name: String. Defaults to `"points"`.

    Returns:
        A `Toy` without modes.

    Raises:
        InvalidArgument: If `points` or `std` is not as described.

    Example:

    ```python
    from tfgan_kit.data import toy
    toy.from_points([[0.1, 0.2], [0.8, 0.9]]).sample(10, seed=0).shape  # (10, 2)
    ```

    Reference: Kahng et al., 2018 (GAN Lab), https://arxiv.org/abs/1809.01587.
    """
    points = _check_points("points", points)
    return Toy(name, _mixture(points, check_number("std", std, minimum=0)))


def from_csv(source):
    """Toy distribution of the points in a text file, drawn evenly, scaled into [0.05, 0.95]².

    Each line has two numbers, divided by a tab, a semicolon, a comma or spaces; a first line of
    words is skipped, and lines that begin with `#`. Both axes are scaled by one factor, so that
    shapes are kept.

    Args:
        source: Path of a text file in UTF-8 or UTF-16, or its content as bytes, or as a string with
            at least one line break. At most 100,000 points.

    Returns:
        A `Toy` without modes.

    Raises:
        InvalidArgument: If the file cannot be read, has another line than described, which the
            message names, no points or too many.

    Example:

    ```python
    from tfgan_kit.data import toy
    toy.from_csv("x,y\\n1,10\\n3,14\\n").sample(10, seed=0).shape  # (10, 2)
    ```
    """
    return from_points(to_unit_square(read_points(source)), std=0)


def label(toy, points):
    """The label of each point: the number of the nearest mode, or of one of three groups.

    Without modes the groups are those of k-means, the same for every sample of a distribution.

    Args:
        toy: A `Toy` or a name in the table of `get`.
        points: Float array `(num, 2)`.

    Returns:
        An int32 array `(num,)`.

    Example:

    ```python
    from tfgan_kit.data import toy
    toy.label("grid", toy.get("grid").modes)[:3]  # [0, 1, 2]
    ```
    """
    from sklearn.cluster import KMeans

    toy, points = get(toy), _check_points("points", points)
    if toy.modes is not None:
        distances = ((points[:, None] - toy.modes[None]) ** 2).sum(axis=2)
        return distances.argmin(axis=1).astype("int32")
    groups = KMeans(3, n_init=1, random_state=0).fit(toy.sample(10_000).astype("float64"))
    return groups.predict(points).astype("int32")


def mixture(name, centres, std):
    """Toy distribution of round Gaussians of one size, all equally likely.

    Args:
        name: String.
        centres: Array or list of finite numbers of shape `(num_modes, 2)`.
        std: Positive float, standard deviation of each Gaussian in each dimension.

    Returns:
        A `Toy` with `modes` and `std`.

    Raises:
        InvalidArgument: If `centres` or `std` is not as described.

    Example:

    ```python
    from tfgan_kit.data import toy
    toy.mixture("pair", [[0.25, 0.5], [0.75, 0.5]], std=0.05).sample(10).shape  # (10, 2)
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, appendix A.
    """
    centres = _check_points("centres", centres)
    return Toy(name, _mixture(centres, check_number("std", std, above=0)), centres, std)


def batches(toy, batch_size=256, seed=0, start_step=0):
    """Endless `tf.data.Dataset` of fresh points for `fit`, which needs `steps_per_epoch`.

    Batch number `step` is `toy.sample(batch_size, seed, start=step * batch_size)`.

    Args:
        toy: A `Toy` or a name in the table of `get`.
        batch_size: Positive integer. Defaults to 256.
        seed: Non-negative integer, random seed. Defaults to 0.
        start_step: Non-negative integer, the step at which each iteration begins. Defaults to 0.

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
    check_integer("batch_size", batch_size, 1)
    check_integer("seed", seed, 0)
    check_integer("start_step", start_step, 0)

    def fetch(step):
        points = tf.numpy_function(
            lambda step: toy.sample(batch_size, seed, int(step) * batch_size), [step], tf.float32
        )
        return tf.ensure_shape(points, (batch_size, 2))

    steps = tf.data.Dataset.counter(start=start_step, dtype="int64")
    return steps.map(fetch).prefetch(2)


def _randomness(num, seed, start):
    """One Philox block of four numbers per point: one uniform, two for the normals, one spare."""
    philox = np.random.Philox(key=seed, counter=start)
    first, second, uniform, _ = np.random.Generator(philox).random((num, 4)).T
    radius = np.sqrt(-2 * np.log1p(-first))
    angle = 2 * np.pi * second
    return uniform, np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _check_points(name, points):
    try:
        array = np.array(points, dtype="float64")
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array) or not np.isfinite(array).all():
        raise InvalidArgument(
            f"`{name}` must be finite numbers of shape (num, 2), with at least one point. "
            f"Received: {type(points).__name__} of shape {array.shape}"
        )
    return array


def _mixture(centres, std):
    def transform(uniform, normal):
        return centres[(uniform * len(centres)).astype("int64")] + std * normal

    return transform


def _swiss_roll(uniform, normal):
    # As in WGAN-GP: scikit-learn's roll with noise of 0.25, divided by 7.5.
    angle = 1.5 * np.pi * (1 + 2 * uniform)
    roll = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
    return (roll + 0.25 * normal) / 7.5


def _two_moons(uniform, normal):
    angle = 2 * np.pi * uniform
    is_upper = uniform < 0.5
    # From pi on, the cosine and the sine already follow the lower half.
    x = np.where(is_upper, np.cos(angle), 1 + np.cos(angle))
    y = np.where(is_upper, np.sin(angle), 0.5 + np.sin(angle))
    return np.stack([x, y], axis=1) + 0.05 * normal


def _gan_lab_line(uniform, normal):
    line = np.stack([0.8 - 0.75 * uniform, 0.6 + 0.3 * uniform], axis=1)
    return line + 0.01 * normal


def _gan_lab_gaussians(uniform, normal):
    is_round = uniform[:, None] < 0.5
    centre = np.where(is_round, [0.3, 0.7], [0.7, 0.4])
    return centre + normal * np.where(is_round, [0.1, 0.1], [0.05, 0.2])


def _gan_lab_ring(uniform, normal):
    angle = 2 * np.pi * uniform
    ellipse = np.stack([0.5 + 0.3 * np.cos(angle), 0.45 + 0.25 * np.sin(angle)], axis=1)
    return ellipse + 0.025 * normal


def _unit_swiss_roll(uniform, normal):
    return 0.5 + 0.22 * _swiss_roll(uniform, normal)


_ANGLES = 2 * np.pi * np.arange(8) / 8
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_FIFTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
_GAN_LAB = (
    Toy("line", _gan_lab_line),
    Toy("gaussians", _gan_lab_gaussians),
    Toy("ring", _gan_lab_ring),
    mixture("disjoint", [(0.35, 0.75), (0.75, 0.6), (0.45, 0.35)], 0.025),
)
_TOYS = {
    toy.name: toy
    for toy in (
        mixture("ring", 2 * _CIRCLE, 0.02),
        mixture("grid", [(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)], 0.05),
        Toy("swiss_roll", _swiss_roll),
        Toy("two_moons", _two_moons),
        *(dataclasses.replace(toy, name=f"gan_lab_{toy.name}") for toy in _GAN_LAB),
        *(dataclasses.replace(toy, name=f"unit_{toy.name}") for toy in _GAN_LAB),
        mixture("unit_eight", 0.5 + 0.35 * _CIRCLE, 0.02),
        mixture("unit_grid", [(x, y) for x in _FIFTHS for y in _FIFTHS], 0.02),
        Toy("unit_swiss_roll", _unit_swiss_roll),
    )
}
