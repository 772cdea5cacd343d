"""Pages in the browser and in notebooks: a GAN that learns in the plane, runs, latent spaces."""

import gc
import importlib
import importlib.util
import threading

from tfgan_kit.utils.errors import InvalidArgument

# By name, on first use: a command line must not import Panel before it needs it.
_PAGES = ("playground", "run", "latent_space", "real_or_fake")
__all__ = [*_PAGES, "Session", "Settings", "serve"]
_ROOMS = {
    **{name: f"pages.{name}" for name in _PAGES},
    "serve": "server",
    "Session": "session",
    "Settings": "settings",
}


def _check_panel():
    if importlib.util.find_spec("panel") is None:
        raise InvalidArgument('The lab needs Panel: pip install "tfgan_kit[lab]"')


def preload():
    """Begin to import what takes the longest, while the caller does something else."""

    def load():
        # An import makes objects that stay; looking for garbage takes a quarter of the time.
        gc.disable()
        try:
            importlib.import_module(f"{__name__}.experiment")
        finally:
            gc.enable()

    _check_panel()
    threading.Thread(target=load, daemon=True).start()


def __getattr__(name):
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _check_panel()
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
