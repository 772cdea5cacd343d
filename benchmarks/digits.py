"""The default run on the digits of scikit-learn: is the digit that was asked for there, and varied?

    tfgan-kit train && python benchmarks/digits.py runs/digits-dcgan

The judge had no part in the training: a support vector machine on the real 8x8 digits, and
precision, recall and coverage of 8x8 pixels, 898 generated images against one half of the real
ones. Beside them the other half, which is what can be expected. Writes a grid of both.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from tfgan_kit import media, metrics, runs

NUM = 1000


def reduced(images):
    """Images of 28x28 as 8x8 pixels of 17 grey levels, as the digits were before `train`."""
    pixels = tf.image.resize((images + 1) / 2, (8, 8)).numpy()
    return np.rint(16 * pixels.clip(0, 1)).reshape(len(images), -1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--grid", default="digits.png", help="real digits beside generated ones")
    arguments = parser.parse_args()
    run, digits = runs.Run(arguments.run), load_digits()
    real = digits.data
    order = np.random.default_rng(0).permutation(len(real))
    first, second = real[order[:898]], real[order[898:1796]]
    generated = run.generate(NUM, seed=0)
    print("minutes of training:", round(run.status["seconds"] / 60, 2))
    if run.config.data.get("class_shares") is not None:
        labels = np.arange(NUM) % 10
        of_class = np.concatenate([run.generate(100, seed=1, label=each) for each in range(10)])
        found = SVC(gamma="scale").fit(real, digits.target).predict(reduced(of_class))
        agrees = found == np.repeat(np.arange(10), 100)
        print(f"label obeyed: {100 * agrees.mean():.1f} % of {len(labels):,}, worst digit", end=" ")
        print(f"{100 * agrees.reshape(10, 100).mean(axis=1).min():.0f} %")
    for name, points in {"generated": reduced(generated[:898]), "real": second}.items():
        precision, recall = metrics.precision_recall(first, points)[:2]
        coverage = metrics.density_coverage(first, points).coverage
        print(f"{name}: precision {precision:.2f}, recall {recall:.2f}, coverage {coverage:.2f}")
    pixels = run.open_source().read(order[:100])
    media.write_grid(
        arguments.grid, np.concatenate([media.to_float(pixels), generated[:100]]), columns=20
    )


if __name__ == "__main__":
    main()
