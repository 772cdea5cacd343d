"""Images and animations as pixels and files."""

from tfgan_kit.media import animation, images

__all__ = ["animation", "images"]
