"""The app: one line for each command; a user's error becomes one line of output."""

import os
import sys
import warnings
from typing import Annotated

import typer

import tfgan_kit
from tfgan_kit.cli.console import fail, option, show_warning
from tfgan_kit.cli.edit import edit, invert
from tfgan_kit.cli.judge import compare, evaluate
from tfgan_kit.cli.lab import lab
from tfgan_kit.cli.repair import inpaint, inspire
from tfgan_kit.cli.runs import gif, info, list_recipes
from tfgan_kit.cli.ship import export, sample, serve
from tfgan_kit.cli.synthesize import synthesize
from tfgan_kit.cli.texture import texture
from tfgan_kit.cli.train import train
from tfgan_kit.cli.walk import directions, interpolate
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["app", "main"]

# Nothing above this line imports TensorFlow, so that `--help` is fast.

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked):
    if asked:
        print(f"tfgan-kit {tfgan_kit.__version__}")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[
        bool,
        option("Show the version and exit.", "--version", callback=_print_version, is_eager=True),
    ] = False,
):
    """Train, evaluate and export GANs."""


for _command in (
    train, sample, export, serve, list_recipes, evaluate, compare, gif, info, lab,
    interpolate, directions, invert, edit, inpaint, inspire, synthesize, texture,
):  # fmt: skip
    _name = "recipes" if _command is list_recipes else None
    # A short help is wrapped on a narrow terminal; a first line of a help would be cut.
    app.command(_name, short_help=_command.__doc__.partition("\n")[0])(_command)


def main():
    """Run the command line; a user's error is one line on standard error and exit code 2."""
    # Whatever other programs use: the kit runs on no other.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            app()
    except InvalidArgument as error:
        fail(str(error))
    except BrokenPipeError:
        # The reader of our output has closed the pipe (`| head`); Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as error:
        # A full disk, a folder that cannot be written: the system's own message is clear.
        place = f"{error.filename}: " if error.filename else ""
        fail(f"{place}{error.strerror or error}")
    except SystemExit as ended:
        # Typer ends a command with 130 at Ctrl-C, and prints nothing.
        if ended.code == 130:
            continues = "synthesize" in sys.argv and "--check" not in sys.argv
            more = ", or continue the run with --out and --resume" if "train" in sys.argv else ""
            again = "continue" if continues else f"start again{more}"
            print(f"Stopped. Repeat the command to {again}.", file=sys.stderr)
        raise
