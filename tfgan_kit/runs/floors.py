"""The best values that the metrics of a training can have."""

from tfgan_kit import callbacks, metrics
from tfgan_kit.callbacks.metric_monitor import take_real
from tfgan_kit.runs.training import MEASURED_SAMPLES, MONITORED_SAMPLES

__all__ = ["training_floors"]


def training_floors(run):
    """Dict of the metrics that a run's training logs, between two sets of real images.

    They have as many images as are measured in training; empty if the data has too few.
    """
    source, num = run.open_source().complete(), MEASURED_SAMPLES
    if len(source) < 2 * num:
        return {}
    monitor = callbacks.MetricMonitor(source, num_samples=num)
    images, _ = take_real(source, 2 * num, monitor.seed)
    halves = images[:num], images[num:]
    real, other = (metrics.Samples.of(each, monitor.extractor) for each in halves)
    measured = [*monitor.metrics, metrics.Collapse(MONITORED_SAMPLES)]
    return {name: each.value for metric in measured for name, each in metric(real, other).items()}
