"""Size of the GIF and growth of memory over 100 epochs of `TrainingGIF` on 64x64 RGB.

    python benchmarks/training_gif.py [--epochs 100] [--size 64]

The images are close to noise, which a GIF compresses worst. The same `fit` runs
first without the callback, so that TensorFlow's own growth is not counted as the
callback's; both figures are printed.
"""

import argparse
import json
import os
import pathlib
import resource
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image

import tfgan_kit


def peak_megabytes():
    """The process's peak resident memory; Linux counts kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def noisy_gan(size):
    """A GAN as small as can be, whose images look like coloured noise."""
    shape = (size, size, 3)
    generator = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(size * size * 3, kernel_initializer="random_normal"),
            keras.layers.Rescaling(20.0),
            keras.layers.Activation("tanh"),
            keras.layers.Reshape(shape),
        ]
    )
    discriminator = keras.Sequential(
        [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=8, seed=0)
    gan.compile()
    return gan


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--size", type=int, default=64)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    gan = noisy_gan(arguments.size)
    real_images = np.random.default_rng(0).uniform(-1, 1, (32, *gan.image_shape)).astype("float32")
    with tempfile.TemporaryDirectory() as folder:
        # Warm up: everything is imported, traced and drawn once.
        path = pathlib.Path(folder, "training.gif")
        gan.fit(real_images, verbose=0, callbacks=[tfgan_kit.callbacks.TrainingGIF(path)])
        started = peak_megabytes()
        gan.fit(real_images, epochs=arguments.epochs, verbose=0)
        without = peak_megabytes()
        callback = tfgan_kit.callbacks.TrainingGIF(path)
        gan.fit(real_images, epochs=arguments.epochs, verbose=0, callbacks=[callback])
        figures = {
            "epochs": arguments.epochs,
            "image_shape": gan.image_shape,
            "gif_megabytes": path.stat().st_size / 1e6,
            "growth_without_megabytes": without - started,
            "growth_with_megabytes": peak_megabytes() - without,
        }
        with Image.open(path) as gif:
            figures["frames"] = gif.n_frames
            figures["frame_size"] = gif.size
    for name, value in figures.items():
        print(
            f"{name.replace('_', ' '):28} {value:.1f}"
            if isinstance(value, float)
            else f"{name.replace('_', ' '):28} {value}"
        )
    record = {"versions": tfgan_kit.runs.installed_versions(), **figures}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
