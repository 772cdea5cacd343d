"""The commands for one's own pictures in a trained generator: `invert` and `edit`."""

import math
import pathlib
from typing import Annotated

from tfgan_kit.cli.console import SeedOption, StepsOption, argument, import_quietly, option
from tfgan_kit.cli.walk import (
    NO_CLASSES,
    UNREADABLE,
    GeneratorPath,
    check_not_read,
    check_output,
    open_explorer,
    read_inversion,
)
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.labels import in_equal_parts
from tfgan_kit.utils.text import count
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["edit", "invert"]

# Ctrl-C leaves what is done, in parts of so many pictures.
AT_ONCE = 32
# With a lower PSNR the images are hardly alike.
_POOR_PSNR = 15
_NUM_FRAMES = 40
# Random images of which the most similar ones begin the search: so few that editing one picture
# takes seconds.
_FEW = 100
_FRAMES_OF_STEP = 4
_SIDE = 256

SpaceOption = Annotated[
    str,
    option(
        "Where to search: z, the noise; w, the styles; w+, a style for each layer. Defaults to w+ "
        "if the generator has styles, else to z."
    ),
]
LabelOption = Annotated[
    str,
    option(
        "Class number or name of the pictures. Defaults to the best of all classes; in w and w+, "
        "where the styles contain the class, to any."
    ),
]
StartsOption = Annotated[
    int,
    option(
        "Searches for each picture, from the most similar of random images; 0 only with --encoder.",
        min=0,
        max=1000,
    ),
]
EncoderOption = Annotated[
    pathlib.Path,
    option(
        "A .keras file of an encoder, whose guess is one more start. Without such a file, an "
        "encoder is trained in about a minute and written there, for all pictures to come."
    ),
]


def invert(
    path: GeneratorPath,
    images: Annotated[list[pathlib.Path], argument("Pictures, or folders of them.", "IMAGE...")],
    space: SpaceOption = None,
    label: LabelOption = None,
    starts: StartsOption = 4,
    steps: StepsOption = 200,
    encoder: EncoderOption = None,
    feature_weight: Annotated[
        float,
        option(
            "How much the features of the run's discriminator count beside the pixels, such as "
            "0.1; needs a run with its checkpoints.",
            min=0,
        ),
    ] = 0,
    seed: SeedOption = 0,
    gif: Annotated[
        pathlib.Path, option("An animation of the search to write: .gif, .webp or .mp4.")
    ] = None,
    output: Annotated[
        pathlib.Path,
        option(
            "The picture to write: each original beside its reconstruction. The latents are "
            "written beside it as .npz, for `tfgan-kit edit`.",
            "-o",
            "--output",
        ),
    ] = pathlib.Path("inverted.png"),
):
    """Find the latents of pictures: of which noise or styles does a generator make them?"""
    media = _check_paths(output, gif)
    explorer = open_explorer(path)
    files, pixels = import_quietly("tfgan_kit.data").read_photos(images, explorer.image_shape)
    check_not_read(files, output, gif, output.with_suffix(".npz"))
    settings = _settings(explorer, space, label, starts, steps, encoder, seed)
    settings["num_frames"] = _NUM_FRAMES if gif else 0
    if feature_weight:
        if explorer.discriminator is None:
            raise InvalidArgument(f"--feature-weight needs a run with its checkpoints, not {path}")
        features = import_quietly("tfgan_kit.latent").layer_features(explorer.discriminator)
        settings |= {"features": features, "feature_weight": feature_weight}
    done = []
    try:
        for start in range(0, len(files), AT_ONCE):
            done.append(_invert(explorer, pixels[start : start + AT_ONCE], **settings))
    finally:
        if done:
            _write_inversions(media, output, gif, files, pixels, explorer, settings["space"], done)


def edit(
    path: GeneratorPath,
    photo: Annotated[
        pathlib.Path, argument("A picture, or the .npz of one that `invert` wrote.", "PHOTO")
    ],
    direction: Annotated[
        str,
        option(
            "Number of a direction of `tfgan-kit directions`, from 1, or a .npz file that it wrote."
        ),
    ] = "1",
    amount: Annotated[
        str, option("From where to where, FROM:TO in standard deviations of samples.")
    ] = "-3:3",
    columns: Annotated[int, option("Edited images in the picture.", min=2, max=101)] = 9,
    space: SpaceOption = None,
    label: LabelOption = None,
    starts: StartsOption = 1,
    steps: StepsOption = 100,
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
    output: Annotated[
        pathlib.Path,
        option(
            "The picture to write: the original, then the edited images. An animation of them is "
            "written beside it as .gif.",
            "-o",
            "--output",
        ),
    ] = pathlib.Path("edited.png"),
):
    """Change a picture along a direction: find its latent, move it, and draw the images."""
    import numpy as np

    media = _check_paths(output)
    start, end = _parse_amount(amount)
    animation = output.with_suffix(".gif")
    if photo.exists():
        check_not_read([photo], output, animation)
    explorer = open_explorer(path)
    vector, of_space, name = _direction(explorer, direction)
    settings = _settings(explorer, space, label, starts, steps, encoder, seed)
    settings["pool"] = max(_FEW, explorer.num_classes or 1)
    is_inverted = photo.suffix.lower() == ".npz"
    if is_inverted:
        found = read_inversion(photo, explorer)
        pixels = found["originals"][:1]
        if len(found["latents"]) > 1:
            print(f"{photo} has {len(found['latents'])} pictures: the first is edited")
        settings["space"] = found["space"]
    if settings["space"][0] != of_space:
        raise InvalidArgument(
            f"--direction {direction} moves {of_space}, and the space of the picture is "
            f"{settings['space']}. Choose another direction or --space"
        )
    if not is_inverted:
        pixels = import_quietly("tfgan_kit.data").read_photos([photo], explorer.image_shape)[1]
        found = _invert(explorer, pixels, **settings)._asdict()
    space = import_quietly("tfgan_kit.latent").latent_space(explorer, settings["space"])
    amounts = np.linspace(start, end, _FRAMES_OF_STEP * (columns - 1) + 1)
    moved = found["latents"][:1] + np.multiply.outer(amounts, vector).reshape(
        len(amounts), *[1] * (len(space.shape) - 1), -1
    )
    labels = None if found["labels"] is None else found["labels"][:1].repeat(len(amounts))
    images = media.to_uint8(space.images(moved.astype("float32"), labels))
    strip = np.concatenate([pixels, images[::_FRAMES_OF_STEP]])
    caption = f"{name}: {start:g} to {end:g}, {_result(found, explorer)}"
    row = media.scale_up(media.tile(strip, len(strip)), 480)
    media.write_image(output, media.label_image(row, caption))
    there_and_back = [media.scale_up(each, _SIDE) for each in (*images, *images[-2:0:-1])]
    media.write_animation(animation, there_and_back, fps=20, hold=0, max_frames=len(there_and_back))
    print(f"{photo.name}: {_result(found, explorer)}")
    print(f"Wrote {count(columns, 'image')} along {name} to {output} and {animation}")


def _check_paths(output, gif=None):
    """Before anything is computed; returns the module of media."""
    media = import_quietly("tfgan_kit.media")
    check_output(output)
    if gif is not None:
        import_quietly("tfgan_kit.media.animation").check_path(gif, "--gif")
    return media


def _settings(explorer, space, label, starts, steps, encoder, seed):
    """Arguments of `latent.invert`."""
    latent = import_quietly("tfgan_kit.latent")
    if explorer.model is not None:
        optimizer = latent.Descent(steps)
    elif encoder is not None:
        raise InvalidArgument(f"--encoder needs a Keras model, and {explorer.path} is not one")
    else:
        optimizer = latent.Evolution(steps)
    if explorer.class_limit == float("inf") and label is None:
        raise InvalidArgument(NO_CLASSES)
    space = space or ("w+" if explorer.style_shape else "z")
    if space in ("w", "w+") and explorer.style_shape is None:
        raise InvalidArgument(f"--space {space}: {explorer.path} has no styles. Use --space z")
    if encoder is not None:
        encoder = _open_encoder(encoder, explorer, space)
    return {
        "space": space,
        "label": label,
        "starts": starts,
        "optimizer": optimizer,
        "encoder": encoder,
        "seed": seed,
    }


def _open_encoder(path, explorer, space):
    import keras

    latent = import_quietly("tfgan_kit.latent")
    if path.suffix != ".keras":
        raise InvalidArgument(f"--encoder must end in .keras. Received: {path}")
    if not path.exists():
        encoder = latent.train_encoder(explorer.model, explorer.num_classes, space)
        with atomic_path(path) as temporary:
            encoder.save(temporary)
        print(f"Wrote an encoder of {explorer.path} to {path}")
        return encoder
    try:
        encoder = keras.models.load_model(path)
    except (*UNREADABLE, TypeError) as error:
        raise InvalidArgument(f"Cannot read --encoder {path}: {first_line(error)}") from error
    if encoder.input_shape[1:] != tuple(explorer.image_shape):
        raise InvalidArgument(
            f"--encoder must take images of shape {explorer.image_shape}. "
            f"Received: {encoder.input_shape[1:]}"
        )
    return encoder


def _invert(explorer, pixels, label, **settings):
    labels = None
    if label is not None:
        known = explorer.class_limit, explorer.class_names, settings["seed"]
        labels = in_equal_parts(label, len(pixels), *known, explorer.class_shares)
    return import_quietly("tfgan_kit.latent").invert(
        explorer, pixels, labels, explorer.num_classes, **settings
    )


def _result(found, explorer, row=0):
    """In words."""
    parts = [f"PSNR {found['psnr'][row]:.2f} dB"]
    if found.get("labels") is not None:
        number, names = int(found["labels"][row]), explorer.class_names
        name = str(number) if names is None else names[number]
        parts.append(f"class {name}" if name.isdecimal() else name)
    if found["psnr"][row] < _POOR_PSNR:
        parts.append("a poor match")
    return ", ".join(parts)


def _write_inversions(media, output, gif, files, pixels, explorer, space, done):
    import numpy as np

    found = {
        name: np.concatenate([getattr(each, name) for each in done])
        for name in ("latents", "labels", "images", "psnr")
        if getattr(done[0], name) is not None
    }
    files, pixels = files[: len(found["psnr"])], pixels[: len(found["psnr"])]
    for row, file in enumerate(files):
        print(f"{file.name}: {_result(found, explorer, row)}")
    if len(files) > 1:
        print(f"Median PSNR {np.median(found['psnr']):.2f} dB")
    images, numbers = media.to_uint8(found.pop("images")), output.with_suffix(".npz")
    with atomic_path(numbers) as temporary:
        np.savez(temporary, space=space, originals=pixels, **found)
    media.write_grid(output, _pairs(pixels, images), _columns(len(files)))
    if gif is not None:
        frames = np.concatenate([each.frames for each in done], axis=1)
        grids = [
            media.scale_up(media.tile(_pairs(pixels, each), _columns(len(files))), _SIDE)
            for each in map(media.to_uint8, frames)
        ]
        media.write_animation(gif, grids, fps=12)
    written = [str(each) for each in (output, gif, numbers) if each is not None]
    print(f"Wrote {count(len(files), 'picture')} to {', '.join(written[:-1])} and {written[-1]}")


def _pairs(originals, images):
    """Each original, and its image on its right."""
    import numpy as np

    return np.stack([originals, images], axis=1).reshape(-1, *images.shape[1:])


def _columns(num):
    return 2 * math.ceil(math.sqrt(num / 2))


def _direction(explorer, text):
    """A direction's vector, the space that it moves, and its name."""
    import numpy as np

    if text.isdecimal():
        if "directions" in explorer.lacks:
            raise InvalidArgument(explorer.lacks["directions"])
        length = explorer.style_shape[1] if explorer.style_shape else explorer.latent_dim
        number = check_integer("direction", int(text), 1, length)
        vector = explorer.directions("SeFa", number)[-1]
        if explorer.style_shape:
            return vector[explorer.latent_dim :], "w", f"sefa {number}"
        return vector, "z", f"sefa {number}"
    try:
        with np.load(text, allow_pickle=False) as file:
            vector, space, name = file["vector"], str(file["space"]), str(file["name"])
    except UNREADABLE as error:
        raise InvalidArgument(
            "`direction` must be a number or a .npz file that `tfgan-kit directions` wrote. "
            f"Received: --direction {text}"
        ) from error
    length = explorer.style_shape[1] if space == "w" and explorer.style_shape else None
    length = explorer.latent_dim if space == "z" else length
    if vector.shape != (length,):
        raise InvalidArgument(f"--direction {text} is of another generator than {explorer.path}")
    return vector, space, name


def _parse_amount(text):
    try:
        start, end = (check_number("amount", float(each)) for each in text.split(":"))
    except ValueError:
        raise InvalidArgument(
            "`amount` must be two numbers with a colon between them, such as -3:3. "
            f"Received: --amount {text}"
        ) from None
    return start, end
