"""Put a generated piece into an image."""

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve

__all__ = ["feathered", "poisson"]

_FEATHER = 1.5


def poisson(image, generated, mask):
    """The generated pixels in the hole, shifted smoothly so that they meet the image at its edge.

    In the hole the differences between neighbours are the generated ones; at its edge and outside
    the pixels are the image's own.

    Args:
        image: Float array `(height, width, channels)` in [-1, 1].
        generated: Float array of that shape.
        mask: Boolean array `(height, width)`, true in the hole.

    Returns:
        A float32 NumPy array of the same shape, clipped to [-1, 1].

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent

    mask = np.zeros((8, 8), bool)
    mask[2:6, 2:6] = True
    image, generated = np.full((8, 8, 1), 0.5), np.zeros((8, 8, 1))
    latent.poisson(image, generated, mask).min()  # 0.5
    ```

    Reference: Pérez et al., 2003, https://doi.org/10.1145/882262.882269.
    """
    height, width = mask.shape
    number = np.cumsum(mask).reshape(mask.shape) - 1
    rows, columns = np.nonzero(mask)
    own, difference = number[rows, columns], np.asarray(image, "float64") - generated
    degrees, edge = np.zeros(len(own)), np.zeros((len(own), image.shape[-1]))
    pairs = []
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        beside = rows + down, columns + right
        there = (beside[0] >= 0) & (beside[0] < height) & (beside[1] >= 0) & (beside[1] < width)
        degrees += there
        beside = np.where(there, beside, 0)
        unknown = there & mask[beside[0], beside[1]]
        known = there & ~unknown
        pairs.append((own[unknown], number[beside[0], beside[1]][unknown]))
        edge[known] += difference[beside[0], beside[1]][known]
    first, second = np.concatenate(pairs, axis=1)
    laplacian = sparse.diags(degrees) - sparse.coo_array(
        (np.ones(len(first)), (first, second)), (len(own), len(own))
    )
    shift = spsolve(laplacian.tocsc(), edge).reshape(edge.shape)
    blended = np.array(image, "float32")
    blended[mask] = np.clip(generated[mask] + shift, -1, 1)
    return blended


def feathered(image, generated, mask):
    """The generated pixels in the hole, which fade into the image around it.

    Args:
        image: As for `poisson`.
        generated: As for `poisson`.
        mask: As for `poisson`.

    Returns:
        A float32 NumPy array of the same shape. Pixels within about three of the hole change.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent

    mask = np.zeros((8, 8), bool)
    mask[:, 4:] = True
    latent.feathered(np.ones((8, 8, 1)), np.zeros((8, 8, 1)), mask)[0, :, 0]  # 1 falls to 0
    ```
    """
    share = np.maximum(2 * ndimage.gaussian_filter(mask.astype("float64"), _FEATHER), 0)
    share = np.where(mask, 1, np.clip(share, 0, 1))[..., None]
    return (share * generated + (1 - share) * image).astype("float32")
