"""What a run is conditioned on: the labels of its images, clusters found in them, or nothing."""

import contextlib
import warnings
import zipfile
import zlib

import numpy as np

from tfgan_kit import data
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.text import count, in_list

__all__ = [
    *("choose", "describe", "describe_rows", "describe_shares", "find", "load", "save"),
    *("shares_of", "warn_of_few"),
]

# Clusters helped with 200, 1,797 and 60,000 grey images of digits, and harmed with 10,000 colour
# photographs (CIFAR-10), where clusters of pixels say little about what is shown.
_FEWEST_FOR_CLUSTERS = 200
_FEW = 20
_MOST_NAMED = 10


def choose(config, source, earlier=None):
    """Whether the run uses the labels of its images, and its setting `clusters`, 0 for none.

    `earlier` is the run with whose weights, and by default settings, this one starts.
    """
    recipe, conditional, clusters = config.recipe, config.conditional, config.clusters
    can = True in recipe.takes_labels
    # Labels of large data are read only where they are used; they may be all alike.
    used = can and conditional is not False
    has_labels = source.num_classes is not None and (not used or source.labels is not None)
    if clusters is None:
        finds = not has_labels and can and conditional is None
        helps = source.image_shape[-1] == 1 and len(source) >= _FEWEST_FOR_CLUSTERS
        clusters = "auto" if finds and helps else 0
    if conditional is None:
        conditional = has_labels and can
    if conditional and not has_labels:
        asks, it = _what_asks("conditional", earlier)
        or_use = "or use images with labels"
        if config.attributes == "none":
            or_use = "or leave out --attributes none"
        raise InvalidArgument(
            f"{asks} needs labels, and {_lacks(source)}. Leave {it} out, {or_use}"
        )
    if conditional and clusters and source.attributes is not None:
        raise InvalidArgument(
            "`clusters` (--clusters) must be 0 for images with attributes. Use --unconditional for "
            "clusters without them, or --attributes none"
        )
    if config.balance and source.attributes is None:
        raise InvalidArgument(
            f"`balance` (--balance) needs images with attributes, and {source.name} has none. Give "
            "them with --attributes, see `tfgan-kit train --help`"
        )
    if config.balance and not conditional:
        raise InvalidArgument(
            "`balance` (--balance) needs networks that take the attributes. Leave out "
            "--unconditional, or use a recipe whose networks take labels"
        )
    if (conditional or clusters) and not can:
        asks, _ = _what_asks("clusters" if clusters else "conditional", earlier)
        raise InvalidArgument(
            f"{asks} does not work with the recipe {recipe.name}, whose networks take no labels. "
            "Use another recipe"
        )
    if not (conditional or clusters or False in recipe.takes_labels):
        why = "--unconditional leaves them out" if has_labels else _lacks(source)
        raise InvalidArgument(f"The recipe {recipe.name} needs images with labels. {why}")
    return conditional, clusters


def _lacks(source):
    """That there are no labels, and why."""
    one = next((note for note in source.notes if note.startswith("one class only")), "no labels")
    return f"{source.name} has {one.removesuffix(': not used as labels')}"


def _what_asks(name, earlier):
    """What asks for labels or clusters, the earlier run or an option, and what to leave out."""
    if earlier and getattr(earlier.config, name):
        return f"{earlier.path} ({describe(earlier.config)})", "--from"
    return f"`{name}` (--{name})", "it"


def find(config, source, earlier=None):
    """The clusters that the settings ask for, or None; those of an earlier run if they are alike.

    `earlier` is the run with whose weights this one starts.
    """
    if not config.clusters:
        return None
    if earlier and (earlier.config.clusters, earlier.config.conditional) == (
        config.clusters,
        config.conditional,
    ):
        with contextlib.suppress(InvalidArgument):
            return load(earlier.clusters_path, source)
    num = None if config.clusters == "auto" else config.clusters
    if num and not config.conditional and num > len(source):
        raise InvalidArgument(
            f"`clusters` (--clusters) must be at most {len(source)}, the number of images of "
            f"{source.name}. Received: clusters={num}"
        )
    empty = np.flatnonzero(shares_of(source) == 0) if config.conditional else []
    if len(empty):
        names = _names(source.num_classes, source.class_names, empty)
        raise InvalidArgument(
            "`clusters` (--clusters) must be 0, since clusters within classes need images of each. "
            f"{source.name} has none of class {names}"
        )
    return data.find_clusters(source, num, within=config.conditional, seed=config.seed)


def save(path, clusters, fingerprint):
    """Keep clusters in a run's directory, so that resuming depends on nothing else."""
    kept = {"labels": clusters.labels, "fingerprint": fingerprint}
    if clusters.classes is not None:
        kept["classes"] = clusters.classes
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **kept)


def load(path, source):
    """The clusters that `save` kept, of the same images."""
    try:
        with open(path, "rb") as opened, np.load(opened) as file:
            kept = {name: file[name] for name in file.files}
        labels, fingerprint = kept["labels"], str(kept["fingerprint"])
    except FileNotFoundError as error:
        raise _unusable(path, "is missing") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _unusable(path, "is damaged") from error
    if fingerprint != source.fingerprint or len(labels) != len(source):
        raise _unusable(path, f"is not of the images of {source.name}")
    classes = kept.get("classes")
    return data.Clusters(labels, None if classes is None else tuple(map(int, classes)))


def _unusable(path, why):
    return InvalidArgument(
        f"{path} {why}; it holds the clusters that the run is trained on. Restore it, or start a "
        "new run"
    )


def shares_of(source):
    """The share of each class among the images."""
    if source.attributes is not None:
        return np.array(source.attributes.shares)
    return np.bincount(source.labels, minlength=source.num_classes) / len(source)


def warn_of_few(source):
    """Warn of classes, or values, with so few images that a generator may only copy them."""
    if source.attributes is None:
        counts = np.bincount(source.labels, minlength=source.num_classes)
        few = np.flatnonzero((counts > 0) & (counts < _FEW))
        least = _names(source.num_classes, source.class_names, few[np.argsort(counts[few])])
        found = f"in {_some(len(few), source.num_classes)} ({least})"
        advice = "--unconditional ignores the labels"
    else:
        counts = {
            f"{name}={value}": num
            for name, values in source.attributes.counts(source.labels).items()
            for value, num in values.items()
        }
        few = sorted((each for each in counts if counts[each] < _FEW), key=counts.get)
        found = f"for {_list(list(map(in_list, few)))}"
        advice = "--attributes TABLE:NAME,NAME leaves out the other attributes"
    if len(few):
        warnings.warn(
            f"Fewer than {_FEW} images {found}: a generator may only copy them. {advice}",
            stacklevel=3,
        )


def describe(config):
    """What a planned run is conditioned on, in words; None if there are no labels."""
    found = config.data
    num_classes, clusters = found.get("num_classes"), found.get("num_clusters")
    if counts := found.get("attributes"):
        named = "; ".join(f"{name}: {_list(list(map(in_list, counts[name])))}" for name in counts)
        if not config.conditional:
            return f"unconditional; {count(len(counts), 'attribute')} not used ({named})"
        balanced = ", rare values drawn more often" if config.balance else ""
        return f"conditional on {count(len(counts), 'attribute')}{balanced}: {named}"
    if config.conditional:
        named = _names(num_classes, found.get("class_names"))
        within = f", and {count(clusters, 'cluster')} found within them" if clusters else ""
        return f"conditional on {count(num_classes, 'class')}: {named}{within}"
    if clusters:
        return f"conditional on {count(clusters, 'cluster')} found in the images"
    return (
        num_classes and f"unconditional; the labels of {count(num_classes, 'class')} are not used"
    )


def describe_rows(config, shown):
    """What the rows of a grid are, to follow a title; empty if they are no classes."""
    if not shown:
        return ""
    num_classes, names = config.data["num_classes"], config.data.get("class_names")
    some = "" if len(shown) == num_classes else f" of {_some(len(shown), num_classes)}"
    return f"; a row for each class{some}: {_names(num_classes, names, shown, len(shown))}"


def describe_shares(config):
    """The share of each class, or value, in the training data, the largest first."""
    if counts := config.data.get("attributes"):
        return "; ".join(
            f"{name}: {_shares_of_values(values, config.data['num_images'])}"
            for name, values in counts.items()
        )
    shares, names = config.data["class_shares"], config.data.get("class_names")
    order = np.argsort(np.negative(shares), kind="stable")
    return _list([f"{in_list(names[n] if names else n)} {shares[n]:.1%}" for n in order])


def _shares_of_values(counts, num_images):
    missing = num_images - sum(counts.values())
    order = sorted(counts, key=counts.get, reverse=True)
    texts = [f"{in_list(each)} {counts[each] / num_images:.1%}" for each in order]
    return _list(texts) + f", not given {missing / num_images:.1%}" * bool(missing)


def _some(num, num_classes):
    return f"{'all' if num == num_classes else f'{num:,} of the'} {count(num_classes, 'class')}"


def _names(num_classes, names=None, chosen=None, most=_MOST_NAMED):
    """The names or numbers of the first of some classes."""
    chosen = range(num_classes) if chosen is None else chosen
    return _list([in_list(names[each] if names else each) for each in chosen], most)


def _list(texts, most=_MOST_NAMED):
    return ", ".join(texts[:most]) + ", …" * (len(texts) > most)
