"""The table of export formats. Each has a writer in `export` and a reader in this room."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["FORMATS", "WRITABLE", "Format"]


class Format(NamedTuple):
    """How files of a format are written, read and recognized.

    Writer and reader are import paths, resolved on first use: reading TFLite or ONNX must not
    import TensorFlow, and `runtime` must not import `export`.
    """

    suffix: str  # Ends the name of an output; one without a dot is a folder's.
    writer: str = None
    reader: str = None
    matches: Callable = None  # From a path and the first 16 bytes of a file to a boolean.


FORMATS = {
    "saved_model": Format(
        "-saved_model",
        "tfgan_kit.export.saved_model:to_saved_model",
        "tfgan_kit.runtime.saved_model:SavedModelGenerator",
        lambda path, head: (path / "saved_model.pb").is_file(),
    ),
    "tflite": Format(
        ".tflite",
        "tfgan_kit.export.tflite:to_tflite",
        "tfgan_kit.runtime.tflite:TFLiteGenerator",
        lambda path, head: head[4:8] == b"TFL3",
    ),
    "onnx": Format(
        ".onnx",
        "tfgan_kit.export.onnx:to_onnx",
        "tfgan_kit.runtime.onnx:OnnxGenerator",
        # ONNX has no magic number: the first field is the version, a small number.
        lambda path, head: path.suffix == ".onnx" and head[:1] == b"\x08" and head[1:2] < b"\x40",
    ),
    # A page is read through the TFLite file in it.
    "web": Format("-web", "tfgan_kit.export.web:to_web"),
    # GANs and models are saved by Keras itself.
    "keras": Format(
        ".keras",
        reader="tfgan_kit.runtime.keras_model:KerasGenerator",
        # Other zip archives, such as .npz, are none; Keras itself reads no other name.
        matches=lambda path, head: path.suffix == ".keras" and head[:4] == b"PK\x03\x04",
    ),
}
WRITABLE = {name: each for name, each in FORMATS.items() if each.writer}
