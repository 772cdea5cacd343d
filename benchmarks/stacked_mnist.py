"""Modes of 1,000 and KL on Stacked-MNIST, as training goes on: an r3gan-style recipe and others.

    python benchmarks/stacked_mnist.py mnist_train.npz [--minutes 30] [--sides r3gan non_saturating]

Three digits in the colour channels of a 28×28 image make 1,000 classes. All sides
have the same networks; they differ in loss, penalties and optimizers. Every
`--every` steps 25,600 samples (26 a class, as in the papers) are drawn from the
average and their channels classified by a classifier trained on the real digits.
The clock counts training alone. A side that reaches 990 modes and a KL below 0.2 may
stop there (`--stop`), and the next one gets the same time. It can be stopped and
started again: what is done is kept in `--work`.
"""

import dataclasses
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


from tfgan_kit import recipes
from tfgan_kit.ema import ExponentialMovingAverage

NUM = 25_600
SHAPE = (28, 28, 3)
GOAL = {"modes": 990, "kl": 0.2}

BASE = dataclasses.replace(
    recipes.get("r3gan"),
    batch_size=128,
    learning_rate=5e-4,
    beta_2=0.99,
    ema=ExponentialMovingAverage(half_life=5_000),
    model_arguments={"width": 24, "blocks": 1},
)
SIDES = {
    "r3gan": dataclasses.replace(BASE, penalties=[{"R1": 1.0}, {"R2": 1.0}]),
    "non_saturating": dataclasses.replace(BASE, loss="non_saturating", penalties=[], batch_size=64),
}
