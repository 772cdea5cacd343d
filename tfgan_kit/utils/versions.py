"""Versions that a result depends on."""

import importlib.metadata
import platform

__all__ = ["installed_versions"]


def installed_versions():
    """The versions that a result depends on.

    Returns:
        A dict of package name and version, Python and processor included.

    Example:

    ```python
    from tfgan_kit.utils.versions import installed_versions

    sorted(installed_versions())
    # ['keras', 'machine', 'numpy', 'python', 'tensorflow', 'tfgan_kit']
    ```
    """
    import keras
    import numpy as np
    import tensorflow as tf

    return {
        "tfgan_kit": importlib.metadata.version("tfgan_kit"),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
