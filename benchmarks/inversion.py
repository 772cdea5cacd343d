"""How well images are inverted: a generator's own ones, and digits that it has not seen.

    python benchmarks/inversion.py generator.keras mnist_train.npz [--space z] [--encoder FILE]

The generator is conditional and was trained with the recipe `dcgan` on the images that `_held_out`
leaves, 37,553 steps, as by `benchmarks/time_to_quality.py mnist_train.npz dcgan/labels@54min`. The
labels are not given: all classes are searched, in w and w+ none. The encoder is trained on the
generator's own images, and kept in the file; its time is not part of that of an image. Seconds are
of this process alone, by the clock and of the processor (all cores), for one image of a batch of
all.
"""

import argparse
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from _held_out import split

from tfgan_kit import latent, media
from tfgan_kit.runtime.loading import open_file

NUM_OWN, NUM_HELD_OUT, NUM_CLASSES = 20, 100, 10


def by_encoder(encoder, generator, space, targets):
    """What the encoder finds, with the class of which the image is the most similar one."""
    found, errors = latent.decode(encoder, targets), []
    space = latent.latent_space(generator, space)
    for label in range(NUM_CLASSES):
        images = space.images(found, np.full(len(found), label, "int32")).numpy()
        errors.append(np.mean((images - targets) ** 2, axis=(1, 2, 3)))
    return 10 * np.log10(4 / np.min(errors, axis=0)), np.argmin(errors, axis=0)


def timed(work, num):
    started = time.perf_counter(), time.process_time()
    found = work()
    return found, [
        (time.perf_counter() - started[0]) / num,
        (time.process_time() - started[1]) / num,
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator")
    parser.add_argument("data")
    parser.add_argument("--space", default="z", choices=["z", "w", "w+"])
    parser.add_argument("--encoder", type=pathlib.Path, default="encoder.keras")
    parser.add_argument("--pictures", type=pathlib.Path, default=".", help="folder to write to")
    arguments = parser.parse_args()
    generator, space = open_file(arguments.generator).model, arguments.space
    _, (pixels, labels) = split(arguments.data, NUM_HELD_OUT)
    if arguments.encoder.exists():
        encoder = keras.models.load_model(arguments.encoder)
    else:
        encoder, seconds = timed(lambda: latent.train_encoder(generator, NUM_CLASSES, space), 1)
        encoder.save(arguments.encoder)
        print("encoder: trained in {:.0f} s, {:.0f} s of processor time".format(*seconds))

    length = latent.latent_space(generator).shape[0]
    own_labels = np.arange(NUM_OWN) % NUM_CLASSES
    own = latent.decode(generator, latent.sample(NUM_OWN, length, seed=1), own_labels)
    ways = {
        "gradient": lambda images: latent.invert(generator, images, None, NUM_CLASSES, space),
        "encoder": lambda images: by_encoder(encoder, generator, space, images),
        "both": lambda images: latent.invert(
            generator, images, None, NUM_CLASSES, space, encoder=encoder
        ),
    }
    print(f"{'images':<10}{'way':<10}{'median dB':>10}{'min':>7}{'>25 dB':>8}{'class':>7}", end="")
    print(f"{'s each':>8}{'CPU s':>8}")
    for name, targets, truth in (
        ("own", own, own_labels),
        ("held out", media.to_float(pixels), labels),
    ):
        for way, invert in ways.items():
            found, seconds = timed(lambda: invert(targets), len(targets))  # noqa: B023
            psnr, classes = (found.psnr, found.labels) if way != "encoder" else found
            print(f"{name:<10}{way:<10}{np.median(psnr):>10.2f}{psnr.min():>7.2f}", end="")
            agreement = "-" if classes is None else f"{np.mean(classes == truth):.2f}"
            print(f"{np.sum(psnr > 25):>8}{agreement:>7}", end="")
            print(f"{seconds[0]:>8.3f}{seconds[1]:>8.3f}", flush=True)
            if way != "encoder":
                pairs = np.stack([targets, found.images], axis=1)[:50].reshape(-1, *own.shape[1:])
                path = arguments.pictures / f"{name.replace(' ', '_')}-{way}-{space}.png"
                media.write_grid(path, pairs, columns=20)


if __name__ == "__main__":
    main()
