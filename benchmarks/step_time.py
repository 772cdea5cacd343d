"""Step time of `gan.fit` beside the DCGAN tutorial's own loop, alternately in one process.

    python benchmarks/step_time.py [SOURCE] [--rounds 12] [--steps 10]

Both sides have the same networks, losses, optimizers and batch of 256. The loop
is what a reader of the tutorial has: a `tf.function` with two tapes, fed by
`from_tensor_slices(...).shuffle(...).batch(...)`. The kit's side is `fit` with
its own pipeline, metrics and step counter. Rounds alternate, so that a change of
the machine's speed meets both; the ratio is that of the medians.
"""

import argparse
import json
import os
import pathlib
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from _tutorial import tutorial_loop

from tfgan_kit import data, recipes, runs

BATCH = 256


class Alternate(keras.callbacks.Callback):
    """Times each epoch of `fit`, and runs the other side between two of them."""

    def __init__(self, other, steps):
        super().__init__()
        self.other = other
        self.steps = steps
        self.seconds = {"tutorial loop": [], "gan.fit": []}

    def on_epoch_begin(self, epoch, logs=None):
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds["gan.fit"].append((time.perf_counter() - self._started) / self.steps)
        started = time.perf_counter()
        self.other(self.steps)
        self.seconds["tutorial loop"].append((time.perf_counter() - started) / self.steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="digits", help="as for tfgan-kit train")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--steps", type=int, default=10, help="steps of each side in a round")
    arguments = parser.parse_args()

    source = data.open_source(arguments.source)
    alternate = Alternate(tutorial_loop(source, BATCH), arguments.steps)
    gan = recipes.get("tutorial").build(source.image_shape, seed=0)
    batches = data.batches(source, batch_size=BATCH, drop_remainder=True, start_step=0)
    gan.fit(
        batches,
        steps_per_epoch=arguments.steps,
        epochs=arguments.rounds + 1,
        callbacks=[alternate],
        verbose=0,
    )
    # The first round traces and compiles.
    seconds = {side: values[1:] for side, values in alternate.seconds.items()}
    medians = {side: statistics.median(values) for side, values in seconds.items()}
    ratio = medians["gan.fit"] / medians["tutorial loop"]
    for side, values in seconds.items():
        print(
            f"{side:14} median {1000 * medians[side]:7.1f} ms a step, "
            f"{BATCH / medians[side]:6.0f} images/s, "
            f"range {1000 * min(values):.1f} to {1000 * max(values):.1f} ms"
        )
    print(f"gan.fit / tutorial loop = {ratio:.3f}")
    record = {
        "versions": runs.installed_versions(),
        "cores": os.cpu_count(),
        "source": source.name,
        "batch_size": BATCH,
        "seconds_a_step": seconds,
        "ratio": ratio,
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
