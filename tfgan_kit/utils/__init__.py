"""What every room may use: errors, validation, files, progress and Keras's private names."""

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["InvalidArgument"]
