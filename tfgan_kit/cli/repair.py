"""The commands that search with a discriminator's help: `inpaint` and `inspire`."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import SeedOption, StepsOption, argument, import_quietly, option
from tfgan_kit.cli.edit import AT_ONCE
from tfgan_kit.cli.walk import (
    NO_CLASSES,
    GeneratorPath,
    check_not_read,
    check_output,
    open_explorer,
)
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import in_equal_parts
from tfgan_kit.utils.text import count

__all__ = ["inpaint", "inspire"]

LabelOption = Annotated[
    str, option("Class number or name of the pictures. Defaults to the best of all classes.")
]


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
    check_output(output)
    explorer = open_explorer(path)
    generator, num_classes, labels = _searched(explorer, label)
    data, latent = import_quietly("tfgan_kit.data"), import_quietly("tfgan_kit.latent")
    files, pixels = data.read_photos(images, explorer.image_shape)
    check_not_read(files, output)
    holes = data.read_masks(files, explorer.image_shape, mask)
    if explorer.discriminator is None:
        print("Without a discriminator: only a run with its checkpoints has one")

    def search(part):
        filled = latent.inpaint(
            generator,
            pixels[part],
            holes[part],
            explorer.discriminator,
            None if labels is None else labels.repeat(len(pixels[part])),
            num_classes,
            num,
            starts=max(8, num),
            pool=pool,
            optimizer=latent.Descent(steps, 0.05),
            seed=seed,
        ).images
        media = import_quietly("tfgan_kit.media")
        for file, candidates in zip(files[part], media.to_uint8(filled), strict=True):
            for number, image in enumerate(candidates, 1):
                name = f"{output.stem}-{file.stem}-{number}{output.suffix}"
                media.write_image(output.with_name(name), image)
        return filled

    shown = pixels.copy()
    shown[holes] = 128

    def report(done):
        print(f"Wrote {count(done, 'picture')} to {output}, and each candidate beside it")

    _write_rows(search, shown, output, report)


def inspire(
    path: Annotated[pathlib.Path, argument("A run with its checkpoints.", "RUN")],
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
    """Make new images in the style of pictures."""
    check_output(output)
    explorer = open_explorer(path)
    generator, num_classes, labels = _searched(explorer, label)
    if explorer.discriminator is None:
        raise InvalidArgument(
            f"{path} has no discriminator: `inspire` needs a run with its checkpoints"
        )
    files, pixels = import_quietly("tfgan_kit.data").read_photos(references, explorer.image_shape)
    check_not_read(files, output)
    latent = import_quietly("tfgan_kit.latent")

    def search(part):
        return latent.inspire(
            generator,
            explorer.discriminator,
            pixels[part],
            labels,
            num_classes,
            num,
            discriminator_weight=discriminator_weight,
            optimizer=latent.Descent(steps),
            seed=seed,
        ).images

    if num_classes and labels is None and generator is explorer.model:
        print("Classes are random: --label chooses one")

    def report(done):
        print(f"Wrote {count(num, 'new image')} for each of {count(done, 'picture')} to {output}")

    _write_rows(search, pixels, output, report)


def _write_rows(search, pixels, output, report):
    """Write a row of each picture and what `search` finds; Ctrl-C leaves the rows that are done."""
    media, done = import_quietly("tfgan_kit.media"), []
    try:
        for start in range(0, len(pixels), AT_ONCE):
            done.extend(media.to_uint8(search(slice(start, start + AT_ONCE))))
    finally:
        if done:
            pairs = zip(pixels[: len(done)], done, strict=True)
            rows = [each for given, images in pairs for each in (given, *images)]
            media.write_grid(output, rows, 1 + len(done[0]))
            report(len(done))


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
            raise InvalidArgument(NO_CLASSES)
        return generator, num_classes, None
    if generator is not explorer.model:
        raise InvalidArgument(f"--label does not work with {explorer.path}, which draws clusters")
    known = explorer.class_limit, explorer.class_names, 0, explorer.class_shares
    return generator, num_classes, in_equal_parts(label, 1, *known)
