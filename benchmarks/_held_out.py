"""The split of the benchmarks: images that no network of theirs has been trained on."""

import numpy as np

from tfgan_kit import data

HELD_OUT = 10_000


def split(source, num=HELD_OUT):
    """A source without the images held out, and the first `num` of these with their labels."""
    whole = data.open_source(source)
    order = np.random.default_rng(0).permutation(len(whole))
    held_out, kept = np.sort(order[:HELD_OUT])[:num], np.sort(order[HELD_OUT:])
    rest = data.Source(
        f"{whole.name} less {HELD_OUT}",
        (len(kept), *whole.image_shape),
        read=lambda indices: whole.read(kept[indices]),
        fingerprint=f"{whole.fingerprint} less {HELD_OUT}",
        labels=whole.labels[kept],
    )
    return rest, (whole.read(held_out), whole.labels[held_out])
