"""Training speed of two checkouts of the kit, taken alternately in one run, as a ratio.

    git worktree add ../before HEAD~50
    python benchmarks/before_after.py mnist_train.npz ../before . --rounds 5 --seconds 6

Nothing else should run meanwhile. Each side is a process of its own that stays for all rounds.
"""

import argparse
import os
import statistics
import subprocess
import sys

WORKER = """
import sys, time
import tfgan_kit
source = tfgan_kit.data.open_source(sys.argv[1])
recipe = tfgan_kit.recipes.get(sys.argv[2])
gan = recipe.build(source.image_shape, seed=0)
batches = tfgan_kit.data.batches(source, batch_size=recipe.batch_size, start_step=0)
steps = 2
gan.fit(batches, steps_per_epoch=steps, verbose=0)
rate = 0.0
for line in sys.stdin:
    seconds = 0.0
    while seconds < float(line) / 2:
        # As many steps as fill the time, from the rate of the call before.
        steps = max(steps, int(rate * float(line)))
        started = time.perf_counter()
        gan.fit(batches, steps_per_epoch=steps, verbose=0)
        seconds = time.perf_counter() - started
        rate = steps / seconds
    print(rate * recipe.batch_size, flush=True)
"""


def start(checkout, source, recipe):
    """A worker process that imports the kit of that checkout."""
    environment = {**os.environ, "PYTHONPATH": checkout, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, source, recipe],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def measure(worker, seconds):
    """Images per second of one round."""
    worker.stdin.write(f"{seconds}\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="Any source of 28x28 images.")
    parser.add_argument("before", help="Checkout of the first side.")
    parser.add_argument("after", help="Checkout of the second side.")
    parser.add_argument("--recipes", nargs="+", default=["dcgan", "tutorial", "r3gan"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="Length of one measurement.")
    arguments = parser.parse_args()
    for recipe in arguments.recipes:
        sides = [
            start(os.path.abspath(checkout), os.path.abspath(arguments.source), recipe)
            for checkout in (arguments.before, arguments.after)
        ]
        rates = [
            [measure(side, arguments.seconds) for side in sides] for _ in range(arguments.rounds)
        ]
        for side in sides:
            side.stdin.close()
            side.wait()
        for first, second in rates:
            print(f"  {first:.0f} {second:.0f} {second / first:.3f}")
        before, after = (statistics.median(rate) for rate in zip(*rates, strict=True))
        ratio = statistics.median(second / first for first, second in rates)
        print(f"{recipe}: {before:.0f} and {after:.0f} images/s, ratio {ratio:.3f}", flush=True)


if __name__ == "__main__":
    main()
