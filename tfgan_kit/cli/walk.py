"""The commands that look around in a latent space: `interpolate` and `directions`."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import argument, import_quietly, option
from tfgan_kit.cli.ship import TruncationOption
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import in_equal_parts, parse_labels
from tfgan_kit.utils.text import count
from tfgan_kit.utils.validation import check_choice, check_seed

__all__ = ["interpolate"]

_ANIMATED = (".gif", ".webp", ".mp4")
_WAYS = {"spherical": "spherical", "linear": "linear", "w": "styles"}
GeneratorPath = Annotated[pathlib.Path, argument("A run, or an exported file or folder.", "PATH")]


def interpolate(
    path: GeneratorPath,
    seeds: Annotated[str, option("The points of the walk: a random seed for each.")] = "0,1,2",
    label: Annotated[
        list[str],
        option(
            "For conditional generators: class number or name, or NAME=VALUE of attributes, as of "
            "`sample`; given several times, one for each point. With one seed the same noise goes "
            "from label to label."
        ),
    ] = None,
    method: Annotated[
        str,
        option(
            "spherical or linear in the noise, or w: linear in the styles of a style-based "
            "generator."
        ),
    ] = "spherical",
    steps: Annotated[
        int,
        option(
            "Images from each point to the next. Defaults to 8, or 24 in an animation.",
            min=1,
            max=1000,
        ),
    ] = None,
    closed: Annotated[bool, option("Return to the first point.", "--closed")] = False,
    output: Annotated[
        pathlib.Path,
        option(
            "The picture to write, with a row from each point to the next; or an animation: "
            ".gif, .webp or .mp4.",
            "-o",
            "--output",
        ),
    ] = pathlib.Path("walk.png"),
    fps: Annotated[float, option("Frames per second of an animation.")] = 12,
    truncation: TruncationOption = None,
):
    """Walk from image to image through the latent space."""
    check_choice("method", method, tuple(_WAYS))
    numbers = _parse_seeds(seeds)
    explorer = open_explorer(path, truncation)
    if method == "w" and explorer.style_shape is None:
        raise InvalidArgument(f"--method w: {explorer.lacks['styles']}")
    points, labels = points_of(explorer, numbers, label or [])
    if len(points) < 2:
        raise InvalidArgument(
            "A walk must have at least two points: give several --seeds or several --label. "
            f"Received: --seeds {seeds}"
        )
    media, animated = import_quietly("tfgan_kit.media"), output.suffix.lower() in _ANIMATED
    steps = steps or (24 if animated else 8)
    images = explorer.walk(points, labels, steps, _WAYS[method], closed)
    if animated:
        frames = [media.scale_up(image, 256) for image in images[: len(images) - closed]]
        settings = {"hold": 0 if closed else 0.5, "max_frames": len(frames)}
        media.write_animation(output, frames, fps=fps, **settings)
    else:
        starts = range(0, len(images) - 1, steps)
        rows = [images[start + step] for start in starts for step in range(steps + 1)]
        media.write_grid(output, rows, steps + 1)
    print(f"Wrote {count(len(images), 'image')} through {count(len(points), 'point')} to {output}")


def open_explorer(path, truncation=None):
    """The `Explorer` of a path, with truncated styles."""
    explorer = import_quietly("tfgan_kit.runs.explorer").Explorer(path)
    if truncation is not None:
        if explorer.style_shape is None:
            raise InvalidArgument(f"--truncation {truncation:g}: {explorer.lacks['styles']}")
        explorer.truncation = truncation
    return explorer


def points_of(explorer, seeds, label):
    """The points of seeds, and the labels; one seed, or one label, is that of all points."""
    import numpy as np

    asked = parse_labels(label, explorer.class_names)
    num = max(len(seeds), len(asked))
    if len(seeds) not in (1, num) or len(asked) not in (0, 1, num):
        raise InvalidArgument(
            "`label` must be given once, or once for each of the seeds. "
            f"Received: {count(len(asked), 'label')} and {count(len(seeds), 'seed')}"
        )
    points = np.concatenate([explorer.sample(1, seed) for seed in seeds])
    known = explorer.class_limit, explorer.class_names
    if asked:
        found = [in_equal_parts(each, 1, *known, seeds[0], explorer.class_shares) for each in asked]
    else:
        found = [explorer.labels(1, seed=seed) for seed in seeds]
    labels = None if found[0] is None else np.resize(np.concatenate(found), num)
    return np.resize(points, (num, points.shape[1])), labels


def _parse_seeds(text):
    try:
        return [check_seed(int(each)) for each in text.split(",")]
    except ValueError:
        raise InvalidArgument(
            "`seeds` must be non-negative integers with commas between them, such as 1,2,3. "
            f"Received: --seeds {text}"
        ) from None
