"""What an evaluation needs: two sets of real images, and a feature extractor."""

import hashlib

import keras
import numpy as np

from tfgan_kit.evaluation.classifier import Classifier, train_classifier
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = ["Pictures", "get_extractor", "set_aside"]

_FEWEST = 50
_MAX_TRAINING_BYTES = 2**30


class Pictures:
    """Images of a source with the given indices, read on demand."""

    def __init__(self, source, indices):
        self.source = source
        self.indices = indices

    @property
    def content_hash(self):
        digest = hashlib.sha256(str(self.source.fingerprint).encode())
        digest.update(np.ascontiguousarray(self.indices, dtype="int64"))
        return digest.hexdigest()

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, chosen):
        return self.source.read(self.indices[chosen])


def set_aside(source, num, seed=0):
    """Indices of two disjoint sets of real images."""
    num = min(num, len(source) // 2)
    if num < _FEWEST:
        raise InvalidArgument(
            f"`num` must be at least {_FEWEST}, and the data must have twice as many images. "
            f"Received: {len(source)} images, {num} per set"
        )
    order = np.random.default_rng(seed).permutation(len(source))
    return order[:num], order[num : 2 * num]


def get_extractor(features, source, cache_dir, seed=0, on_step=None):
    """The requested extractor; a classifier is trained once and then cached."""
    if str(features).endswith(".keras"):
        return Classifier.load(features)
    if features == "auto":
        features = "inception" if source.labels is None else "classifier"
    if features in extractors.EXTRACTORS.table:
        return extractors.get(features)
    if features != "classifier":
        names = ("auto", "classifier", *extractors.EXTRACTORS.table)
        raise InvalidArgument(
            f"`features` must be one of {', '.join(names)}, or the path of a classifier's .keras "
            f"file. Received: features={features!r}" + did_you_mean(features, names)
        )
    if source.labels is None:
        raise InvalidArgument(
            f"`features` 'classifier' needs labelled images, but {source.name} has no labels; "
            "use 'inception', 'random', 'pixels', or the path of a classifier's .keras file"
        )
    return _classifier(source, cache_dir, seed, on_step)


def _classifier(source, cache_dir, seed, on_step):
    key = hashlib.sha256(f"{source.fingerprint} {source.image_shape} {seed} 1".encode())
    path = cache_dir / "classifiers" / f"{key.hexdigest()[:32]}.keras"
    if path.exists():
        try:
            return Classifier.load(path)
        except InvalidArgument:
            path.unlink()  # A damaged file, or one of another version: train again.
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
            f"Cannot train a classifier on {source.name}: {error}. Use other `features`: "
            "inception, random or pixels"
        ) from error
    classifier.save(path)
    return classifier
