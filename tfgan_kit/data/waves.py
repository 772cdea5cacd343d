"""The waves that repeat in a texture, found in the spectrum of its crops."""

import numpy as np

from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["find_waves"]

_NUM_IMAGES = 256
# In periods per image: the first is no period yet, and short waves are harmonics of longer ones.
_LONGEST, _SHARE_OF_SHORTEST = 2, 1 / 4
# As a share of the strongest's power.
_FAINTEST = 0.25
# Two waves at less than this angle are one and its harmonic, or its neighbour.
_COSINE = np.cos(np.pi / 6)


def find_waves(source, num=2, threshold=5.0):
    """Find the waves that repeat in a texture, such as the courses of bricks in a wall.

    The power of a wave is compared with the median of all waves of its length. In a texture without
    direction or period they are all alike: the gravel of scikit-image has 1.6 times the median at
    most, grass 2.1, bricks 185.

    Args:
        source: A `Source` of square images, such as the crops of one picture.
        num: Positive integer, the most waves; each is at 30 degrees or more to all others.
            Defaults to 2.
        threshold: Float of at least 1, the power of a wave relative to the median of its length.
            Defaults to 5.

    Returns:
        A list of up to `num` pairs of floats, periods per pixel down and to the right, the most
        powerful wave first.

    Raises:
        InvalidArgument: If `num` or `threshold` is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import data

    rows = np.sin(np.arange(64) * 2 * np.pi / 8)[None, :, None] * np.ones((50, 1, 64))
    data.find_waves(data.open_source(rows.astype("float32")))  # [(0.125, 0.0)]
    ```
    """
    check_integer("num", num, 1)
    check_number("threshold", threshold, minimum=1)
    side = source.image_shape[0]
    images = source.read(np.arange(min(_NUM_IMAGES, len(source)))).mean(axis=-1)
    images = images - images.mean(axis=(1, 2), keepdims=True)
    window = np.hanning(side + 1)[:-1]
    power = (np.abs(np.fft.fft2(images * np.outer(window, window))) ** 2).mean(axis=0)
    waves = np.stack(np.meshgrid(*[np.fft.fftfreq(side)] * 2, indexing="ij"), axis=-1)
    rings = np.rint(side * np.linalg.norm(waves, axis=-1)).astype(int)
    medians = np.array([np.median(power[rings == ring]) for ring in range(rings.max() + 1)])
    is_periodic = power > threshold * medians[rings]
    is_periodic &= (rings >= _LONGEST) & (rings <= _SHARE_OF_SHORTEST * side)
    is_periodic &= power > _FAINTEST * power.max(where=rings >= _LONGEST, initial=0)
    # A wave and its opposite are the same.
    is_periodic &= (waves @ [1, 1e-3]) > 0
    candidates = waves[is_periodic][np.argsort(-power[is_periodic])]
    found = []
    for wave in candidates:
        directions = np.array([other / np.linalg.norm(other) for other in found]).reshape(-1, 2)
        if (np.abs(directions @ wave) < _COSINE * np.linalg.norm(wave)).all():
            found.append(wave)
    return [_refined(wave, waves, power) for wave in found[:num]]


def _refined(wave, waves, power):
    """The centre of the power around a wave, which has no whole number of periods in an image."""
    near = np.abs(waves - wave).max(axis=-1) < 1.5 / len(waves)
    return tuple((power[near] @ waves[near] / power[near].sum()).round(5).tolist())
