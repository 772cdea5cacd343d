"""The commands that search with a discriminator's help: `inpaint` and `inspire`."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import SeedOption, argument, import_quietly, option
from tfgan_kit.cli.walk import GeneratorPath, open_explorer
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import in_equal_parts
from tfgan_kit.utils.text import count

__all__ = ["inpaint", "inspire"]

LabelOption = Annotated[
    str, option("Class number or name of the pictures. Defaults to the best of all classes.")
]
StepsOption = Annotated[int, option("Steps of the search.", min=1)]


def inpaint(
    path: GeneratorPath,
    images: Annotated[list[pathlib.Path], argument("Pictures, or folders of them.", "IMAGE...")],
    mask: Annotated[
        pathlib.Path,
        option(
            "A picture that is white, or transparent, in the hole; or a folder with one of the "
            "name of each picture. Defaults to the transparent parts of the pictures."
        ),
    ] = None,
    num: Annotated[int, option("Candidates for each picture.", "-n", "--num", min=1, max=100)] = 4,
    label: LabelOption = None,
    pool: Annotated[
        int, option("Random images, of which the most similar ones begin the search.", min=1)
    ] = 5000,
    steps: StepsOption = 200,
    seed: SeedOption = 0,
    output: Annotated[
        pathlib.Path,
        option(
            "The picture to write: a row with each picture and its candidates, the best first. "
            "Each is written beside it, such as inpainted-PICTURE-1.png.",
            "-o",
            "--output",
        ),
    ] = pathlib.Path("inpainted.png"),
):
    """Fill the holes of pictures with what a generator makes."""
    media, write_path = _open_media(output)
    explorer = open_explorer(path)
    generator, num_classes, labels = _searched(explorer, label)
    data, latent = import_quietly("tfgan_kit.data"), import_quietly("tfgan_kit.latent")
    files, pixels = data.read_photos(images, explorer.image_shape)
    holes = data.read_masks(files, explorer.image_shape, mask)
    if labels is not None:
        labels = labels.repeat(len(files))
    found = latent.inpaint(
        generator,
        pixels,
        holes,
        explorer.discriminator,
        labels,
        num_classes,
        num,
        starts=max(8, num),
        pool=pool,
        optimizer=latent.Descent(steps, 0.05),
        seed=seed,
    )
    filled, pixels = media.to_uint8(found.images), pixels.copy()
    pixels[holes] = 128
    rows = [each for row in zip(pixels, *filled.swapaxes(0, 1), strict=True) for each in row]
    media.write_grid(output, rows, num + 1)
    for file, candidates in zip(files, filled, strict=True):
        for number, image in enumerate(candidates, 1):
            media.write_image(write_path(f"{file.stem}-{number}"), image)
    if explorer.discriminator is None:
        print("Without a discriminator: only a run with its checkpoints has one")
    print(f"Wrote {count(len(files), 'picture')} to {output}, and each candidate beside it")


def inspire(
    path: GeneratorPath,
    references: Annotated[
        list[pathlib.Path], argument("Pictures, or folders of them.", "REFERENCE...")
    ],
    num: Annotated[
        int, option("New images for each reference.", "-n", "--num", min=1, max=1000)
    ] = 8,
    label: Annotated[
        str, option("Class number or name of the new images. Defaults to random ones.")
    ] = None,
    discriminator_weight: Annotated[
        float, option("How much it counts that images are plausible.", min=0)
    ] = 0.03,
    steps: StepsOption = 200,
    seed: SeedOption = 0,
    output: Annotated[
        pathlib.Path,
        option(
            "The picture to write: a row with each reference and its new images.", "-o", "--output"
        ),
    ] = pathlib.Path("inspired.png"),
):
    """Make new images in the style of pictures. PATH must be a run with its checkpoints."""
    media, _ = _open_media(output)
    explorer = open_explorer(path)
    generator, num_classes, labels = _searched(explorer, label)
    if explorer.discriminator is None:
        raise InvalidArgument(
            f"{path} has no discriminator: `inspire` needs a run with its checkpoints"
        )
    files, pixels = import_quietly("tfgan_kit.data").read_photos(references, explorer.image_shape)
    latent = import_quietly("tfgan_kit.latent")
    found = latent.inspire(
        generator,
        explorer.discriminator,
        pixels,
        labels,
        num_classes,
        num,
        discriminator_weight=discriminator_weight,
        optimizer=latent.Descent(steps),
        seed=seed,
    )
    made = media.to_uint8(found.images)
    rows = [each for row in zip(pixels, *made.swapaxes(0, 1), strict=True) for each in row]
    media.write_grid(output, rows, num + 1)
    print(f"Wrote {count(num, 'new image')} for each of {count(len(files), 'picture')} to {output}")


def _open_media(output):
    """The module, and the paths of further pictures; before anything is computed."""
    media = import_quietly("tfgan_kit.media")
    import_quietly("tfgan_kit.media.images").check_image_path(output)
    return media, lambda name: output.with_name(f"{output.stem}-{name}{output.suffix}")


def _searched(explorer, label):
    """The generator, its number of classes, and the given one of them or None."""
    if explorer.model is None:
        raise InvalidArgument(
            f"{explorer.path} has no gradients to search with, since it is {explorer.format}. Use "
            "the run, or its generator.keras"
        )
    generator, num_classes = explorer.searched()
    if label is None:
        if num_classes == float("inf"):
            raise InvalidArgument("--label must be given: how many classes there are is unknown")
        return generator, num_classes, None
    if generator is not explorer.model:
        raise InvalidArgument(f"--label does not work with {explorer.path}, which draws clusters")
    known = explorer.class_limit, explorer.class_names, 0, explorer.class_shares
    return generator, num_classes, in_equal_parts(label, 1, *known)
