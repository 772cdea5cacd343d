"""`Judge`: one protocol for any number of generators."""

import warnings

import numpy as np

from tfgan_kit import latent, metrics
from tfgan_kit.evaluation.reference import Pictures, get_extractor, set_aside
from tfgan_kit.evaluation.report import default_metrics, evaluate
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import cache_path
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["Judge"]

_MAX_TRAINING_IMAGES = 60_000
_JUDGE_STEPS = 2000
_BATCH = 256
_KNOWN_SHARE = 0.01


class Judge:
    """One protocol for any number of runs: the same real images, extractor, N and seed.

    Args:
        source: A `tfgan_kit.data.Source`, the real images.
        features: As for `evaluate`. Defaults to `"auto"`.
        num: Integer, 50 or more, samples of each set. Defaults to 10,000.
        seed: Integer in [0, 2**31). Defaults to 0.
        cache_dir: String or `os.PathLike`, or None for the user's cache. Defaults
            to None.
        console: A `rich.console.Console` for progress bars, or None for standard
            error. Defaults to None.

    Raises:
        InvalidArgument: If the source has too few images, or lacks what the
            extractor needs.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import data, evaluation

    source = data.open_source("digits")
    judge = evaluation.Judge(source, features="random", num=200, cache_dir="cache")
    generator, _ = tfgan_kit.models.dcgan(latent_dim=8)
    judge.judge(generator).values["precision"]
    ```
    """

    def __init__(self, source, features="auto", num=10_000, seed=0, cache_dir=None, console=None):
        self.source = source
        self.seed = check_seed(seed)
        self.cache_dir = cache_path(cache_dir)
        self.console = console
        self.reference = set_aside(source, check_integer("num", num, 1), self.seed)
        with self._bar("Training the judge", _JUDGE_STEPS) as advance:
            self.extractor = get_extractor(features, source, self.cache_dir, self.seed, advance)
        self.real = self._samples(self.reference.real, "Real images")
        self.floor = self._samples(self.reference.floor, "Other real images")

    @property
    def num(self):
        """Integer, samples of each set."""
        return len(self.real)

    @property
    def protocol(self):
        """Dict of what the numbers depend on besides the generator."""
        return {
            "data": self.source.name,
            "data_fingerprint": self.source.fingerprint,
            "extractor_note": self.extractor.note,
            "extractor_accuracy": getattr(self.extractor, "accuracy", None),
        }

    def judge(self, generator, training=None, heldout=False):
        """Judge one generator.

        Args:
            generator: A Keras model from noise to images of the source's shape.
            training: A `tfgan_kit.data.Source`, what it was trained on, to look
                for copies; or None. At most 60,000 of its images are compared.
                Defaults to None.
            heldout: Boolean, whether the judge's own images were kept out of the
                training, so that copies show against them. Defaults to False:
                the training images themselves stand in.

        Returns:
            An `evaluation.Report`; the samples that it is about are in `last_samples`.

        Raises:
            InvalidArgument: If the generator makes another shape of image.
        """
        shape = tuple(generator.output_shape[1:])
        if shape != self.source.image_shape:
            raise InvalidArgument(
                f"The generator makes images of shape {shape}, and {self.source.name} has "
                f"{self.source.image_shape}; they cannot be compared"
            )
        noise = latent.sample(self.num, generator.input_shape[-1], seed=self.seed)
        with self._bar("Generating", self.num) as advance:
            batches = []
            for start in range(0, self.num, _BATCH):
                samples = latent.decode(generator, noise[start : start + _BATCH], batch_size=_BATCH)
                batches.append(images.to_uint8(samples))
                advance(len(batches[-1]))
        fake = self._extract(np.concatenate(batches), "Samples")
        train = None if training is None else self._training_features(training)
        suite = default_metrics(self.seed)
        with self._bar("Measuring", 2 * len(suite)) as advance:
            watched = [_Counted(metric, advance) for metric in suite]
            report = evaluate(
                self.real,
                self.floor,
                fake,
                watched,
                train,
                self.real.features.values if heldout else None,
                self.protocol,
                self.seed,
            )
        self.last_samples = fake
        return report

    def is_heldout(self, training):
        """Whether the judge's real images were kept out of a training set.

        Args:
            training: A `tfgan_kit.data.Source`.

        Returns:
            Boolean: whether at most 1 % of them are training images, pixel by
            pixel, since large sets hold a few pictures twice. A warning says
            where more are.
        """
        if self.source.fingerprint == training.fingerprint:
            return False
        if self.source.image_shape != training.image_shape:
            return True
        own = {image.tobytes() for image in self.real.images}
        everything = Pictures(training, np.arange(len(training)))
        known = set()
        for start in range(0, len(training), _BATCH):
            block = everything[start : start + _BATCH]
            known.update(own.intersection(image.tobytes() for image in block))
        if len(known) > _KNOWN_SHARE * len(own):
            warnings.warn(
                f"{len(known)} of the {len(own)} different images of {self.source.name} are "
                "training images, so that they are not taken for held-out ones",
                stacklevel=3,
            )
            return False
        return True

    def _samples(self, indices, name):
        return self._extract(Pictures(self.source, indices)[:], name)

    def _extract(self, pixels, name):
        with self._bar(name, len(pixels)) as advance:
            watched = _Watched(pixels, advance)
            features = metrics.extract(watched, self.extractor, _BATCH, self.cache_dir / "features")
        extractor = self.extractor
        return metrics.Samples(pixels, features, extractor.name, extractor.fingerprint)

    def _training_features(self, training):
        order = np.random.default_rng(self.seed).permutation(len(training))
        self.training_indices = np.sort(order[:_MAX_TRAINING_IMAGES])
        with self._bar("Training images", len(self.training_indices)) as advance:
            pixels = Pictures(training, self.training_indices, advance)
            folder = self.cache_dir / "features"
            return metrics.extract(pixels, self.extractor, _BATCH, folder).values

    def _bar(self, name, total):
        return progress_bar(name, total, self.console)


class _Watched:
    """Images that tell a progress bar when they are looked at."""

    def __init__(self, pixels, advance):
        self._pixels, self._advance = pixels, advance

    @property
    def content_hash(self):
        return metrics.features.hash_arrays([self._pixels])

    def __len__(self):
        return len(self._pixels)

    def __getitem__(self, chosen):
        self._advance(len(self._pixels[chosen]))
        return self._pixels[chosen]


class _Counted:
    """A metric that tells a progress bar when it is done."""

    def __init__(self, metric, advance):
        self._metric, self._advance = metric, advance

    def __call__(self, real, fake):
        found = self._metric(real, fake)
        self._advance()
        return found
