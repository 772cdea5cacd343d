"""`texture`: pictures of any size and panoramas from a generator of textures."""

import pathlib
import re
from typing import Annotated

import numpy as np

from tfgan_kit.cli.console import SeedOption, argument, import_quietly, option
from tfgan_kit.cli.walk import check_output
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["texture"]


def texture(
    path: Annotated[
        pathlib.Path, argument("A run with the recipe texture, or its generator.keras.", "PATH")
    ],
    size: Annotated[
        str, option("WIDTHxHEIGHT of a tile, multiples of the texture's cell.", metavar="WxH")
    ] = "512x512",
    num: Annotated[
        int,
        option(
            "Number of tiles, which fit each other in any order.", "-n", "--num", min=1, max=1000
        ),
    ] = 1,
    seed: SeedOption = 0,
    output: Annotated[
        pathlib.Path,
        option("The picture to write; of several, NAME-1, NAME-2, ...", "-o", "--output"),
    ] = pathlib.Path("tile.png"),
    panorama: Annotated[
        pathlib.Path,
        option(
            "Also write a web page in which one can look around, offline: a room whose four walls "
            "close, with floor and ceiling. The walls are as high as a tile."
        ),
    ] = None,
):
    """Draw tiles of a texture, which repeat without a seam."""
    check_output(output)
    found = re.fullmatch(r"(\d+)[x×](\d+)", size)
    if not found:
        raise InvalidArgument(f"--size must be WIDTHxHEIGHT, such as 1024x512. Received: {size}")
    width, height = map(int, found.groups())
    latent, media = import_quietly("tfgan_kit.latent"), import_quietly("tfgan_kit.media")
    opened = import_quietly("tfgan_kit.runs.explorer").Explorer(path)
    if opened.model is None:
        raise InvalidArgument(
            f"Textures need a Keras model; {path} is {opened.format}. Give the run, or its "
            "generator.keras"
        )
    model = opened.model
    if not any(layer.name == "texture" for layer in model.layers):
        raise InvalidArgument(
            f"{path} does not make textures: train one picture with --recipe texture"
        )
    cell = latent.texture_cell(model)
    if width % cell or height % cell or not width * height:
        raise InvalidArgument(f"--size must be multiples of {cell}. Received: {size}")
    tiles = media.to_uint8(latent.sample_texture(model, height, width, num, seed))
    if panorama is not None:
        faces = [
            face
            for num_faces in (4, 2)
            for strip in latent.sample_texture(model, height, num_faces * height, seed=seed)
            for face in np.split(strip, num_faces, axis=1)
        ]
    names = [output]
    if num > 1:
        names = [output.with_stem(f"{output.stem}-{number}") for number in range(1, num + 1)]
    for name, tile in zip(names, tiles, strict=True):
        media.write_image(name, tile)
        print(f"Wrote {name}")
    if panorama is not None:
        import_quietly("tfgan_kit.export").write_panorama(
            panorama, media.to_uint8(faces), panorama.stem
        )
        print(f"Wrote {panorama}")
