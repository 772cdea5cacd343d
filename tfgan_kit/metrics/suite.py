"""The metrics by name."""

from tfgan_kit.metrics.feature_metrics import Coverage, Frechet, Kernel, Score
from tfgan_kit.metrics.sample_metrics import Classes, Collapse, MsSsim, Sliced
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["get"]

_METRICS = {
    "frechet": Frechet,
    "kernel": Kernel,
    "coverage": Coverage,
    "score": Score,
    "classes": Classes,
    "collapse": Collapse,
    "sliced": Sliced,
    "ms_ssim": MsSsim,
}


def get(identifier):
    """The metric of a name, or the object itself.

    Args:
        identifier: `"frechet"`, `"kernel"`, `"coverage"`, `"score"`,
            `"classes"`, `"collapse"`, `"sliced"`, `"ms_ssim"`, or a callable
            such as a `Metric`.

    Returns:
        A callable from two `Samples` to a dict of `Measurement`s.

    Raises:
        InvalidArgument: If the name is not known.

    Example:

    ```python
    from tfgan_kit.metrics import suite

    suite.get("frechet")  # Frechet(num_bootstrap=0, seed=0)
    ```
    """
    if isinstance(identifier, str) and identifier in _METRICS:
        return _METRICS[identifier]()
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    raise InvalidArgument(
        f"`metric` must be one of {', '.join(_METRICS)} or a Metric. "
        f"Received: metric={identifier!r}" + did_you_mean(identifier, _METRICS)
    )
