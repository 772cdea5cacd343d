"""Pixels as features."""

from tfgan_kit.metrics.features import FeatureExtractor

__all__ = ["Pixels"]


class Pixels(FeatureExtractor):
    """Pixels in [0, 1], or the coordinates of points unchanged.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    metrics.Pixels()(np.full((2, 8, 8, 1), 255, "uint8")).values.max()  # 1.0
    ```
    """

    def __init__(self):
        super().__init__("pixels", "pixels-1", "distances between raw pixels or coordinates")

    def call(self, images):
        flat = images.reshape(len(images), -1)
        return (flat / 255.0 if images.ndim == 4 else flat), None
