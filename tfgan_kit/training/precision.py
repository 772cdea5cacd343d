"""The number format of the networks: float32, bfloat16 or float16."""

import contextlib
import pathlib
import platform

from tfgan_kit.utils.validation import check_choice

__all__ = ["NAMES", "resolve", "scope"]

NAMES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")

_CPUINFO = pathlib.Path("/proc/cpuinfo")
# Linux's names for the instructions that multiply bfloat16 in hardware.
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def resolve(precision="auto"):
    """The Keras dtype policy of a precision; `"auto"` depends on the hardware."""
    if check_choice("precision", precision, NAMES) != "auto":
        return precision
    return "mixed_bfloat16" if _has_gpu() or _multiplies_bfloat16() else "float32"


@contextlib.contextmanager
def scope(precision):
    """A context in which new layers compute in that precision."""
    import keras

    name = resolve(precision)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield name
    finally:
        keras.config.set_dtype_policy(before)


def _has_gpu():
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def _multiplies_bfloat16():
    """Read from /proc/cpuinfo; False on other systems, where float32 is correct as well."""
    if platform.system() != "Linux" or not _CPUINFO.exists():
        return False
    lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return bool(_BFLOAT16_FLAGS & set(flags.partition(":")[2].split()))
