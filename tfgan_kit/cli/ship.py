"""The commands that ship a generator: `sample`, `export` and `serve`."""

import pathlib
from typing import Annotated

import typer

from tfgan_kit.cli.console import RunPath, import_quietly, print_table
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.streams import quiet

__all__ = ["export", "sample", "serve"]

RunOrFile = Annotated[
    pathlib.Path,
    typer.Argument(metavar="PATH", help="A run's directory, or an exported file or folder."),
]
ExportedPath = Annotated[
    pathlib.Path,
    typer.Argument(metavar="PATH", help="An exported SavedModel, TFLite or ONNX file or folder."),
]


def sample(
    path: RunOrFile,
    num: Annotated[
        int, typer.Option("-n", "--num", min=1, max=10_000, help="How many images.")
    ] = 64,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same images.")] = 0,
    output: Annotated[
        pathlib.Path, typer.Option("-o", "--output", help="The picture to write.")
    ] = pathlib.Path("grid.png"),
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = None,
    last: Annotated[
        bool, typer.Option("--last", help="The newest state of a run, and not the best epoch's.")
    ] = False,
):
    """Draw images from a run's best generator, or an exported one, as one grid."""
    images = import_quietly("tfgan_kit.media.images")
    draw = _draw_from_file if _is_exported(path) else _draw_from_run
    samples = images.to_uint8(draw(path, num, seed, last))
    images.write_image(output, images.tile(samples, columns=columns))
    print(f"{num} images in {output}")


def export(
    run: RunPath,
    export_format: Annotated[
        str, typer.Option("--format", help="saved_model, tflite, onnx or web.")
    ] = "tflite",
    quantize: Annotated[
        str, typer.Option(help="For tflite: none, float16, dynamic, int8 or int16x8.")
    ] = "none",
    batch_size: Annotated[
        int,
        typer.Option(min=1, help="For tflite: fix the batch. Defaults to any."),
    ] = None,
    output: Annotated[
        pathlib.Path,
        typer.Option(
            "-o", "--output", help="The file or folder to write. Defaults to RUN/export/..."
        ),
    ] = None,
    judged: Annotated[
        bool,
        typer.Option(
            "--judge/--no-judge",
            help="Measure the change of the Fréchet distance with the run's data. Defaults to "
            "int8 and int16x8 of labelled data.",
            show_default=False,
        ),
    ] = None,
    license_text: Annotated[
        str, typer.Option("--license", help="What the model card says of weights and data.")
    ] = None,
):
    """Export a run's best generator, proven to give the same images before it appears."""
    runs = import_quietly("tfgan_kit.runs")
    verification = runs.export_run(
        runs.Run(run),
        export_format,
        output,
        quantize,
        batch_size,
        judged,
        license_text=license_text,
    )
    print_table(_verification_table(verification))
    print(f"\nWritten to {verification.path}, with export.json and MODEL_CARD.md beside it")


def serve(
    path: ExportedPath,
    name: Annotated[str, typer.Option(help="The model's name in requests.")] = "generator",
    host: Annotated[
        str, typer.Option(help="The address to listen on; 0.0.0.0 opens it to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="For REST.")] = 8080,
    grpc_port: Annotated[int, typer.Option(min=1, max=65535, help="For gRPC.")] = 8081,
    workers: Annotated[
        int, typer.Option(min=1, help="Interpreters, each with a thread of its own.")
    ] = 2,
    max_batch: Annotated[int, typer.Option(min=1, help="Images in one request.")] = 256,
):
    """Serve an exported generator by the Open Inference Protocol v2, REST and gRPC."""
    serving = import_quietly("tfgan_kit.serving")
    serving.serve(
        path,
        name=name,
        host=host,
        port=port,
        grpc_port=grpc_port,
        num_workers=workers,
        max_batch=max_batch,
    )


def _is_exported(path):
    """A file, or a folder that is no run; of what is not there the run's error tells."""
    return path.is_file() or (path.is_dir() and not (path / "config.json").is_file())


def _draw_from_file(path, num, seed, last):
    if last:
        raise InvalidArgument(f"--last is of runs, and {path} is an exported generator")
    runtime, _ = import_quietly("tfgan_kit.runtime"), import_quietly("tfgan_kit.latent")
    generator = runtime.load(path)
    # LiteRT tells of itself when a file is first run.
    with quiet():
        return generator.generate(num, seed=seed)


def _draw_from_run(path, num, seed, last):
    runs, latent = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.latent")
    run = runs.Run(path)
    generator = run.load_gan().sampling_generator if last else run.load_generator()
    noise = latent.sample(num, generator.input_shape[-1], seed=seed)
    return latent.decode(generator, noise)


def _verification_table(verification):
    table = import_quietly("rich.table").Table("figure", "value", box=None, pad_edge=False)
    rows = {
        "largest error": f"{verification.max_error:.3g}",
        "mean error": f"{verification.mean_error:.3g}",
        "PSNR": f"{verification.psnr:.1f} dB",
        "size": f"{verification.bytes / 1e6:.2f} MB",
    }
    if verification.sample_distance is not None:
        rows["sliced Wasserstein distance"] = f"{verification.sample_distance:.3g}"
    if verification.frechet:
        told = verification.frechet
        rows["Fréchet distance"] = (
            f"{told['export']:.3f} (model {told['model']:.3f}, {told['change']:+.1%}, "
            f"N {told['num']:,})"
        )
    for size, seconds in verification.latency.items():
        rows[f"batch of {size}"] = f"{1000 * seconds:.2f} ms"
    if verification.operations:
        rows["operations"] = ", ".join(verification.operations)
    rows["needs"] = ", ".join(verification.needs) or "nothing but Python"
    for row in rows.items():
        table.add_row(*row)
    return table
