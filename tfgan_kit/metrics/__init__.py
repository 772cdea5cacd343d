"""Metrics that say how good a generator is, and the protocol that they were measured by."""

from tfgan_kit.metrics.collapse import CollapseDetector, Signals, diagnose, find_alarms
from tfgan_kit.metrics.coverage import density_coverage, manifold_metrics, precision_recall
from tfgan_kit.metrics.distances import frechet_distance, inception_score, kernel_distance
from tfgan_kit.metrics.diversity import ms_ssim_diversity
from tfgan_kit.metrics.extractors import Inception, ModelFeatures, Pixels, RandomFeatures
from tfgan_kit.metrics.feature_metrics import Coverage, Frechet, Kernel, Score
from tfgan_kit.metrics.features import FeatureExtractor, Features, extract
from tfgan_kit.metrics.measures import Measurement, Metric, Samples
from tfgan_kit.metrics.memorization import closest_pairs, memorization
from tfgan_kit.metrics.modes import assign_modes, mode_coverage, stacked_modes
from tfgan_kit.metrics.sample_metrics import Classes, Collapse, Modes, MsSsim, Sliced
from tfgan_kit.metrics.sliced import sliced_wasserstein
from tfgan_kit.metrics.statistics import GaussianStatistics

__all__ = [
    "Classes",
    "Collapse",
    "CollapseDetector",
    "Coverage",
    "FeatureExtractor",
    "Features",
    "Frechet",
    "GaussianStatistics",
    "Inception",
    "Kernel",
    "Measurement",
    "Metric",
    "ModelFeatures",
    "Modes",
    "MsSsim",
    "Pixels",
    "RandomFeatures",
    "Samples",
    "Score",
    "Signals",
    "Sliced",
    "assign_modes",
    "closest_pairs",
    "density_coverage",
    "diagnose",
    "extract",
    "find_alarms",
    "frechet_distance",
    "inception_score",
    "kernel_distance",
    "manifold_metrics",
    "memorization",
    "mode_coverage",
    "ms_ssim_diversity",
    "precision_recall",
    "sliced_wasserstein",
    "stacked_modes",
]
