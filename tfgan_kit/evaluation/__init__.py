"""Evaluation of generators: reports of metrics, their protocol, a verdict and pictures."""

from tfgan_kit.evaluation.augmentation import Augmentation, train_with
from tfgan_kit.evaluation.class_accuracy import ClassAccuracy
from tfgan_kit.evaluation.classifier import Classifier, train_classifier
from tfgan_kit.evaluation.filters import Agreement, Novelty, RejectionSampling
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.evaluation.report import Report, Row, default_metrics, evaluate
from tfgan_kit.evaluation.verdict import Finding, find_verdict

__all__ = [
    "Agreement",
    "Augmentation",
    "ClassAccuracy",
    "Classifier",
    "Finding",
    "Judge",
    "Novelty",
    "RejectionSampling",
    "Report",
    "Row",
    "default_metrics",
    "evaluate",
    "find_verdict",
    "train_with",
    "train_classifier",
]
