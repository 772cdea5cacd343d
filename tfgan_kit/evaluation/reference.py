"""What an evaluation needs: two sets of real images, and a feature extractor."""

import hashlib
import pathlib
import warnings

import keras
import numpy as np

from tfgan_kit.evaluation.classifier import Classifier, train_classifier
from tfgan_kit.metrics import extractors
from tfgan_kit.metrics.features import FeatureExtractor, extract
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean, first_line

__all__ = ["Pictures", "digests", "distinct", "get_extractor", "set_aside"]

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


class _Digest(FeatureExtractor):
    """128 bits of the SHA-256 of each image, as eight numbers."""

    def call(self, images):
        found = b"".join(hashlib.sha256(image.tobytes()).digest()[:16] for image in images)
        return np.frombuffer(found, "<u2").reshape(len(images), 8), None


def digests(images, cache_dir=None, advance=None):
    """A tuple of numbers for each image, the same for images with the same pixels."""
    folder = None if cache_dir is None else pathlib.Path(cache_dir) / "features"
    extractor = _Digest("digest", "sha256-1")
    found = extract(images, extractor, cache_dir=folder, advance=advance)
    return list(map(tuple, found.values))


def distinct(source, indices, cache_dir=None, advance=None):
    """The indices, in their order, without images that have the same pixels as an earlier one."""
    seen = digests(Pictures(source, indices), cache_dir, advance)
    first = {digest: place for place, digest in reversed(list(enumerate(seen)))}
    return indices[sorted(first.values())]


def set_aside(source, num, seed=0, cache_dir=None, advance=None):
    """Indices of two disjoint sets of different real images."""
    order = np.random.default_rng(seed).permutation(len(source))
    found, copies = distinct(source, order[: 2 * num], cache_dir, advance), 0
    if len(found) < min(2 * num, len(order)):
        found = distinct(source, order, cache_dir)
        copies = len(order) - len(found)
    num = min(num, len(found) // 2)
    if num < _FEWEST:
        raise InvalidArgument(
            f"`num` must be at least {_FEWEST}, and {source.name} must have {2 * _FEWEST} "
            "different images, since one half is compared with the other. "
            f"Received: {len(order)} images"
            f"{f', {copies} of them copies' if copies else ''}, {num} per set"
        )
    if copies:
        warnings.warn(
            f"{copies:,} of the {len(order):,} images of {source.name} are exact copies of others. "
            "Each image is counted once",
            stacklevel=3,
        )
    return found[:num], found[num : 2 * num]


def get_extractor(features, source, cache_dir, seed=0, on_step=None):
    """The requested extractor; a classifier is trained once and then cached."""
    if str(features).endswith(".keras"):
        return Classifier.load(features)
    if features == "auto":
        return _best_extractor(source, cache_dir, seed, on_step)
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


def _best_extractor(source, cache_dir, seed, on_step):
    """A classifier if there are labels, else Inception, else random features."""
    for name in ("inception",) if source.labels is None else ("classifier", "inception"):
        try:
            return get_extractor(name, source, cache_dir, seed, on_step)
        except InvalidArgument as error:
            reason = first_line(error)
    warnings.warn(
        "Random features are used: they compare generators on the same data, but do not measure "
        f"what images show. {reason}",
        stacklevel=2,
    )
    return extractors.get("random")


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
    # A copy in both parts would make the accuracy too high.
    chosen = distinct(source, chosen, cache_dir)
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
