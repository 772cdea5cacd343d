"""The app: one line for each command; a user's error becomes one line of output."""

import os
import sys
import warnings

import typer

from tfgan_kit.cli.console import fail, show_warning
from tfgan_kit.cli.judge import compare, evaluate
from tfgan_kit.cli.runs import gif, info, list_recipes
from tfgan_kit.cli.ship import export, sample, serve
from tfgan_kit.cli.train import train
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["app", "main"]

# Nothing above this line imports TensorFlow, so that `--help` is fast.

app = typer.Typer(
    help="Train, evaluate and export GANs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for _command in (train, sample, export, serve):
    app.command()(_command)
app.command("recipes")(list_recipes)
for _command in (evaluate, compare, gif, info):
    app.command()(_command)


def main():
    """Run the command line; a user's error is one line on standard error and exit code 2."""
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
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
