"""SHA-256 of all weights after a few steps of each recipe, to prove that a change changes nothing.

Run it before and after a change on the same machine; equal hashes mean equal training, bit for bit.

    python benchmarks/weight_hashes.py mnist_train.npz --steps 200
"""

import argparse
import hashlib

import numpy as np

import tfgan_kit


def weight_hash(name, source, steps):
    """Train the recipe from seed 0 and hash both networks, the average and both optimizers."""
    recipe = tfgan_kit.recipes.get(name)
    gan = recipe.build(source.image_shape, seed=0)
    batches = tfgan_kit.data.batches(source, batch_size=recipe.batch_size, start_step=0)
    gan.fit(batches, steps_per_epoch=steps, verbose=0)
    variables = [*gan.generator.weights, *gan.discriminator.weights]
    variables += [*gan.sampling_generator.weights, *gan.optimizer.variables]
    digest = hashlib.sha256()
    for variable in variables:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="MNIST as an .npz file, or any source of 28x28 images.")
    parser.add_argument("--steps", type=int, default=200, help="Training steps per recipe.")
    parser.add_argument("--recipes", nargs="+", default=tfgan_kit.recipes.names())
    arguments = parser.parse_args()
    source = tfgan_kit.data.open_source(arguments.source)
    for name in arguments.recipes:
        print(f"{weight_hash(name, source, arguments.steps)}  {name}", flush=True)


if __name__ == "__main__":
    main()
