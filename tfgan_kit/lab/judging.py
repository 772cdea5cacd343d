"""Real or fake: images to judge one at a time, and the answers."""

import datetime
import typing

import numpy as np

from tfgan_kit import latent, media
from tfgan_kit.evaluation import people
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import noise_length

__all__ = ["EXPOSURES", "KINDS", "Trial", "Trials", "Judging"]

KINDS = ("real", "generated")
# Milliseconds for which an image is shown; None for as long as one likes.
EXPOSURES = (125, 250, 500, 1000, 2000, None)


class Trial(typing.NamedTuple):
    """An image to judge, and what it is."""

    kind: str
    image: np.ndarray  # uint8, `(height, width, channels)`.
    number: int  # Of the real image in the run's data; of the generated one among those of `seed`.
    seed: int
    label: int | None = None


class Trials:
    """Real and generated images of a run, as many of each, in random order."""

    def __init__(self, run):
        self.step = run.generator_step
        self.generator, self.source = run.load_generator(), run.open_source().complete()
        self.num_classes, self.shares = None, run.config.data.get("class_shares")
        if len(self.generator.inputs) > 1:
            self.num_classes = run.num_classes(self.generator)

    def draw(self, num, seed):
        """`num` real and `num` generated trials; `run.generate(num, seed)` gives the latter."""
        random, num = np.random.default_rng(seed), min(num, len(self.source))
        chosen = random.permutation(len(self.source))[:num]
        labels = real_labels = [None] * num
        noise, asked = latent.sample(num, noise_length(self.generator), seed=seed), None
        if self.num_classes:
            asked = latent.sample_labels(num, self.num_classes, seed, self.shares)
            labels, real_labels = asked.tolist(), self.source.labels[chosen].tolist()
        made = media.to_uint8(latent.decode(self.generator, noise, asked))
        real = self.source.read(chosen)
        if real.shape[1:] != made.shape[1:]:
            raise InvalidArgument(
                "Real and generated images must have one shape. "
                f"Received: {real.shape[1:]} and {made.shape[1:]}"
            )
        trials = [
            *map(Trial, ["real"] * num, real, chosen.tolist(), [seed] * num, real_labels),
            *map(Trial, ["generated"] * num, made, range(num), [seed] * num, labels),
        ]
        return [trials[place] for place in random.permutation(len(trials))]


class Judging:
    """One person's answers about trials of the state at `step`, appended to a JSON Lines file."""

    def __init__(self, path, step):
        self.path, self.step = path, step
        self.records, self.trials, self.place = [], [], 0

    @property
    def trial(self):
        """The `Trial` to judge now, or None after the last one."""
        return self.trials[self.place] if self.place < len(self.trials) else None

    def start(self, trials):
        """Begin with other trials."""
        self.trials, self.place = trials, 0

    def answer(self, answer, exposure, seconds, shown=None, judge=""):
        """Keep an answer to the present trial, and go on to the next; returns the trial.

        The image was to be there for `exposure` milliseconds, was there for `shown`, and the
        answer came after `seconds`.
        """
        if answer not in KINDS or self.trial is None:
            raise InvalidArgument(f"`answer` must be one of {KINDS}. Received: {answer!r}")
        trial = self.trial
        record = {
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "judge": judge,
            "step": self.step,
            "kind": trial.kind,
            "number": trial.number,
            "seed": trial.seed,
            "label": trial.label,
            "exposure": exposure,
            "shown": shown,
            "answer": answer,
            "seconds": seconds,
        }
        people.append(self.path, record)
        self.records.append(record)
        self.place += 1
        return trial
