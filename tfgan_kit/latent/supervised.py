"""Directions in the latent space along which a given quantity, or a class, changes."""

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_choice

__all__ = ["supervised"]


def supervised(points, values, method="regression"):
    """The directions along which measured quantities grow, or in which classes lie.

    Draw noise or styles, make images, and measure or classify those: what came of each vector says
    which way to go for more of it. It needs no generator.

    Args:
        points: Float array `(num, length)`, noise or styles.
        values: Float array `(num,)` or `(num, k)`, quantities of the images, such as their
            brightness; or integer array `(num,)` of class numbers, at least two of them.
        method: `"regression"`, linear for quantities and logistic for classes: what other
            quantities change with the given one does not count. Or `"means"`, the vectors of more
            of it less those of less; for a class its mean less that of all others, which needs
            fewer vectors. Defaults to `"regression"`.

    Returns:
        A float32 NumPy array `(k, length)` of vectors of length 1, one for each quantity, or for
        each class in the order of their numbers. Zeros for a quantity that does not change.

    Raises:
        InvalidArgument: If the shapes do not fit, or there is one class.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    noise = latent.sample(500, latent_dim=8, seed=0)
    brightness = latent.decode(generator, noise).mean(axis=(1, 2, 3))
    (brighter,) = latent.supervised(noise, brightness)
    latent.decode(generator, noise[:4] + 3 * brighter).shape  # (4, 16, 16, 1)
    ```

    Reference: Shen et al., 2020, https://arxiv.org/abs/1907.10786; the means: Radford et al.,
    2016, https://arxiv.org/abs/1511.06434, figure 7.
    """
    points, values = np.asarray(points, "float64"), np.asarray(values)
    check_choice("method", method, ("regression", "means"))
    if points.ndim != 2 or len(points) < 2 or values.ndim not in (1, 2):
        raise InvalidArgument(
            "`points` must have shape (num, length) with num at least 2, and `values` (num,) or "
            f"(num, k). Received: shapes {points.shape} and {values.shape}"
        )
    if len(values) != len(points):
        raise InvalidArgument(
            f"`values` must be as many as the {len(points)} points. Received: {len(values)}"
        )
    classes = values.ndim == 1 and values.dtype.kind in "iu"
    if classes and np.ptp(values) == 0:
        raise InvalidArgument(
            f"`values` must be of at least two classes. Received: class {values[0]} alone"
        )
    if classes and method == "regression":
        found = LogisticRegression(max_iter=1000).fit(points, values).coef_
        found = np.concatenate([-found, found]) if len(found) == 1 else found
    else:
        columns = (
            (values[:, None] == np.unique(values)) if classes else values.reshape(len(values), -1)
        )
        columns = columns - columns.mean(axis=0)
        centred = points - points.mean(axis=0)
        found = columns.T @ centred
        if method == "regression":
            found = LinearRegression(fit_intercept=False).fit(centred, columns).coef_
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return (found / np.maximum(lengths, 1e-12)).astype("float32")
