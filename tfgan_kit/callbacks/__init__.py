"""Keras callbacks that record a training, measure the generator and protect the weights."""

from tfgan_kit.callbacks.collapse_monitor import CollapseMonitor
from tfgan_kit.callbacks.divergence_guard import DivergenceGuard, TrainingDiverged
from tfgan_kit.callbacks.loss_plot import LossPlot
from tfgan_kit.callbacks.metric_monitor import MetricMonitor
from tfgan_kit.callbacks.metrics_log import MetricsLog, read_metrics
from tfgan_kit.callbacks.progress import Progress
from tfgan_kit.callbacks.run_checkpoint import RunCheckpoint
from tfgan_kit.callbacks.sample_grid import SampleGrid
from tfgan_kit.callbacks.training_gif import TrainingGIF

__all__ = [
    "CollapseMonitor",
    "DivergenceGuard",
    "LossPlot",
    "MetricMonitor",
    "MetricsLog",
    "Progress",
    "RunCheckpoint",
    "SampleGrid",
    "TrainingDiverged",
    "TrainingGIF",
    "read_metrics",
]
