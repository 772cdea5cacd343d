"""A page to look around in six pictures, in one file that needs no network."""

import base64
import html
import importlib.resources
import io
import json
import string

import numpy as np

from tfgan_kit.media.images import to_pil
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["write_panorama"]

_JPEG = {"format": "JPEG", "quality": 92, "subsampling": 0}


def write_panorama(path, faces, title="Panorama"):
    """Write a web page with a 360° view from the middle of a cube.

    The viewer, Pannellum, and the pictures are in the page, which works offline.

    Args:
        path: String or `os.PathLike`, the HTML file.
        faces: uint8 array `(6, side, side, 1 or 3)`: what is in front, to the right, behind, to the
            left, above and below, each as seen from the middle.
        title: String, title of the page. Defaults to `"Panorama"`.

    Raises:
        InvalidArgument: If `faces` is not as described.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import export

    export.write_panorama("room.html", np.full((6, 64, 64, 3), 200, "uint8"))
    ```

    Reference: Petroff, 2019, https://doi.org/10.21105/joss.01628; https://pannellum.org.
    """
    faces = np.asarray(faces)
    shape = faces.shape
    if len(shape) != 4 or shape[::3] not in ((6, 1), (6, 3)) or shape[1] != shape[2]:
        raise InvalidArgument(
            f"`faces` must have shape (6, side, side, 1 or 3). Received: shape {shape}"
        )
    folder = importlib.resources.files("tfgan_kit.export") / "static"
    page, css, js = (
        folder.joinpath(name).read_text(encoding="utf-8")
        for name in ("panorama.html", "pannellum.css", "pannellum.js")
    )
    page = string.Template(page).substitute(
        title=html.escape(title), css=css, js=js, faces=json.dumps([*map(_data_url, faces)])
    )
    atomic_write_text(path, page)


def _data_url(pixels):
    file = io.BytesIO()
    to_pil(pixels).save(file, **_JPEG)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
