"""A generator of a run or an exported file, opened for the latent tools and the lab."""

import functools
import pathlib
import typing

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit import latent, media, runtime
from tfgan_kit.latent.styles import has_styles, without_clusters
from tfgan_kit.layers import DrawCluster
from tfgan_kit.runs.directory import Run
from tfgan_kit.runtime.loading import is_run, open_file
from tfgan_kit.runtime.manifest import Manifest
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import noise_length, with_labels
from tfgan_kit.utils.labels import attributes_of, of_images
from tfgan_kit.utils.streams import quiet

__all__ = ["Explorer", "Plane", "find_generators"]

_DIRECTIONS = 6
_SAMPLES = 2000
_BATCH_SIZE = 64


class Plane(typing.NamedTuple):
    """A plane through three points: `weights` make shares of them of `[1, x, y]`.

    If there are `lengths`, noise gets that share of them as its length.
    """

    points: np.ndarray
    labels: np.ndarray | None
    weights: np.ndarray
    lengths: np.ndarray | None = None


class Explorer:
    """A generator of a run or of an exported file, and what can be done with it.

    A point is a vector: the noise, and behind it, if the generator has styles, what is added to
    the style of every layer. The path is that of a run, an exported file or a folder with one.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.model = self.style_shape = None
        if is_run(self.path):
            self._open_run(Run(self.path))
        else:
            self._open_file()
        if len(self.image_shape) != 3 or self.image_shape[-1] not in (1, 3):
            raise InvalidArgument(
                f"{path} does not make images, but arrays of shape {self.image_shape}"
            )
        if self.model is not None:
            self._from_noise = _decoder(self.model)
        self.attributes = attributes_of(self.class_names) if self.num_classes else {}
        if self.model is not None and has_styles(self.model):
            mapping, synthesis = latent.style_networks(self.model)
            self._to_styles, self._from_styles = _decoder(mapping), _decoder(synthesis)
            self._mean = without_clusters(self.model)[0].get_layer("mix_styles").mean.numpy()
            self.style_shape = mapping.output_shape[1:]
        self.truncation, self._directions = 1.0, {}
        self.lacks = self._find_lacks()

    def _open_run(self, run):
        self.model = run.load_generator()
        self.latent_dim = noise_length(self.model)
        self.image_shape = self.model.output_shape[1:]
        self.num_classes = self.class_limit = run.num_classes(self.model)
        self.class_names = run.config.data.get("class_names")
        self.class_shares = run.config.data.get("class_shares")
        self.format = "keras"

    def _open_file(self):
        beside = self.path / "generator.keras"
        path = beside if beside.is_file() else self.path
        # Keras files are read in safe mode, and need no process of their own as others do.
        opened = open_file(path) if path.suffix == ".keras" else runtime.load(path)
        if opened.label_shape is not None and opened.num_classes is None:
            _name_classes(opened, path)
        if opened.label_shape is not None and opened.class_limit is None:
            raise InvalidArgument(
                f"{path} takes labels that are not class numbers: of shape {opened.label_shape} "
                f"and dtype {opened.label_dtype}"
            )
        self.model, self._from_noise = getattr(opened, "model", None), opened.run
        for name in ("latent_dim", "image_shape", "num_classes", "class_limit", "class_names"):
            setattr(self, name, getattr(opened, name))
        self.class_shares, self.format = opened.class_shares, opened.format
        with quiet():  # LiteRT writes messages when a file is first run.
            self._from_noise(self.sample(1, 0), self.labels(1))

    def _find_lacks(self):
        """Why something cannot be done, by its name."""
        lacks = {}
        if self.model is None:
            lacks["directions"] = (
                "Directions come from the weights of a Keras model, and this file is "
                f"{self.format}. Open the run, or its generator.keras."
            )
        else:
            try:
                latent.factorize(self.model, 1)
            except InvalidArgument as error:
                lacks["directions"] = f"There are no directions: {error}."
        if self.style_shape is None:
            lacks["styles"] = "Truncation, mixed styles and walks in w need a generator with "
            lacks["styles"] += (
                "styles, such as the recipe stylegan trains."
                if self.model is not None
                else f"styles as a Keras model, and this file is {self.format}."
            )
        return lacks

    @functools.cached_property
    def discriminator(self):
        """That of a run's latest state, which an exported file does not have: None."""
        try:
            return Run(self.path).load_gan().discriminator if is_run(self.path) else None
        except InvalidArgument:
            return None

    def searched(self):
        """The generator that a search is for, and its number of classes or clusters, or None."""
        inner, _ = without_clusters(self.model)
        if inner is self.model:
            return self.model, self.class_limit
        (draw,) = (each for each in self.model.layers if isinstance(each, DrawCluster))
        return inner, len(draw.shares)

    def labels(self, num, label=None, seed=0):
        """Of one class, of values of attributes such as `{"hair": "black"}`, or drawn if None."""
        if self.class_limit is None:
            return None
        if label is None and self.num_classes:
            return latent.sample_labels(num, self.num_classes, seed, self.class_shares)
        known = self.class_limit, self.class_names, seed, self.class_shares
        return np.array(of_images(num, label or 0, *known))

    def sample(self, num, seed):
        """Points of random noise."""
        return self.points(latent.sample(num, self.latent_dim, seed))

    def points(self, noise):
        """Points of given noise."""
        added = self.style_shape[1] if self.style_shape else 0
        return np.pad(noise, ((0, 0), (0, added)))

    @functools.cached_property
    def _halves(self):
        """The model from labels to their embedding, and the function from that; or two Nones."""
        try:
            first = self.model if self.style_shape is None else latent.style_networks(self.model)[0]
            embed, rest = latent.label_networks(first)
        except InvalidArgument:
            return None, None
        return embed, _decoder(rest)

    def _first(self, noise, labels):
        """Images of noise, or styles if there are any; labels may be embedded already."""
        if np.ndim(labels) == 2:
            return self._halves[1](noise, labels)
        return (self._from_noise if self.style_shape is None else self._to_styles)(noise, labels)

    def styles(self, points, labels):
        """Truncated, then moved."""
        found = self._first(points[:, : self.latent_dim], labels)
        found = self._mean + self.truncation * (found - self._mean)
        return found + points[:, None, self.latent_dim :]

    def images(self, points, labels):
        """uint8 images of points."""
        if self.style_shape is not None:
            return media.to_uint8(self._from_styles(self.styles(points, labels)))
        return media.to_uint8(self._first(points, labels))

    def run(self, noise, labels=None):
        """Images in [-1, 1] of noise, as those of an exported generator."""
        return self._from_noise(noise, labels)

    def directions(self, method, num=None):
        """Directions found by `"SeFa"` or `"PCA"`, as long as the spread of samples along them."""
        if (method, num) not in self._directions:
            self._directions[method, num] = self._find_directions(method, num)
        return self._directions[method, num]

    def _find_directions(self, method, num):
        length = self.style_shape[1] if self.style_shape else max(1, self.latent_dim - 1)
        num = num or min(_DIRECTIONS, length)
        if method == "SeFa":
            found = latent.factorize(self.model, num)
        else:
            found = latent.principal(self.model, num, _SAMPLES, self.labels(_SAMPLES))
        return self._as_long_as_samples(found)

    def directions_to(self, measure):
        """What `measure(images, labels)` finds of samples, and `latent.supervised` of that."""
        points, labels = self.sample(_SAMPLES, 0), self.labels(_SAMPLES)
        values = measure(self.images(points, labels), labels)
        places = self._sampled_styles() if self.style_shape else points
        drawn = self.model is not None and without_clusters(self.model)[0] is not self.model
        if drawn and not self.style_shape:
            places = places * (np.arange(self.latent_dim) < self.latent_dim - 1)
        return values, self._as_long_as_samples(latent.supervised(places, values))

    def direction_of(self, examples, others=None, optimizer=None):
        """From the mean of other images, or of samples, to that of examples: both are inverted."""
        generator, num_classes = self.searched()
        space = "w" if self.style_shape else "z"

        def latents(images):
            settings = {"num_classes": num_classes, "space": space, "optimizer": optimizer}
            return latent.invert(generator, images, **settings).latents

        if others is not None:
            against = latents(others)
        elif self.style_shape:
            against = self._sampled_styles()
        else:
            against = self.sample(_SAMPLES, 0)[:, : noise_length(generator)]
        towards = latents(examples)
        values = np.arange(len(towards) + len(against)) < len(towards)
        points = np.concatenate([towards, against])
        found = latent.supervised(points, values.astype(int), "means")[1:]
        if not self.style_shape:  # The number that draws a cluster stays.
            found = np.pad(found, ((0, 0), (0, self.latent_dim - found.shape[1])))
        return self._as_long_as_samples(found)

    def _as_long_as_samples(self, found):
        if self.style_shape is None:
            return found
        found = found * (self._sampled_styles() @ found.T).std(axis=0)[:, None]
        return np.pad(found, ((0, 0), (self.latent_dim, 0)))

    def _sampled_styles(self):
        noise = self.sample(_SAMPLES, 0)[:, : self.latent_dim]
        return self._to_styles(noise, self.labels(_SAMPLES))[:, 0]

    def plane_of_directions(self, point, label, first, second):
        """Through a point along two directions."""
        points = np.stack([point, first, second])
        return Plane(points, _thrice(label), np.eye(3))

    def random_plane(self, point, label, seed):
        """Through a point towards two others; noise keeps its length."""
        # Of a stream of their own: with the samples' the point might be one of them.
        others = latent.normal((2, self.latent_dim), (seed, 2)).numpy()
        points = np.concatenate([point[None], self.points(others)])
        lengths = np.array([np.linalg.norm(point[: self.latent_dim]), 0, 0])
        return Plane(points, _thrice(label), np.diag([1, 1 / 3, 1 / 3]), lengths)

    def plane_through(self, points, labels):
        """Through three points, which are at (-1.5, -1.5), (1.5, -1.5) and (-1.5, 1.5)."""
        weights = np.array([[0, 0.5, 0.5], [-1 / 3, 1 / 3, 0], [-1 / 3, 0, 1 / 3]])
        return Plane(points, labels, weights, np.linalg.norm(points[:, : self.latent_dim], axis=1))

    def at(self, plane, places):
        """Points and labels at `(num, 2)` places of a plane."""
        weights = np.column_stack([np.ones(len(places)), places]) @ plane.weights
        points = weights @ plane.points
        if plane.lengths is not None:
            noise = points[:, : self.latent_dim]
            found = np.linalg.norm(noise, axis=1)
            noise *= (np.abs(weights @ plane.lengths) / np.maximum(found, 1e-6))[:, None]
        labels = plane.labels
        return points.astype("float32"), None if labels is None else labels[weights.argmax(axis=1)]

    def walk(self, points, labels, steps, method, closed):
        """Images between points: `"spherical"` or `"linear"`, or straight between `"styles"`."""
        if method == "styles":
            styles = latent.interpolate(self.styles(points, labels), steps, "linear", closed)
            return media.to_uint8(self._from_styles(styles))
        walk = latent.interpolate(points[:, : self.latent_dim], steps, method, closed)
        if self.style_shape:
            added = latent.interpolate(points[:, self.latent_dim :], steps, "linear", closed)
            walk = np.concatenate([walk, added], axis=1)
        return self.images(walk, self._labels_between(labels, steps, closed))

    def _labels_between(self, labels, steps, closed):
        """Embedded, on a straight line; those of the nearer point if they cannot be embedded."""
        if labels is None:
            return None
        if np.ptp(labels) and self._halves[0] is not None:
            embedded = latent.decode(self._halves[0], labels)
            return latent.interpolate(embedded, steps, "linear", closed)
        times = np.arange(steps * (len(labels) - 1 + closed) + 1) / steps
        return labels[np.rint(times).astype(int) % len(labels)]

    def mix(self, points, labels, cutoff):
        """Images of every pair: coarse layers of the row's point, fine ones of the column's."""
        styles = self.styles(points, labels)
        return media.to_uint8(latent.mix_styles(self.model, styles, styles, cutoff))


def find_generators(path):
    """Paths by name of the runs and exported generators in a folder, in `runs` and `saved_models`.

    If the path itself is one, it comes first, and the others of its folder follow.
    """
    given = pathlib.Path(path)
    itself = given.is_file() or _has_generator(given)
    folders = [given.parent] if itself else [given, given / "runs", given / "saved_models"]
    found = [given] if itself else []
    for folder in folders:
        for each in sorted(folder.glob("*/")):
            if not _has_generator(each):
                continue
            found.append(each)
            if not is_run(each):
                names = (entry.name for entry in Manifest.find(each).entries)
                found += [each / name for name in names if (each / name).is_file()]
    return {str(each): each for each in found}


def _has_generator(path):
    return any((path / name).is_file() for name in ("generator.keras", "export.json"))


def _decoder(model):
    """`latent.decode` of a model, but compiled at once: few images are wanted, many times."""
    specs = [tf.TensorSpec((None, *each.shape[1:]), each.dtype) for each in model.inputs]
    structure = with_labels(model, 0, 0 if len(specs) > 1 else None)

    @tf.function(input_signature=specs, autograph=False)
    def call(*inputs):
        return model(keras.tree.pack_sequence_as(structure, inputs), training=False)

    def decode(data, labels=None):
        batches = []
        for start in range(0, len(data), _BATCH_SIZE):
            chosen = slice(start, start + _BATCH_SIZE)
            inputs = with_labels(model, data[chosen], None if labels is None else labels[chosen])
            flat = zip(keras.tree.flatten(inputs), specs, strict=True)
            try:
                batches.append(call(*(tf.cast(each, spec.dtype) for each, spec in flat)))
            except tf.errors.InvalidArgumentError as error:
                raise InvalidArgument(
                    "The generator failed on a label, which must be one of its classes. "
                    f"Received: {labels.max()}"
                ) from error
        return np.concatenate(batches)

    return decode


def _name_classes(opened, path):
    """Give a Keras model the classes of an export of it beside it."""
    for entry in Manifest.find(path).entries:
        if entry.num_classes and entry.latent_dim == opened.latent_dim:
            opened.num_classes, opened.class_names = entry.num_classes, entry.class_names
            opened.class_shares = entry.class_shares
            return


def _thrice(label):
    return None if label is None else np.full(3, label)
