"""The command that opens the pages of the lab."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import argument, import_quietly, option

__all__ = ["lab"]


def lab(
    path: Annotated[
        pathlib.Path,
        argument(
            "A run, an exported generator, or a folder with runs. Defaults to runs/ if it is "
            "there, else to the current folder.",
            "[PATH]",
        ),
    ] = None,
    port: Annotated[int, option("Port; 0 for any free one.", min=0, max=65535)] = 8070,
    browser: Annotated[bool, option("Whether to open a browser.", "--browser/--no-browser")] = True,
):
    """Open the lab in the browser.

    Its pages: a playground where a GAN learns points in the plane, a view of runs while they train,
    the latent space of a generator, and a test of people on generated images.
    """
    runs = pathlib.Path("runs")
    path = path or (runs if runs.is_dir() else pathlib.Path())
    # TensorFlow is imported beside Panel.
    import_quietly("tfgan_kit.lab").preload()
    import_quietly("tfgan_kit.lab.server").serve(path, port, browser)
