"""What a judgement needs: real images that are set aside, and an extractor that knows them."""

import dataclasses
import hashlib

import keras
import numpy as np

from tfgan_kit.evaluation.classifier import Classifier, train_classifier
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["Pictures", "Reference", "get_extractor", "set_aside"]

FEATURES = ("auto", "classifier", "inception", "random", "pixels")
_FEWEST = 50
_MAX_TRAINING_BYTES = 2**30


class Pictures:
    """Images of a source by number, read as they are asked for."""

    def __init__(self, source, indices, on_read=None):
        self.source = source
        self.indices = indices
        self.on_read = on_read

    @property
    def content_hash(self):
        """String that changes with the images."""
        digest = hashlib.sha256(str(self.source.fingerprint).encode())
        digest.update(np.ascontiguousarray(self.indices, dtype="int64"))
        return digest.hexdigest()

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, chosen):
        images = self.source.read(self.indices[chosen])
        if self.on_read is not None:
            self.on_read(len(images))
        return images


@dataclasses.dataclass(frozen=True, eq=False)
class Reference:
    """Which images of a source a generator is compared with."""

    source: object
    real: np.ndarray
    floor: np.ndarray


def set_aside(source, num, seed=0):
    """Choose two sets of real images that share none."""
    num = min(num, len(source) // 2)
    if num < _FEWEST:
        raise InvalidArgument(
            f"`num` must be {_FEWEST} or more, and the data twice as many images: a number from "
            f"fewer says nothing. Received: {len(source)} images, {num} a set"
        )
    order = np.random.default_rng(seed).permutation(len(source))
    return Reference(source, order[:num], order[num : 2 * num])


def get_extractor(features, source, cache_dir, seed=0, on_step=None):
    """The extractor that was asked for; a classifier is trained once and kept."""
    if str(features).endswith(".keras"):
        return Classifier.load(features)
    if features not in FEATURES:
        raise InvalidArgument(
            f"`features` must be one of {', '.join(FEATURES)} or a classifier's .keras file. "
            f"Received: {features!r}" + did_you_mean(features, FEATURES)
        )
    if features == "auto":
        features = "inception" if source.labels is None else "classifier"
    if features != "classifier":
        return extractors.get(features)
    if source.labels is None:
        raise InvalidArgument(
            f"`features` 'classifier' needs labelled images, and {source.name} has no labels; "
            "choose 'inception', 'random' or 'pixels', or give a classifier's .keras file"
        )
    return _classifier(source, cache_dir, seed, on_step)


def _classifier(source, cache_dir, seed, on_step):
    key = hashlib.sha256(f"{source.fingerprint} {source.image_shape} {seed} 1".encode())
    path = cache_dir / "classifiers" / f"{key.hexdigest()[:32]}.keras"
    if path.exists():
        try:
            return Classifier.load(path)
        except InvalidArgument:
            path.unlink()  # Half a file of another version: trained anew.
    chosen = np.arange(len(source))
    most = _MAX_TRAINING_BYTES // int(np.prod(source.image_shape))
    if len(chosen) > most:
        chosen = np.sort(np.random.default_rng(seed).permutation(chosen)[:most])
    steps = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: on_step())
    try:
        classifier = train_classifier(
            source.read(chosen),
            source.labels[chosen],
            seed=seed,
            callbacks=[] if on_step is None else [steps],
        )
    except InvalidArgument as error:
        raise InvalidArgument(
            f"No classifier can be trained on {source.name}: {error}. Choose other `features`: "
            "inception, random or pixels"
        ) from error
    classifier.save(path)
    return classifier
