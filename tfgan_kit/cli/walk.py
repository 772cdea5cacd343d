"""The commands that look around in a latent space: `interpolate` and `directions`."""

import pathlib
import zipfile
from typing import Annotated

from tfgan_kit.cli.console import SeedOption, argument, import_quietly, option
from tfgan_kit.cli.ship import TruncationOption
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.labels import in_equal_parts, parse_labels
from tfgan_kit.utils.text import count
from tfgan_kit.utils.validation import check_choice, check_seed

__all__ = ["directions", "interpolate"]

_ANIMATED = (".gif", ".webp", ".mp4")
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
_WAYS = {"spherical": "spherical", "linear": "linear", "w": "styles"}
NO_CLASSES = "--label must be given, since how many classes there are is unknown"
GeneratorPath = Annotated[pathlib.Path, argument("A run, or an exported file or folder.", "PATH")]


def interpolate(
    path: GeneratorPath,
    seeds: Annotated[str, option("The points of the walk: a random seed for each.")] = "0,1,2",
    label: Annotated[
        list[str],
        option(
            "For conditional generators: class number or name, or NAME=VALUE of attributes, as of "
            "`sample`; given several times, one for each point. With one seed the same noise goes "
            "from label to label. Defaults to random ones."
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
    latents: Annotated[
        pathlib.Path,
        option(
            "A .npz that `tfgan-kit invert` wrote: its pictures are the points, not those of "
            "--seeds."
        ),
    ] = None,
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
    animated = output.suffix.lower() in _ANIMATED
    if not animated:
        check_output(output, ", .jpg, .gif or .mp4")
    numbers = _parse_seeds(seeds)
    explorer = open_explorer(path, truncation)
    if method == "w" and explorer.style_shape is None:
        raise InvalidArgument(f"--method w: {explorer.lacks['styles']}")
    if latents is not None and label:
        raise InvalidArgument("--label must be left out with --latents, which have their labels")
    if latents is None:
        points, labels = points_of(explorer, numbers, label or [])
    else:
        found = read_inversion(latents, explorer)
        points, labels = found["latents"], found["labels"]
    if len(points) < 2:
        raise InvalidArgument(
            "A walk must have at least two points: give several --seeds or several --label. "
            f"Received: {f'--seeds {seeds}' if latents is None else latents}"
        )
    media = import_quietly("tfgan_kit.media")
    steps = steps or (24 if animated else 8)
    if latents is None or found["space"] == "z":
        points = explorer.points(points) if latents else points
        images = explorer.walk(points, labels, steps, _WAYS[method], closed)
    else:
        images = _walk_styles(explorer, found, steps, closed)
    if explorer.model is None and labels is not None and len(set(labels)) > 1:
        print(f"Images jump from class to class: {explorer.path} takes class numbers only")
    num_written = len(images)
    if animated:
        frames = [media.scale_up(image, 256) for image in images[: len(images) - closed]]
        num_written = len(frames)
        settings = {"hold": 0 if closed else 0.5, "max_frames": num_written}
        media.write_animation(output, frames, fps=fps, **settings)
    else:
        starts = range(0, len(images) - 1, steps)
        rows = [images[start + step] for start in starts for step in range(steps + 1)]
        media.write_grid(output, rows, steps + 1)
    print(f"Wrote {count(num_written, 'image')} through {count(len(points), 'point')} to {output}")


def directions(
    path: GeneratorPath,
    method: Annotated[
        str,
        option(
            "sefa: what the weights of the first layer change most. pca: what varies most in "
            "samples. labels: towards each class, of a style-based conditional generator or of the "
            "--classifier. examples: from other pictures to those of --examples."
        ),
    ] = "sefa",
    num: Annotated[
        int, option("Number of directions of sefa and pca. Defaults to 6.", "-n", "--num", min=1)
    ] = None,
    amount: Annotated[
        float, option("How far each way, in standard deviations of samples.", min=0.01)
    ] = 3,
    steps: Annotated[int, option("Images in a row.", min=2, max=101)] = 7,
    seed: SeedOption = 0,
    label: Annotated[
        list[str], option("For conditional generators: class number or name, or NAME=VALUE.")
    ] = None,
    classifier: Annotated[
        pathlib.Path,
        option("A Keras file from pixels (0 to 255) to a number for each class, for labels."),
    ] = None,
    examples: Annotated[
        pathlib.Path, option("A folder of pictures that have something in common, for examples.")
    ] = None,
    others: Annotated[
        pathlib.Path, option("A folder of pictures without it. Defaults to random images.")
    ] = None,
    output: Annotated[
        pathlib.Path,
        option(
            "The picture to write. Each direction is written beside it, such as directions-3.npz, "
            "for `tfgan-kit edit --direction`.",
            "-o",
            "--output",
        ),
    ] = pathlib.Path("directions.png"),
    truncation: TruncationOption = None,
):
    """Find directions in which images change, and draw an image along each."""
    check_choice("method", method, ("sefa", "pca", "labels", "examples"))
    found = ("sefa", "pca"), ("labels",), ("examples",), ("examples",)
    given = {"-n": num, "--classifier": classifier, "--examples": examples, "--others": others}
    for (name, value), methods in zip(given.items(), found, strict=True):
        if value is not None and method not in methods:
            raise InvalidArgument(f"{name} does not work with --method {method}")
    if method == "examples" and examples is None:
        raise InvalidArgument("--method examples needs --examples: a folder of pictures")
    media = import_quietly("tfgan_kit.media")
    check_output(output)
    explorer = open_explorer(path, truncation)
    points, labels = points_of(explorer, [seed], label or [])
    if len(points) > 1:
        raise InvalidArgument(f"`label` must be given once. Received: label={label}")
    if method == "labels":
        names, found = _towards_classes(explorer, classifier)
    elif method == "examples":
        names, found = [examples.name], _towards_examples(explorer, examples, others)
    elif "directions" in explorer.lacks:
        raise InvalidArgument(explorer.lacks["directions"])
    else:
        found = explorer.directions({"sefa": "SeFa", "pca": "PCA"}[method], num)
        names = [f"{method} {number}" for number in range(1, len(found) + 1)]
    media.write_image(output, _draw(explorer, points[0], labels, names, found, amount, steps))
    for number, (name, vector) in enumerate(zip(names, found, strict=True), 1):
        _save_direction(output.with_name(f"{output.stem}-{number}.npz"), explorer, name, vector)
    number = "1" if len(found) == 1 else "NUMBER"
    print(
        f"Wrote {count(len(found), 'direction')} to {output}, and each to "
        f"{output.stem}-{number}.npz beside it"
    )


def _draw(explorer, point, labels, names, directions, amount, steps):
    """A picture with a row of images along each direction, and its name below."""
    import numpy as np

    from tfgan_kit import media

    amounts, rows = np.linspace(-amount, amount, steps), []
    for name, direction in zip(names, directions, strict=True):
        moved = (point + amounts[:, None] * direction).astype("float32")
        images = explorer.images(moved, None if labels is None else labels.repeat(steps))
        row = media.scale_up(media.tile(images, steps), 480)
        rows.append(media.label_image(row, f"{name}: {-amount:g} to {amount:g}"))
    return np.concatenate(rows)


def _save_direction(path, explorer, name, vector):
    import numpy as np

    space, start = ("w", explorer.latent_dim) if explorer.style_shape else ("z", 0)
    with atomic_path(path) as temporary:
        np.savez(temporary, vector=vector[start:].astype("float32"), space=space, name=name)


def _towards_examples(explorer, examples, others):
    if explorer.model is None:
        raise InvalidArgument(f"--method examples needs a Keras model: {explorer.path} is not one")
    read = import_quietly("tfgan_kit.data").read_photos
    images, others = (
        None if each is None else read([each], explorer.image_shape)[1]
        for each in (examples, others)
    )
    return explorer.direction_of(images, others)


def _towards_classes(explorer, path):
    """Names and directions of the classes of the labels, or of a classifier."""
    import numpy as np

    if path is None and (explorer.style_shape is None or explorer.class_limit is None):
        raise InvalidArgument(
            "--method labels needs --classifier, unless the generator has styles and takes labels"
        )
    classify = None if path is None else _open_classifier(path, explorer)

    def measure(images, labels):
        return labels if classify is None else classify(images)

    numbers, found = explorer.directions_to(measure)
    known = explorer.class_names if path is None else None
    return [known[each] if known else f"class {each}" for each in np.unique(numbers)], found


def _open_classifier(path, explorer):
    """A function from images to class numbers, of a Keras file."""
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidArgument(f"Cannot read --classifier {path}: {first_line(error)}") from error
    if model.input_shape[1:] != tuple(explorer.image_shape) or len(model.output_shape) != 2:
        raise InvalidArgument(
            f"--classifier must take images of shape {explorer.image_shape} and return a number "
            f"for each class. Received: from {model.input_shape[1:]} to {model.output_shape[1:]}"
        )
    return lambda images: model.predict(images.astype("float32"), verbose=0).argmax(axis=1)


def _walk_styles(explorer, found, steps, closed):
    latent, media = import_quietly("tfgan_kit.latent"), import_quietly("tfgan_kit.media")
    walk = latent.interpolate(found["latents"], steps, "linear", closed)
    return media.to_uint8(latent.latent_space(explorer, found["space"]).images(walk, None))


def read_inversion(path, explorer):
    """What `invert` wrote, as a dict."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            found = {"labels": None, **file, "space": str(file["space"])}
        space = import_quietly("tfgan_kit.latent").latent_space(explorer, found["space"])
        shapes = found["originals"].shape[1:], found["latents"].shape[1:]
    except FileNotFoundError:
        raise InvalidArgument(f"There is no file {path}") from None
    except UNREADABLE as error:
        raise InvalidArgument(f"{path} is not a .npz file that `tfgan-kit invert` wrote") from error
    lacks_labels = space.labels_matter and found["labels"] is None
    if shapes != (explorer.image_shape, space.shape) or lacks_labels:
        raise InvalidArgument(f"{path} is of another generator than {explorer.path}")
    return found


def check_output(output, formats=" or .jpg"):
    """Refuse the path of a picture that cannot be written, before anything is computed."""
    import_quietly("tfgan_kit.media.images").check_image_path(output, "--output", formats)


def check_not_read(files, *outputs):
    """Refuse to write over the pictures that are read."""
    for output in outputs:
        if output is not None and output.exists() and any(map(output.samefile, files)):
            raise InvalidArgument(
                f"{output} is one of the pictures that are read. Choose another -o"
            )


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
