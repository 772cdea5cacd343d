"""Configurations of the playground that show something, some of them already trained."""

import dataclasses
import pathlib

from tfgan_kit.lab.settings import Settings

__all__ = ["PRESETS", "Preset"]

_STARTS = pathlib.Path(__file__).parent / "starts"


@dataclasses.dataclass(frozen=True)
class Preset:
    """A configuration of the playground, and what there is to see in it."""

    title: str
    text: str
    settings: dict
    trained: bool = False

    @property
    def start(self):
        """The bytes of the trained GAN, or None."""
        return (_STARTS / f"{self.name}.keras").read_bytes() if self.trained else None

    @property
    def name(self):
        """The title as a file name."""
        return self.title.lower().replace(" ", "_")

    def make(self):
        """The preset's `Settings`."""
        return Settings(**self.settings)


PRESETS = (Preset("Begin here", "", {}),)
