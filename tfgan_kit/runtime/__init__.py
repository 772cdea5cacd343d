"""Run exported generators: a file of any format behind one object, no matter who wrote it."""

from tfgan_kit.runtime.generator import ExportedGenerator
from tfgan_kit.runtime.loading import load
from tfgan_kit.runtime.manifest import Manifest, ManifestEntry

__all__ = ["ExportedGenerator", "Manifest", "ManifestEntry", "load"]
