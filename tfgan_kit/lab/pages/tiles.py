"""Pictures of many small images, to look at, to choose from and to keep."""

import base64
import io
import math
import pathlib
import tempfile

import numpy as np
import param
from panel.custom import JSComponent

from tfgan_kit import media
from tfgan_kit.lab.pages.frame import is_dark
from tfgan_kit.media.images import to_pil

__all__ = ["Tiles", "gif", "is_smooth", "png", "rgba", "tag", "tiled"]

_THUMBNAIL = 64


class Tiles(JSComponent):
    """Images of which one can be chosen, or a map with the image at the place pointed at.

    A map sends `{place: [x, y]}` and draws the answer `{place, pixels}` before it asks again.
    """

    source = param.String(doc="A PNG as a data URL.")
    columns = param.Integer(1)
    rows = param.Integer(1)
    count = param.Integer(0)
    continuous = param.Boolean(False)
    smooth = param.Boolean(False)
    cursor = param.List([0, 0], doc="Column and row; of a map x and y from -1 to 1.")
    marks = param.List([], doc="Text, x and y of each.")
    description = param.String()
    asked = param.Integer(0, doc="Changes if the image at the cursor has changed.")

    _esm = pathlib.Path(__file__).parents[1] / "static" / "tiles.js"

    def show(self, images, columns):
        """Show uint8 images."""
        rows = math.ceil(len(images) / columns)
        padding = 0 if self.continuous else 2
        source = _url(tiled(_small(images), columns, padding)) if len(images) else ""
        self.param.update(source=source, columns=columns, rows=rows, count=len(images))


def background():
    """The grey between images."""
    return 48 if is_dark() else 255


def tiled(images, columns, padding=2):
    """One picture of images, for the colours of the page."""
    return media.tile(images, columns, padding, background())


def _small(images):
    step = math.ceil(images.shape[1] / _THUMBNAIL)
    return images[:, ::step, ::step]


def is_smooth(image_shape):
    """Whether a browser may blur between the pixels of enlarged images."""
    return image_shape[0] >= 2 * _THUMBNAIL


def rgba(image):
    """Pixels as a canvas takes them."""
    return np.array(to_pil(image).convert("RGBA"))


def png(picture):
    """A picture as the bytes of a PNG file."""
    file = io.BytesIO()
    to_pil(picture).save(file, "PNG")
    return file.getvalue()


def _url(picture):
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"


def tag(images, columns, alt, smooth, side=600):
    """HTML of a picture of images, `side` pixels wide where there is room."""
    style = f"width: 100%; max-width: {side}px" + "; image-rendering: pixelated" * (not smooth)
    picture = _url(tiled(_small(images), columns, 1))
    return f'<img src="{picture}" alt="{alt}" title="{alt}" style="{style}">'


def gif(images, closed):
    """The bytes of a GIF; a closed walk shows its first image once."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "walk.gif"
        frames = [media.scale_up(image, 160) for image in images[: len(images) - closed]]
        media.write_animation(path, frames, fps=12, hold=0 if closed else 0.5)
        return path.read_bytes()
