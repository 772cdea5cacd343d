"""`Judge`: one evaluation protocol for any number of generators."""

import warnings

import numpy as np

from tfgan_kit import latent, metrics
from tfgan_kit.evaluation import class_accuracy, classifier
from tfgan_kit.evaluation.reference import Pictures, digests, distinct, get_extractor, set_aside
from tfgan_kit.evaluation.report import default_metrics, evaluate
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import cache_path
from tfgan_kit.utils.inputs import noise_length
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["Judge"]

_MAX_TRAINING_IMAGES = 60_000
_BATCH = 256
_KNOWN_SHARE = 0.01


class Judge:
    """Evaluates generators with the same real images, extractor, number of samples and seed.

    Args:
        source: A `tfgan_kit.data.Source`, the real images.
        features: `"auto"` (`"classifier"` if the data has labels, otherwise `"inception"`),
            `"classifier"`, the name of an extractor, or the path of a classifier's `.keras` file.
            With a classifier, one more is trained on the images of each conditional generator: see
            `ClassAccuracy`. Defaults to `"auto"`.
        num: Integer, at least 50, samples per set. Half of the images are the reference for the
            other half, so that it is at most that. Defaults to 10,000.
        seed: Integer in [0, 2**31). Defaults to 0.
        cache_dir: String or `os.PathLike`, or None for the user's cache. Defaults to None.
        console: A `rich.console.Console` for progress bars, or None for standard error. Defaults
            to None.

    Raises:
        InvalidArgument: If the source has too few images, or lacks labels for a classifier.

    Example:
    ```python
    from tfgan_kit import data, evaluation, models
    source = data.open_source("digits")
    judge = evaluation.Judge(source, features="random", num=200, cache_dir="cache")
    generator, _ = models.dcgan(latent_dim=8)
    judge.judge(generator).values["precision"]
    ```
    """

    def __init__(self, source, features="auto", num=10_000, seed=0, cache_dir=None, console=None):
        self.source = source
        self.seed = check_seed(seed)
        self.cache_dir = cache_path(cache_dir)
        self.console = console
        num = check_integer("num", num, 1)
        with self._bar("Finding copies", min(2 * num, len(source))) as advance:
            real, floor = set_aside(source, num, self.seed, self.cache_dir, advance)
        with self._bar("Training classifier", classifier.STEPS) as advance:
            self.extractor = get_extractor(features, source, self.cache_dir, self.seed, advance)
        self.real = self._real_samples(real, "Real images")
        self.floor = self._real_samples(floor, "Other real images")

    def judge(self, generator, training=None, heldout=False, num_classes=None):
        """Evaluate one generator; its `Samples` are kept as `last_samples`.

        Args:
            generator: A Keras model from noise, or from `[noise, labels]`, to images.
            training: The `tfgan_kit.data.Source` that it was trained on, to search for copies; at
                most 60,000 images are used. Defaults to None: no search.
            heldout: Boolean, whether the judge's own images were not used for training; copies are
                then measured against them. Defaults to False.
            num_classes: Positive integer for a conditional generator, whose labels are drawn by
                their shares among the real images; or None. Defaults to None.

        Returns:
            A `Report`.
        """
        self._check_shape("generator", tuple(generator.output_shape[1:]))
        labels, num_inputs = None, len(generator.inputs)
        if num_inputs != (1 if num_classes is None else 2):
            raise InvalidArgument(
                "`num_classes` must be given for a conditional generator, and only for one. "
                f"Received: num_classes={num_classes}, a generator with {num_inputs} inputs"
            )
        if num_classes is not None:
            labels = self.draw_labels(num_classes)
        return self.judge_images(self._generate(generator, labels), labels, training, heldout)

    def draw_labels(self, num_classes):
        """Labels for as many images as `judge.real`, each by its share among the real images.

        Args:
            num_classes: Positive integer, number of classes of the generator.

        Returns:
            An int32 array; with equal shares if the source has no labels below `num_classes`.
        """
        known = np.zeros(0, int) if self.source.labels is None else self.source.labels
        shares = np.bincount(known, minlength=num_classes)[:num_classes]
        shares = shares if shares.any() else None
        return latent.sample_labels(len(self.real), num_classes, self.seed, shares)

    def judge_images(self, pixels, labels=None, training=None, heldout=False):
        """Evaluate generated images; they are kept as `last_samples`.

        Args:
            pixels: uint8 array `(num, height, width, channels)`, as many as `judge.real`.
            labels: Integer array `(num,)`, the classes they were generated for. Defaults to None.
            training: As for `judge`. Defaults to None.
            heldout: As for `judge`. Defaults to False.

        Returns:
            A `Report`.
        """
        self._check_shape("pixels", pixels.shape[1:])
        fake = self._samples(pixels, labels, "Generated images")
        train = None if training is None else self._training_features(training)
        suite = default_metrics(self.seed)
        # Who chose other features than a classifier's does not wait for two more of them.
        trains = labels is not None and self.extractor.classes is not None
        total = len(suite) + trains * (1 + 2 * class_accuracy.STEPS)
        with self._bar("Metrics", total) as advance:
            if trains:
                folder = self.cache_dir / "classifiers"
                suite.append(class_accuracy.ClassAccuracy(None, self.seed, folder, advance))
            report = evaluate(
                self.real,
                self.floor,
                fake,
                _each(suite, advance),
                train,
                self.real.features.values if heldout else None,
                {
                    "data": self.source.name,
                    "data_notes": self.source.notes,
                    "data_fingerprint": self.source.fingerprint,
                    "extractor_note": self.extractor.note,
                    "extractor_accuracy": getattr(self.extractor, "accuracy", None),
                },
                self.seed,
            )
        self.last_samples = fake
        return report

    def _check_shape(self, name, shape):
        if shape != self.source.image_shape:
            raise InvalidArgument(
                f"`{name}` must have images of shape {self.source.image_shape}, as in "
                f"{self.source.name}. Received: images of shape {shape}"
            )

    def is_heldout(self, training):
        """Whether the judge's real images were not used for training, with a warning if they were.

        At most 1 % of them may be equal to an image of `training`, a `Source`.
        """
        if self.source.fingerprint == training.fingerprint:
            return False
        if self.source.image_shape != training.image_shape:
            return True
        own = set(digests(self.real.images))
        everything = Pictures(training, np.arange(len(training)))
        with self._bar("Finding copies", len(everything)) as advance:
            known = own.intersection(digests(everything, self.cache_dir, advance))
        if len(known) > _KNOWN_SHARE * len(own):
            warnings.warn(
                f"{len(known)} of the {len(own)} different images of {self.source.name} are "
                "training images, so that they are not used as held-out images",
                stacklevel=3,
            )
            return False
        return True

    def _generate(self, generator, labels):
        noise = latent.sample(len(self.real), noise_length(generator), seed=self.seed)
        batches = []
        with self._bar("Generating", len(noise)) as advance:
            for start in range(0, len(noise), _BATCH):
                rows = slice(start, start + _BATCH)
                chosen = None if labels is None else labels[rows]
                made = latent.decode(generator, noise[rows], chosen, batch_size=_BATCH)
                batches.append(images.to_uint8(made))
                advance(len(made))
        return np.concatenate(batches)

    def _real_samples(self, indices, name):
        labels = None if self.source.labels is None else self.source.labels[indices]
        return self._samples(Pictures(self.source, indices)[:], labels, name)

    def _samples(self, pixels, labels, name):
        extractor, features = self.extractor, self._extract(pixels, name)
        return metrics.Samples(
            pixels,
            features,
            extractor.name,
            extractor.fingerprint,
            labels,
            extractor.classes,
            self.source.class_names,
        )

    def _extract(self, pixels, name):
        folder = self.cache_dir / "features"
        with self._bar(name, len(pixels)) as advance:
            return metrics.extract(pixels, self.extractor, _BATCH, folder, advance)

    def _training_features(self, training):
        order = np.random.default_rng(self.seed).permutation(len(training))
        chosen = np.sort(order[:_MAX_TRAINING_IMAGES])
        # Copies among them would hide copies among generated images.
        self.training_indices = distinct(training, chosen, self.cache_dir)
        return self._extract(Pictures(training, self.training_indices), "Training images").values

    def _bar(self, name, total):
        return progress_bar(name, total, self.console)


def _each(items, advance):
    """Yield items, and call `advance` after each."""
    for item in items:
        yield item
        advance()
