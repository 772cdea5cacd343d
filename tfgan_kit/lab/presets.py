"""Configurations of the playground that show something, some of them already trained."""

import dataclasses
import pathlib

from tfgan_kit.lab.settings import Settings

__all__ = ["PRESETS", "Preset"]

_STARTS = pathlib.Path(__file__).parent / "starts"
_ITERATIONS = 10_000


@dataclasses.dataclass(frozen=True)
class Preset:
    """A configuration of the playground, and what there is to see in it."""

    title: str
    text: str
    settings: dict
    trained: bool = False

    @property
    def name(self):
        """The title as a file name."""
        return self.title.lower().replace(" ", "_").replace(",", "")

    @property
    def start(self):
        """The bytes of the trained GAN, or None."""
        return (_STARTS / f"{self.name}.keras").read_bytes() if self.trained else None

    def make(self):
        """The preset's `Settings`."""
        return Settings(**self.settings)


def _both(optimizer, rate):
    roles = ("generator", "discriminator")
    return {
        **{f"{role}_optimizer": optimizer for role in roles},
        **{f"{role}_rate": rate for role in roles},
    }


_WIDE = {"generator_units": 64, "discriminator_units": 64}
_WINS = {
    "data": "eight",
    "loss": "minimax",
    "generator_optimizer": "sgd",
    "generator_rate": 0.1,
    "discriminator_optimizer": "rmsprop",
    "discriminator_rate": 0.01,
    "discriminator_steps": 5,
}
_AWAY = {
    "data": "disjoint",
    "loss": "wasserstein",
    "generator_optimizer": "sgd",
    "generator_rate": 0.003,
    "discriminator_optimizer": "sgd",
    "discriminator_rate": 0.01,
}
_R1 = {"penalties": ["r1"], "penalty_weight": 0.1}
_ROLL = {"data": "swiss_roll", "average": True, **_WIDE}
_GRID = {
    "data": "grid",
    "loss": "relativistic_pairing",
    "penalties": ["r1", "r2"],
    "penalty_weight": 0.03,
    **_WIDE,
}
PRESETS = (
    Preset("Begin here", "A ring. Press Play and watch the orange points find the blue ones.", {}),
    Preset(
        "Mode collapse",
        "The generator jumps between the eight clusters and never has more than one or two. "
        "Next: its cure.",
        {"data": "eight", **_both("adam_momentum", 0.003)},
    ),
    Preset(
        "Cure of mode collapse",
        "The same with Adam without momentum (beta_1 = 0): all eight clusters, soon.",
        {"data": "eight", **_both("adam", 0.003)},
    ),
    Preset(
        "Oscillation",
        "With momentum the points run around the ring: each network answers what the other did "
        "some time ago. The cure is the first preset.",
        _both("adam_momentum", 0.001),
    ),
    Preset(
        "The discriminator wins",
        "It is right nearly always, and the minimax loss then has almost no gradient: look how few "
        "clusters are found. Next: its cure.",
        _WINS,
    ),
    Preset(
        "Cure by R1",
        "The same with a penalty on the discriminator's slope at real points: all eight clusters.",
        {**_WINS, **_R1},
    ),
    Preset(
        "Losses run away",
        "Wasserstein's loss without a limit on the discriminator's slope: good for some thousand "
        "iterations, then all is lost. Next: its cure.",
        _AWAY,
    ),
    Preset("Cure by a penalty", "The same with R1: it stays.", {**_AWAY, **_R1}),
    Preset(
        "WGAN-GP",
        "Five discriminator steps for each of the generator, and a gradient penalty.",
        {
            "data": "eight",
            "loss": "wasserstein",
            "penalties": ["wgan_gp"],
            "penalty_weight": 0.1,
            "discriminator_steps": 5,
        },
    ),
    Preset("25 modes", "The loss of R3GAN with R1 and R2 finds all of the grid.", _GRID),
    Preset("25 modes, trained", "The same after 10,000 iterations.", _GRID, trained=True),
    Preset(
        "Swiss roll, trained",
        "After 10,000 iterations; the average of the weights is shown, which is much calmer.",
        _ROLL,
        trained=True,
    ),
    Preset(
        "With labels",
        "Each colour is a class that both networks are given: no cluster can be forgotten.",
        {"data": "eight", "conditional": True},
    ),
    Preset(
        "A line of noise",
        "The noise is one number: the generator bends a line until it lies on the ring.",
        {"noise_dim": 1, "noise": "uniform"},
    ),
    Preset(
        "As in GAN Lab",
        "Its networks, optimizers and data: small, plain gradient descent.",
        {
            "data": "gaussians",
            "generator_optimizer": "sgd",
            "generator_rate": 0.03,
            "discriminator_optimizer": "sgd",
            "discriminator_rate": 0.1,
            "discriminator_steps": 2,
            "generator_units": 14,
            "discriminator_units": 14,
            "activation": "relu",
            "noise": "uniform",
        },
    ),
)


def main():
    """Train and write the files of `starts/`: `python -m tfgan_kit.lab.presets`."""
    from tfgan_kit.lab.experiment import Experiment

    for preset in PRESETS:
        if preset.trained:
            experiment = Experiment(preset.make())
            experiment.train(_ITERATIONS)
            path = _STARTS / f"{preset.name}.keras"
            path.write_bytes(experiment.save())
            view = experiment.view()
            print(
                f"{path.name}: JS {view.js:.3f}, {view.modes} modes, {path.stat().st_size:,} bytes"
            )


if __name__ == "__main__":
    main()
