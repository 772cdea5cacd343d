"""Paths through the latent space."""

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_bool, check_choice, check_integer

__all__ = ["between", "interpolate"]

# Below it the great circle is a straight line to float32, or, between opposite vectors, not known.
_SMALLEST_SINE = 1e-6


def interpolate(points, num, method="spherical", closed=False):
    """Walk through noise vectors, or styles, in equal steps from each to the next.

    Between `a` and `b` a spherical walk is at `(sin((1 - t) W) a + sin(t W) b) / sin W`, where `W`
    is the angle between them. Normal noise has nearly the same length everywhere: this walk keeps
    it, while the middle of a straight line is 0.7 times as long, which generators do not know.
    Styles are not normal; for them the straight line is usual. Nearly parallel or opposite vectors
    and zeros are joined by a straight line.

    It needs no generator: `latent.decode`, or an exported generator's `run`, turns the walk into
    images.

    Args:
        points: Float array `(k, ...)` of at least two vectors, such as noise `(k, latent_dim)` or
            styles `(k, num_layers, style_dim)`.
        num: Positive integer, steps from each point to the next.
        method: `"spherical"` or `"linear"`. Defaults to `"spherical"`.
        closed: Boolean, whether the walk returns to the first point. Defaults to False.

    Returns:
        A float32 NumPy array `(num * (k - 1) + 1, ...)`, or `(num * k + 1, ...)` if closed: every
        `num`-th vector is a point, exactly.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import latent

    latent.interpolate(latent.sample(3, latent_dim=8, seed=0), num=10).shape  # (21, 8)
    ```

    Reference: Shoemake, 1985, https://doi.org/10.1145/325165.325242; White, 2016,
    https://arxiv.org/abs/1609.04468.
    """
    points = np.asarray(points, "float32")
    if points.ndim < 2 or len(points) < 2 or not np.isfinite(points).all():
        raise InvalidArgument(
            "`points` must be finite, of shape (k, ...) with k at least 2. "
            f"Received: shape {points.shape}"
        )
    check_integer("num", num, 1)
    ends = np.concatenate([points, points[:1]]) if check_bool("closed", closed) else points
    first, second = ends[:-1].repeat(num, axis=0), ends[1:].repeat(num, axis=0)
    times = np.tile(np.arange(num) / num, len(ends) - 1)
    walk = np.concatenate([between(first, second, times, method), ends[-1:]])
    walk[::num] = ends
    return walk


def between(first, second, times, method="spherical"):
    """Points on the ways from each of some vectors to another, at a time of each.

    Args:
        first: Float array `(num, ...)`, noise or styles, where the ways begin.
        second: Float array of the same shape, where they end.
        times: Float array `(num,)`: 0 at the beginning, 1 at the end.
        method: As for `interpolate`. Defaults to `"spherical"`.

    Returns:
        A float32 NumPy array of the shape of `first`.

    Raises:
        InvalidArgument: If the shapes differ, or there is no such method.

    Example:

    ```python
    from tfgan_kit import latent

    noise = latent.sample(6, latent_dim=8, seed=0)
    latent.between(noise[:3], noise[3:], [0, 0.5, 1]).shape  # (3, 8)
    ```
    """
    first, second = np.asarray(first, "float64"), np.asarray(second, "float64")
    times = np.asarray(times, "float64")
    if first.shape != second.shape or first.ndim < 2 or times.shape != first.shape[:1]:
        raise InvalidArgument(
            "`first` and `second` must have one shape (num, ...), and `times` shape (num,). "
            f"Received: shapes {first.shape}, {second.shape} and {times.shape}"
        )
    check_choice("method", method, ("spherical", "linear"))
    flat = first.reshape(len(first), -1), second.reshape(len(first), -1)
    shares = np.stack([1 - times, times], axis=1)
    if method == "spherical":
        shares = _on_great_circles(*flat, shares)
    found = shares[:, :1] * flat[0] + shares[:, 1:] * flat[1]
    return found.reshape(first.shape).astype("float32")


def _on_great_circles(first, second, shares):
    """The shares of both ends on a great circle; those of a straight line where there is none."""
    lengths = [np.linalg.norm(each, axis=1, keepdims=True) for each in (first, second)]
    first, second = (
        each / np.maximum(length, 1e-300)
        for each, length in zip((first, second), lengths, strict=True)
    )
    # The arc cosine of the product would lose half the digits of a small angle.
    angle = 2 * np.arctan2(
        np.linalg.norm(first - second, axis=1, keepdims=True),
        np.linalg.norm(first + second, axis=1, keepdims=True),
    )
    turns = (np.sin(angle) >= _SMALLEST_SINE) & (lengths[0] > 0) & (lengths[1] > 0)
    angle = np.where(turns, angle, 1)
    return np.where(turns, np.sin(shares * angle) / np.sin(angle), shares)
