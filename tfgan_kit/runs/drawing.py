"""Generated images that pass filters, as many of each class as are wanted, in rounds."""

import functools
import pathlib
import warnings

import numpy as np

from tfgan_kit import evaluation
from tfgan_kit.evaluation import classifier
from tfgan_kit.evaluation.reference import get_extractor
from tfgan_kit.runs.directory import Run
from tfgan_kit.runs.explorer import Explorer
from tfgan_kit.runtime.loading import is_run
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import cache_path
from tfgan_kit.utils.labels import in_equal_parts
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_bool, check_integer, check_number

__all__ = ["MOST", "Drawing", "Maker"]

MOST = 1_000_000
_ROUND, _ROUND_NUMBERS = 1024, 2**24
_FIRST = 512
# A class of which fewer than one in 50 images passes, of this many, is given up.
_PATIENCE, _FEWEST_SHARE = 1000, 0.02


class Drawing:
    """Generated images that pass all filters: as many of each class as are wanted.

    What a round draws depends on the seed and on the `state` before it alone.
    """

    def __init__(self, make, wanted, filters, seed=0, most=_ROUND):
        self.make, self.wanted, self.filters = make, np.array(wanted), filters
        self.seed, self.most = seed, most
        zeros = [0] * len(self.wanted)
        refused = {each.name: 0 for each in filters}
        self.state = {"rounds": 0, "drawn": zeros, "passed": zeros, "kept": zeros}
        self.state["refused"] = refused

    def rounds(self):
        """Yield uint8 images, their labels and their numbers within their class, from 1."""
        while (missing := self.wanted - self.state["kept"]).any():
            labels, seed = self._next_labels(missing)
            images, drawn, refused = self.make(labels, seed), labels, dict(self.state["refused"])
            for each in self.filters:
                if not len(images):
                    break
                passes = each(images, labels)
                refused[each.name] += int(np.sum(~passes))
                images, labels = images[passes], labels[passes]
            order = np.argsort(labels, kind="stable")
            ranks = np.empty(len(labels), int)
            ranks[order] = np.arange(len(order)) - np.searchsorted(labels[order], labels[order])
            few = ranks < missing[labels]
            numbers = ranks + np.array(self.state["kept"])[labels] + 1
            self._count(drawn, labels, labels[few], refused)
            yield images[few], labels[few], numbers[few]
            self._check()

    def _next_labels(self, missing):
        state = self.state
        random = np.random.default_rng([self.seed, state["rounds"]])
        share = (sum(state["passed"]) + 1) / (sum(state["drawn"]) + 1)
        num = int(np.clip(1.2 * missing.sum() / share, min(32, self.most), self.most))
        labels = random.permutation(np.repeat(np.arange(len(missing)), missing))
        return np.resize(labels, num), int(random.integers(2**31))

    def _count(self, drawn, passed, kept, refused):
        self.state = {"rounds": self.state["rounds"] + 1, "refused": refused} | {
            name: (self.state[name] + np.bincount(labels, minlength=len(self.wanted))).tolist()
            for name, labels in {"drawn": drawn, "passed": passed, "kept": kept}.items()
        }

    def _check(self):
        """Give up if nearly nothing of a class passes."""
        drawn, passed = (np.array(self.state[name]) for name in ("drawn", "passed"))
        rare = (drawn >= _PATIENCE) & (passed < _FEWEST_SHARE * drawn)
        rare &= self.wanted > self.state["kept"]
        if rare.any():
            label = int(np.argmax(rare))
            refused = ", ".join(f"{name} {num:,}" for name, num in self.state["refused"].items())
            raise InvalidArgument(
                f"Only {passed[label]} of {drawn[label]:,} images of class {label} passed the "
                f"filters (refused of {drawn.sum():,} in all: {refused}). Train longer, or leave a "
                "filter out: --keep 1, --no-agreement, --no-novelty"
            )


class Maker:
    """A run's or a file's generator, and the filters that can be applied to its images."""

    def __init__(self, path, keep, agreement, novelty, seed, cache_dir, console):
        self.keep = check_number("keep", keep, above=0, maximum=1)
        self.agreement = check_bool("agreement", agreement)
        self.novelty = check_bool("novelty", novelty)
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        self.path, self.console, self.cache_dir = path, console, cache_path(cache_dir)
        self.explorer = Explorer(path)
        self.takes_labels = self.explorer.class_limit is not None
        self.left_out = {}

    @functools.cached_property
    def run(self):
        if not is_run(pathlib.Path(self.path)):
            raise InvalidArgument(
                f"{self.path} is an exported file, without a discriminator and training images. "
                "Give the run"
            )
        return Run(self.path)

    @functools.cached_property
    def training(self):
        return self.run.open_source().complete()

    def make(self, labels, seed):
        """uint8 images of classes."""
        points = self.explorer.sample(len(labels), seed)
        return self.explorer.images(points, labels.astype("int32") if self.takes_labels else None)

    def wanted(self, num, balance, label=None):
        """How many images of each class are wanted."""
        check_integer("num", num, 1, MOST)
        opened = self.explorer
        if check_bool("balance", balance) and not self.takes_labels:
            raise InvalidArgument(
                "`balance` (--balance) needs a generator that takes labels, and that of "
                f"{self.path} takes none. Leave it out"
            )
        if balance and label:
            raise InvalidArgument(
                "`balance` (--balance) must be left out with `label` (--label), whose classes get "
                f"equal parts. Received: label={label!r}"
            )
        if label:
            known = opened.class_names, self.seed, opened.class_shares
            labels = in_equal_parts(label, num, opened.class_limit, *known)
        elif not self.takes_labels:
            labels = np.zeros(num, int)
        elif not opened.num_classes:
            raise InvalidArgument(
                f"`label` (--label) must be given, since {self.path} does not say how many classes "
                "it has"
            )
        elif balance:
            shares = opened.class_shares or [1] * opened.num_classes
            # What has no training image was not learnt.
            labels = np.resize(np.flatnonzero(shares), num)
        else:
            labels = opened.labels(num, None, self.seed)
        return np.bincount(labels, minlength=opened.num_classes or 1)

    def drawing(self, wanted):
        """A `Drawing` with the filters that are on and can be applied."""
        most = max(1, min(_ROUND, _ROUND_NUMBERS // int(np.prod(self.explorer.image_shape))))
        builders = {
            "discriminator": self.keep < 1 and (lambda: self._sampling(wanted, most)),
            "agreement": self.agreement and self._agreement,
            "novelty": self.novelty and self._novelty,
        }
        filters = []
        for name, build in builders.items():
            try:
                filters += [build()] if build else []
            except InvalidArgument as error:
                self.left_out[name] = str(error)
        for why in dict.fromkeys(self.left_out.values()):
            names = ", ".join(name for name, each in self.left_out.items() if each == why)
            warnings.warn(f"Filters that are not applied: {names}. {why}", stacklevel=3)
        return Drawing(self.make, wanted, filters, self.seed, most)

    def _sampling(self, wanted, most):
        gan = self.run.load_gan()
        if gan.clusters is not None:
            raise InvalidArgument(
                "The discriminator judges an image and its cluster, which the generator draws"
            )
        random = np.random.default_rng([self.seed, 2**31])
        labels = random.choice(len(wanted), min(_FIRST, 8 * most), p=wanted / wanted.sum())
        images = self.make(labels, int(random.integers(2**31)))
        labels = labels if self.takes_labels else None
        return evaluation.RejectionSampling(gan, images, labels, self.keep)

    def _agreement(self):
        options = self.training, self.cache_dir, 0
        if not self.takes_labels:
            raise InvalidArgument("The generator takes no labels")
        with progress_bar("Training classifier", classifier.STEPS, self.console) as advance:
            return evaluation.Agreement(get_extractor("classifier", *options, advance))

    def _novelty(self):
        with progress_bar("Reading images", len(self.training), self.console) as advance:
            options = {"cache_dir": self.cache_dir, "advance": advance}
            return evaluation.Novelty(self.training, **options)

    def draw(self, drawing):
        """The rounds of a drawing, with a progress bar."""
        done = sum(drawing.state["kept"])
        with progress_bar("Images", int(drawing.wanted.sum()), self.console) as advance:
            advance(done)
            for images, labels, numbers in drawing.rounds():
                yield images, labels, numbers
                advance(len(images))
