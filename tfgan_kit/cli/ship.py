"""The commands that use a generator: `sample`, `export` and `serve`."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import (
    RunPath,
    SeedOption,
    argument,
    import_quietly,
    option,
    print_table,
)
from tfgan_kit.runtime.formats import WRITABLE
from tfgan_kit.runtime.loading import is_run
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import in_equal_parts, parse_labels
from tfgan_kit.utils.streams import quiet
from tfgan_kit.utils.text import count, in_list

__all__ = ["export", "sample", "serve"]

TruncationOption = Annotated[
    float,
    option(
        "For style-based generators: how far styles may be from their mean, such as 0.7 for less "
        "varied and better images. Defaults to 1, as trained.",
        "--truncation",
        min=0.0,
    ),
]


def sample(
    path: Annotated[pathlib.Path, argument("A run, or an exported file or folder.", "PATH")],
    num: Annotated[
        int,
        option(
            "Number of images. Defaults to 64, or 8 for each of several labels.",
            "-n",
            "--num",
            min=1,
            max=10_000,
        ),
    ] = None,
    seed: SeedOption = 0,
    label: Annotated[
        list[str],
        option(
            "Class number or name, for conditional generators; given several times, a row for each."
            " NAME=VALUE for attributes, such as --label hair=black --label smile=yes. What is not "
            "named is drawn by its share in the training data."
        ),
    ] = None,
    output: Annotated[pathlib.Path, option("The picture to write.", "-o", "--output")] = (
        pathlib.Path("grid.png")
    ),
    columns: Annotated[int, option("Images per row.", min=1)] = None,
    scale: Annotated[
        int,
        option(
            "Factor by which each pixel is enlarged; 1 for the exact pixels. Defaults to the "
            "smallest for a picture of 480 pixels.",
            min=1,
            max=64,
        ),
    ] = None,
    last: Annotated[bool, option("Use the latest state instead of the best epoch.", "--last")] = (
        False
    ),
    truncation: TruncationOption = None,
    randomize_noise: Annotated[
        bool,
        option(
            "For style-based generators: draw small details for each image; else they are fixed.",
            "--randomize-noise",
        ),
    ] = False,
):
    """Draw a grid of images from a run or an exported file."""
    media, label = import_quietly("tfgan_kit.media"), label or None
    if is_run(path):
        run, file = import_quietly("tfgan_kit.runs").Run(path), None
        names = run.config.data.get("class_names")
    else:
        file = _open_file(path, last, truncation, randomize_noise)
        names = file.class_names
    asked = parse_labels(label or [], names)
    num = num or (8 * len(asked) if len(asked) > 1 else 64)
    if columns is None and len(asked) > 1:
        columns = num // len(asked)
    if file is None:
        samples = run.generate(num, seed, label, last, truncation, randomize_noise)
    else:
        samples = _draw_from_file(file, num, seed, label)
    media.write_grid(output, samples, columns, scale)
    of = f" of {', '.join(_in_words(each, names) for each in asked)}" if label else ""
    print(f"Wrote {count(num, 'image')}{of} to {output}")


def export(
    run: RunPath,
    export_format: Annotated[str, option(f"{', '.join(WRITABLE)}.", "--format")] = "tflite",
    quantize: Annotated[
        str, option("For tflite: none, float16, dynamic, int8 or int16x8.")
    ] = "none",
    batch_size: Annotated[
        int, option("For tflite: a fixed batch size. Defaults to any.", min=1)
    ] = None,
    output: Annotated[
        pathlib.Path,
        option("The file or folder to write. Defaults to RUN/export/...", "-o", "--output"),
    ] = None,
    judged: Annotated[
        bool,
        option(
            "Measure the change of the Fréchet distance on the run's data. On by default for int8 "
            "and int16x8 if the data has labels.",
            "--judge/--no-judge",
        ),
    ] = None,
    license_text: Annotated[
        str, option("License of weights and data, for the model card.", "--license")
    ] = None,
    truncation: TruncationOption = None,
):
    """Export a run's best generator and verify the file."""
    runs = import_quietly("tfgan_kit.runs")
    options = export_format, output, quantize, batch_size, judged
    verification = runs.export_run(
        runs.Run(run), *options, license_text=license_text, truncation=truncation
    )
    print_table(_verification_table(verification))
    print(f"\nWritten to {verification.path}, with export.json and MODEL_CARD.md beside it")


def serve(
    path: Annotated[pathlib.Path, argument("An exported file or folder.", "PATH")],
    name: Annotated[str, option("Name of the model in requests.")] = "generator",
    host: Annotated[str, option("Address to listen on; 0.0.0.0 for the whole network.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, option("REST port.", min=1, max=65535)] = 8080,
    grpc_port: Annotated[int, option("gRPC port.", min=1, max=65535)] = 8081,
    workers: Annotated[int, option("Number of interpreters, one thread each.", min=1)] = 2,
    max_batch: Annotated[int, option("Maximum number of images per request.", min=1)] = 256,
):
    """Serve an exported generator over REST and gRPC.

    The protocol is the Open Inference Protocol v2 of KServe. There is no authentication and no
    encryption.
    """
    serving = import_quietly("tfgan_kit.serving")
    serving.serve(path, name, host, port, grpc_port, workers, max_batch)


def _open_file(path, last, truncation, randomize_noise):
    if truncation is not None:
        raise InvalidArgument(
            f"--truncation only works on runs; {path} is an exported file. "
            "Pass it to `tfgan-kit export` instead"
        )
    for name, given in (("--last", last), ("--randomize-noise", randomize_noise)):
        if given:
            raise InvalidArgument(f"{name} only works on runs; {path} is an exported file")
    return import_quietly("tfgan_kit.runtime").load(path)


def _draw_from_file(generator, num, seed, label):
    if label is not None:
        known = generator.class_limit, generator.class_names
        label = in_equal_parts(label, num, *known, seed, generator.class_shares)
    # LiteRT writes messages when a file is first run.
    with quiet():
        return generator.generate(num, seed, label)


def _in_words(asked, names):
    if isinstance(asked, list):
        return " and ".join(asked)
    if names:
        asked = names[in_equal_parts(asked, 1, len(names), names)[0]]
    return f"class {asked}" if asked.isdecimal() else in_list(asked)


def _verification_table(verification):
    from rich.table import Table

    table = Table("figure", "value", box=None, pad_edge=False)
    rows = {
        "largest error": f"{verification.max_error:.3g}",
        "mean error": f"{verification.mean_error:.3g}",
        "PSNR": f"{verification.psnr:.1f} dB",
        "size": f"{verification.bytes / 1e6:.2f} MB",
    }
    if verification.sample_distance is not None:
        rows["sliced Wasserstein distance"] = f"{verification.sample_distance:.3g}"
    if verification.frechet:
        frechet = verification.frechet
        rows["Fréchet distance"] = (
            f"{frechet['export']:.3f} (model {frechet['model']:.3f}, {frechet['change']:+.1%}, "
            f"{frechet['num']:,} images)"
        )
    for size, seconds in verification.latency.items():
        rows[f"batch of {size}"] = f"{1000 * seconds:.2f} ms"
    if verification.operations:
        rows["operations"] = ", ".join(verification.operations)
    rows["needs"] = ", ".join(verification.needs) or "nothing but Python"
    for row in rows.items():
        table.add_row(*row)
    return table
