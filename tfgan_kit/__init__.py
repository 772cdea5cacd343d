"""Train a GAN with `model.fit`, watch it, trust its numbers and ship the generator."""

import importlib
import importlib.metadata

from tfgan_kit.utils.keras_compat import connect

__all__ = [
    "GAN",
    "callbacks",
    "data",
    "evaluation",
    "export",
    "latent",
    "layers",
    "losses",
    "media",
    "metrics",
    "models",
    "penalties",
    "recipes",
    "runs",
    "runtime",
    "training",
]

__version__ = importlib.metadata.version("tfgan_kit")

connect()


def __getattr__(name):
    # TensorFlow takes seconds to import, and `tfgan-kit --help` must not wait for it.
    if name == "GAN":
        return importlib.import_module("tfgan_kit.gan").GAN
    if name in __all__:
        return importlib.import_module(f"tfgan_kit.{name}")
    raise AttributeError(f"module 'tfgan_kit' has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, "__version__"])
