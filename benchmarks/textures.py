"""Bricks, grass and gravel of scikit-image, learned from one picture each: seams, repeats, quality.

    python benchmarks/textures.py --out textures            # 5 epochs of 1,024 steps each
    python benchmarks/textures.py --out textures --minutes 5 --only brick

A run that is in the folder is measured, not trained again. The seconds of processor time are those
of all threads: divided by the processor's cores, they are the least time that the training takes.

- seam: mean absolute difference of neighbouring pixels across the border, over that inside. A
  joint of bricks may lie on the border, so there are 16 tiles: the first, their mean with its
  standard error, their median and largest, and those of the lines through their inside, which is
  what a border without a seam has.
- repeats: the highest autocorrelation of a tile at a distance of 64 to 256 pixels; that of the tile
  less the means of its columns, since columns of bricks that do not converge, unlike the
  picture's, repeat by themselves; and that of the picture.
- patches: sliced Wasserstein distance (times 1,000, of 96x96 crops, at 96, 48 and 24 pixels) to
  the picture's left half; of its right half beside it, which is what can be expected.
"""

import argparse
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import skimage.data

from tfgan_kit import latent, media, metrics, runs

SIDE, NUM_TILES, CROP, NUM_CROPS = 512, 16, 96, 256


def train(name, folder, epochs, minutes):
    """The run of a texture, and the seconds of processor time of its training."""
    picture, path = folder / f"{name}.png", folder / name
    media.write_image(picture, getattr(skimage.data, name)()[..., None])
    if (path / "generator.keras").exists():
        return runs.Run(path), None
    settings = {"recipe": "texture", "precision": "float32", "epochs": epochs, "minutes": minutes}
    started = time.process_time()
    run = runs.start(runs.plan(runs.RunConfig(source=str(picture), **settings)), path)
    return run, time.process_time() - started


def seams(tile):
    """Across the border and across lines inside, each over the mean of all."""
    found = []
    for axis in (0, 1):
        steps = np.abs(np.roll(tile, -1, axis) - tile).mean(axis=(1 - axis, 2))
        found.append(steps / steps[:-1].mean())
    across = np.mean(found, axis=0)
    return across[-1], across[:-1]


def repeats(picture, closes):
    """The highest autocorrelation at a distance of 64 to 256 pixels."""
    values = picture.mean(axis=-1) - picture.mean()
    size = SIDE if closes else 2 * SIDE
    power = np.abs(np.fft.fft2(values, (size, size))) ** 2
    ones = np.abs(np.fft.fft2(np.ones((SIDE, SIDE)), (size, size))) ** 2
    found = np.fft.ifft2(power).real / np.maximum(np.fft.ifft2(ones).real, 1) / values.var()
    lags = np.abs(np.fft.fftfreq(size, 1 / size))
    distance = np.hypot(lags[:, None], lags)
    inside = np.maximum(lags[:, None], lags) <= SIDE // 2
    return found[(distance >= 64) & inside].max()


def crops(picture, seed):
    random = np.random.default_rng(seed)
    windows = np.lib.stride_tricks.sliding_window_view(picture, (CROP, CROP), axis=(0, 1))
    rows, columns = (random.integers(0, side, NUM_CROPS) for side in windows.shape[:2])
    return np.moveaxis(windows[rows, columns], 1, -1)


def measure(name, run, seconds, folder):
    generator = run.load_generator()
    tiles = [
        latent.sample_texture(generator, SIDE, SIDE, seed=seed)[0] for seed in range(NUM_TILES)
    ]
    picture = getattr(skimage.data, name)()[..., None]
    pixels = media.to_uint8(tiles[0])
    media.write_image(folder / f"{name}_tile.png", pixels)
    repeated = np.tile(
        media.to_uint8(latent.sample_texture(generator, 256, 256, seed=0))[0], (3, 3, 1)
    )
    media.write_image(folder / f"{name}_repeated.png", repeated)
    border, inside = zip(*map(seams, tiles), strict=True)
    left, right = picture[:, : SIDE // 2], picture[:, SIDE // 2 :]
    real, others = crops(left, 0), {"tile": crops(pixels, 1), "picture": crops(right, 1)}
    patches = {
        key: " ".join(
            f"{each:.0f}" for each in metrics.sliced_wasserstein(real, value).levels.values()
        )
        for key, value in others.items()
    }
    used = "" if seconds is None else f", {seconds:.0f} s of processor time"
    print(
        f"\n{name}: {run.status['step']} steps{used}\n"
        f"  seam     first {border[0]:.2f}, mean {np.mean(border):.2f} ± {np.std(border) / 4:.2f}, "
        f"median {np.median(border):.2f}, largest {max(border):.2f}; lines inside: median "
        f"{np.median(inside):.2f}, largest {np.max(inside):.2f}\n"
        f"  repeats  tile {repeats(tiles[0], True):.2f}, less columns "
        f"{repeats(tiles[0] - tiles[0].mean(axis=0), True):.2f}, picture "
        f"{repeats(picture, False):.2f}\n"
        f"  patches  tile {patches['tile']}, picture {patches['picture']}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("textures"))
    parser.add_argument("--only", choices=("brick", "grass", "gravel"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--minutes", type=float)
    arguments = parser.parse_args()
    names = [arguments.only] if arguments.only else ["brick", "grass", "gravel"]
    for name in names:
        run, seconds = train(name, arguments.out, arguments.epochs, arguments.minutes)
        measure(name, run, seconds, arguments.out)


if __name__ == "__main__":
    main()
