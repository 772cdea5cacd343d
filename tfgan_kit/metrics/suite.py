"""The metrics by name. `evaluation.default_metrics` uses the same table."""

from tfgan_kit.metrics.class_agreement import ClassAgreement
from tfgan_kit.metrics.classes import Classes
from tfgan_kit.metrics.collapse import Collapse
from tfgan_kit.metrics.coverage import Coverage
from tfgan_kit.metrics.diversity import MsSsim
from tfgan_kit.metrics.frechet import Frechet
from tfgan_kit.metrics.inception_score import Score
from tfgan_kit.metrics.kernel import Kernel
from tfgan_kit.metrics.measures import Metric
from tfgan_kit.metrics.sliced import Sliced
from tfgan_kit.metrics.within_classes import ClassDiversity, ClassFrechet
from tfgan_kit.utils.registry import Registry

__all__ = ["METRICS", "get"]

# In the order of a report's rows.
METRICS = Registry(
    "metric",
    Metric,
    {
        "frechet": Frechet,
        "kernel": Kernel,
        "coverage": Coverage,
        "score": Score,
        "classes": Classes,
        "class_agreement": ClassAgreement,
        "class_frechet": ClassFrechet,
        "class_diversity": ClassDiversity,
        "collapse": Collapse,
        "sliced": Sliced,
        "ms_ssim": MsSsim,
    },
)


def get(identifier):
    """The metric for a name, or a `Metric` or function of two `Samples` itself."""
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    return METRICS.get(identifier)
