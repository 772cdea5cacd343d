"""What a training step is made of: batch, updates, critique, average, replay, schedules."""

from tfgan_kit.training import augment
from tfgan_kit.training.adam import PerVariableAdam, ScheduledAdam
from tfgan_kit.training.batch import Batch
from tfgan_kit.training.critique import Critique
from tfgan_kit.training.ema import ExponentialMovingAverage
from tfgan_kit.training.progressive import Progressive
from tfgan_kit.training.replay import ReplayBuffer
from tfgan_kit.training.schedules import ImageSchedule
from tfgan_kit.training.updates import Alternating, Outcome, Simultaneous, Updates

__all__ = [
    "Alternating",
    "Batch",
    "Critique",
    "ExponentialMovingAverage",
    "ImageSchedule",
    "Outcome",
    "PerVariableAdam",
    "Progressive",
    "ReplayBuffer",
    "ScheduledAdam",
    "Simultaneous",
    "Updates",
    "augment",
]
