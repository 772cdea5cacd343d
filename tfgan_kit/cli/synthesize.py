"""`synthesize`: more data, and whether it helps."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import SeedOption, argument, import_quietly, option, print_table
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["synthesize"]

_WAYS = {
    "real": "real images",
    "classic": "real images, shifted and turned",
    "synthetic": "real and synthetic images",
    "both": "real and synthetic images, shifted and turned",
}
# Differences of so much accuracy matter.
_WIDE = 0.05


def synthesize(
    path: Annotated[
        pathlib.Path, argument("A run, or an exported file or folder with fewer filters.", "PATH")
    ],
    num: Annotated[
        int, option("Number of images, at most a million.", "-n", "--num", min=1)
    ] = 10_000,
    balance: Annotated[
        bool,
        option(
            "As many images of each class; else by their share in the training data.", "--balance"
        ),
    ] = False,
    label: Annotated[
        list[str],
        option("Class number or name, or NAME=VALUE of an attribute; may be given several times."),
    ] = None,
    output: Annotated[
        pathlib.Path,
        option("The folder to write. Defaults to synthetic.", "-o", "--output"),
    ] = None,
    keep: Annotated[
        float, option("Share of images that the discriminator keeps; 1 for all.", min=0.0, max=1.0)
    ] = 0.5,
    agreement: Annotated[
        bool,
        option(
            "Only images of which a classifier of the training images names the class as asked; it "
            "is trained at the first call, in about a minute.",
            "--agreement/--no-agreement",
        ),
    ] = True,
    novelty: Annotated[
        bool, option("No copies of training images.", "--novelty/--no-novelty")
    ] = True,
    check: Annotated[
        bool,
        option(
            "Write nothing, but train a small classifier with and without the images, and say "
            "whether they help.",
            "--check",
        ),
    ] = False,
    data: Annotated[
        str,
        option(
            "For --check: real images that the run was not trained on. Defaults to the split test, "
            "or else validation, of the run's data."
        ),
    ] = None,
    seeds: Annotated[
        int, option("For --check: trainings in each way. Defaults to 5.", min=2, max=100)
    ] = None,
    steps: Annotated[
        int, option("For --check: steps of a training. Defaults to 2000.", min=1)
    ] = None,
    seed: SeedOption = 0,
    cache_dir: Annotated[
        str, option("Folder for classifiers. Defaults to ~/.cache/tfgan_kit.")
    ] = None,
):
    """Write generated images that pass filters as a labelled folder: more training data."""
    settings = {"keep": keep, "agreement": agreement, "novelty": novelty}
    settings |= {"seed": seed, "cache_dir": cache_dir}
    if check:
        for name, given in (("--output", output), ("--label", label)):
            if given:
                raise InvalidArgument(f"{name} must be left out with --check, which writes nothing")
        runs = import_quietly("tfgan_kit.runs")
        seeds = seeds or 5
        trained = {"seeds": seeds, "steps": steps or 2000}
        _print_check(runs.check_synthesis(path, data, num, balance, **settings, **trained), seeds)
        return
    for name, given in (("--data", data), ("--seeds", seeds), ("--steps", steps)):
        if given is not None:
            raise InvalidArgument(f"{name} only works with --check")
    output = pathlib.Path("synthetic") if output is None else output
    runs = import_quietly("tfgan_kit.runs")
    found = runs.synthesize(path, output, num, balance, label or None, **settings)
    for name, each in found["filters"].items():
        print(f"{name}: {each['refused']:,} refused{_detail(name, each)}")
    surplus = sum(found["state"]["passed"]) - num
    print(
        f"Wrote {num:,} of {found['drawn']:,} images drawn ({surplus:,} more passed) to "
        f"{output / 'train'}, with {output / 'synthesis.json'}"
    )


def _detail(name, each):
    if name == "agreement":
        return f"; the classifier names {each['accuracy']:.1%} of other real images rightly"
    if name == "novelty":
        return (
            f", those within {each['threshold']:.1f} grey levels of one of the "
            f"{each['training_images']:,} training images, whose median distance is "
            f"{each['median_distance']:.1f}"
        )
    return f", to keep about {each['keep']:.0%}"


def _print_check(found, seeds):
    from rich.table import Table

    table = Table("trained on", "accuracy", "95 % interval", box=None, pad_edge=False)
    for way, words in _WAYS.items():
        mean, low, high = found.interval(way)
        table.add_row(words, f"{mean:.2%}", f"{max(0, low):.2%} to {min(1, high):.2%}")
    print_table(table)
    print()
    wide = False
    pairs = {"real images": ("synthetic", "real"), "shifted and turned ones": ("both", "classic")}
    for others, pair in pairs.items():
        mean, low, high = found.interval(*pair)
        wide = wide or (low < 0 < high and high - low > _WIDE)
        low, high = max(-1, low), min(1, high)
        print(
            f"Adding synthetic images to {others} {found.verdict(*pair)}: {mean:+.2%} (95 % "
            f"interval {low:+.2%} to {high:+.2%}, {seeds} seeds)"
        )
    if wide:
        print("The interval is wide: more --seeds or --steps may show a difference")
