"""What a training step is made of: updates, critique, average, replay, optimizers, precision."""

from tfgan_kit.training.adam import ScheduledAdam
from tfgan_kit.training.critique import Critique
from tfgan_kit.training.ema import ExponentialMovingAverage
from tfgan_kit.training.replay import ReplayBuffer
from tfgan_kit.training.updates import Alternating, Simultaneous

__all__ = [
    "Alternating",
    "Critique",
    "ExponentialMovingAverage",
    "ReplayBuffer",
    "ScheduledAdam",
    "Simultaneous",
]
