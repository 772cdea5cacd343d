"""The command line, `tfgan-kit`."""

from tfgan_kit.cli.main import main

__all__ = ["main"]
