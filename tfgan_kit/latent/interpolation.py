"""Paths through the latent space."""

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_bool, check_choice, check_integer

__all__ = ["interpolate"]

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
    check_choice("method", method, ("spherical", "linear"))
    ends = np.concatenate([points, points[:1]]) if check_bool("closed", closed) else points
    flat = ends.reshape(len(ends), -1).astype("float64")
    shares = _linear if method == "linear" else _spherical
    times = np.arange(num)[:, None] / num
    walks = [shares(a, b, times) @ np.stack([a, b]) for a, b in zip(flat, flat[1:], strict=False)]
    walk = np.concatenate([*walks, flat[-1:]]).reshape(-1, *points.shape[1:]).astype("float32")
    walk[::num] = ends
    return walk


def _linear(first, second, times):
    """The shares of both ends at each time."""
    return np.concatenate([1 - times, times], axis=1)


def _spherical(first, second, times):
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    if not all(lengths):
        return _linear(first, second, times)
    first, second = first / lengths[0], second / lengths[1]
    # The arc cosine of the product would lose half the digits of a small angle.
    angle = 2 * np.arctan2(np.linalg.norm(first - second), np.linalg.norm(first + second))
    if np.sin(angle) < _SMALLEST_SINE:
        return _linear(first, second, times)
    return np.sin(_linear(first, second, times) * angle) / np.sin(angle)
