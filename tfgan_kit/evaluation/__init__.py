"""Evaluation of generators: reports of metrics, their protocol, a verdict and pictures."""

from tfgan_kit.evaluation.class_accuracy import ClassAccuracy
from tfgan_kit.evaluation.classifier import Classifier, train_classifier
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.evaluation.report import Report, Row, default_metrics, evaluate
from tfgan_kit.evaluation.verdict import Finding, find_verdict

__all__ = [
    "ClassAccuracy",
    "Classifier",
    "Finding",
    "Judge",
    "Report",
    "Row",
    "default_metrics",
    "evaluate",
    "find_verdict",
    "train_classifier",
]
