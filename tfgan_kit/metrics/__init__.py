"""Metrics of generated images: feature extractors, and float64 functions of features."""

from tfgan_kit.metrics.class_agreement import ClassAgreement
from tfgan_kit.metrics.classes import Classes
from tfgan_kit.metrics.collapse import Collapse, CollapseDetector, Signals, diagnose, find_alarms
from tfgan_kit.metrics.coverage import (
    Coverage,
    density_coverage,
    manifold_metrics,
    precision_recall,
)
from tfgan_kit.metrics.diversity import MsSsim, ms_ssim_diversity
from tfgan_kit.metrics.extractors import Inception, ModelFeatures, Pixels, RandomFeatures
from tfgan_kit.metrics.features import FeatureExtractor, Features, extract
from tfgan_kit.metrics.frechet import Frechet, frechet_distance
from tfgan_kit.metrics.inception_score import Score, inception_score
from tfgan_kit.metrics.kernel import Kernel, kernel_distance
from tfgan_kit.metrics.measures import Measurement, Metric, Samples
from tfgan_kit.metrics.memorization import closest_pairs, memorization
from tfgan_kit.metrics.modes import Modes, assign_modes, mode_coverage, stacked_modes
from tfgan_kit.metrics.path_length import perceptual_path_length
from tfgan_kit.metrics.plane import grid_divergences
from tfgan_kit.metrics.sliced import Sliced, sliced_wasserstein
from tfgan_kit.metrics.statistics import GaussianStatistics
from tfgan_kit.metrics.within_classes import ClassDiversity, ClassFrechet

__all__ = [
    "ClassAgreement",
    "ClassDiversity",
    "ClassFrechet",
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
    "grid_divergences",
    "inception_score",
    "kernel_distance",
    "manifold_metrics",
    "memorization",
    "mode_coverage",
    "ms_ssim_diversity",
    "perceptual_path_length",
    "precision_recall",
    "sliced_wasserstein",
    "stacked_modes",
]
