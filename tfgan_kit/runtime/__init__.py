"""Load and run exported generators of any format, also files of other tools."""

from tfgan_kit.runtime.generator import ExportedGenerator
from tfgan_kit.runtime.loading import load

__all__ = ["ExportedGenerator", "load"]
