"""The table of readers, one kind of source per file. The first that recognises a source opens it.

A new reader belongs before `array_files`, which accepts any file.
"""

from tfgan_kit.data.readers import array_files, arrays, digits, folder, picture, tfds

__all__ = ["READERS"]

READERS = (
    arrays.READER,
    digits.READER,
    folder.READER,
    picture.READER,
    array_files.READER,
    tfds.READER,
)
