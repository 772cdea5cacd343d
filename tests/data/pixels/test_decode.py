import functools
import io
import pathlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tfgan_kit.data import DataError
from tfgan_kit.data.pixels import decode

NOISE = np.random.default_rng(0).integers(0, 256, (24, 24, 3), "uint8")


def encode(image, file_format="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def decode_bytes(content, size=24, channels=3):
    return decode.decode_image(content, "x", size, channels)


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "WEBP"])
def test_lossless_formats_are_exact(file_format):
    content = encode(Image.fromarray(NOISE), file_format, lossless=True)
    np.testing.assert_array_equal(decode_bytes(content), NOISE)
    assert decode.read_header(content, "x") == (24, 24, False, False, False)


def test_the_first_frame_of_a_gif_and_a_cmyk_jpeg():
    frames = [Image.new("L", (24, 24), value) for value in (10, 200)]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (decode_bytes(content) == 10).all()
    content = encode(Image.new("CMYK", (24, 24), (0, 255, 255, 0)), "JPEG")
    red, green, blue = decode_bytes(content)[12, 12]
    assert red > 200 > 60 > max(green, blue)


def test_transparency_is_put_on_white_and_palettes():
    clear = Image.new("RGBA", (24, 24), (255, 0, 0, 0))
    assert (decode_bytes(encode(clear)) == 255).all()
    half = Image.new("RGBA", (24, 24), (0, 0, 0, 128))
    assert (np.abs(decode_bytes(encode(half)).astype(int) - 127) <= 1).all()
    grey = Image.new("LA", (24, 24), (0, 0))
    assert (decode_bytes(encode(grey), channels=1) == 255).all()
    # The entry of a palette.
    image = Image.new("P", (24, 24), 1)
    image.putpalette([0, 0, 0, 9, 99, 199])
    assert decode_bytes(encode(image))[0, 0].tolist() == [9, 99, 199]
    assert (decode_bytes(encode(image, transparency=1)) == 255).all()
    assert not decode.read_header(encode(image), "x").is_grey


@pytest.mark.parametrize(("value", "wanted"), [(0, 0), (257, 1), (32768, 128), (65535, 255)])
def test_16_bit_grey_is_scaled_not_clipped(value, wanted):
    content = encode(Image.fromarray(np.full((24, 24), value, "uint16")))
    assert (decode_bytes(content, channels=1) == wanted).all()
    assert decode.read_header(content, "x").is_grey


def test_exif_orientation_is_applied():
    upright = np.zeros((24, 24), "uint8")
    upright[:12] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    # Orientation 6: the stored picture must be turned 90 degrees clockwise.
    content = encode(Image.fromarray(np.rot90(upright, 1).copy()), "PNG", exif=exif)
    np.testing.assert_array_equal(decode_bytes(content, channels=1)[..., 0], upright)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_grey_modes_are_recognised(mode):
    header = decode.read_header(encode(Image.new(mode, (20, 30))), "x")
    assert header == (20, 30, True, False, mode == "I;16")


@pytest.mark.parametrize(
    ("dtype", "high", "stated", "wanted"),
    [("uint16", 4095, (0, 4095), 255), ("uint16", 4000, (0, 8000), 128), ("uint8", 9, (0, 9), 255)]
    + [("uint8", 1, (0, 2), 128)],
)
def test_a_stated_range_is_that_of_black_and_white(dtype, high, stated, wanted):
    grey = np.full((24, 24), high, dtype)
    for pixels in (grey, np.dstack([grey] * 3))[: 1 + (dtype == "uint8")]:
        content = encode(Image.fromarray(pixels))
        assert (decode.decode_image(content, "x", 24, 3, stated) == wanted).all()
        with pytest.raises(DataError, match=r"^x must contain values in its `value_range`"):
            decode.decode_image(content, "x", 24, 3, (0, high / 2))


@pytest.mark.parametrize(
    ("level", "stated", "outcome"),
    [
        (0.5, (0, 1), 128),
        (8.0, (0, 16), 128),
        (1.05, (0, 1), UserWarning),
        (np.nan, (0, 1), "finite"),
    ]
    + [
        (2.0, (0, 1), "0 to 1. Received: values from 2 to 2"),
        (0.5, None, r"x has float pixels.*range 0 1"),
    ],
)
def test_float_files_state_their_range(level, stated, outcome):
    content = encode(Image.fromarray(np.full((24, 24), level, "float32")), "TIFF")
    read = functools.partial(decode.decode_image, content, "x", 24, 1, stated)
    if outcome is UserWarning:
        with pytest.warns(outcome, match="a little outside the range"):
            assert (read() == 255).all()
    elif isinstance(outcome, int):
        assert (read() == outcome).all()
    else:
        with pytest.raises(DataError, match=outcome):
            read()


def test_the_middle_square_is_cropped():
    pixels = np.arange(7, dtype="uint8")[np.newaxis].repeat(4, axis=0)
    wide = decode_bytes(encode(Image.fromarray(pixels)), size=4, channels=1)[..., 0]
    # 3 columns too many: 1 is cut at the left, 2 at the right.
    assert wide.tolist() == [[1, 2, 3, 4]] * 4
    tall = decode_bytes(encode(Image.fromarray(pixels.T.copy())), size=4, channels=1)[..., 0]
    assert tall.tolist() == [[row] * 4 for row in (1, 2, 3, 4)]


def test_shrinking_has_no_aliasing():
    stripes = np.zeros((64, 64), "uint8")
    stripes[:, ::2] = 255
    small = decode_bytes(encode(Image.fromarray(stripes)), size=16, channels=1)
    # Nearest-neighbour would give all black or all white.
    assert 120 <= small.mean() <= 135
    assert small.std() < 10
    # A large JPEG is decoded smaller, close to its full decoding.
    rows = np.linspace(0, 255, 512)[:, np.newaxis, np.newaxis].repeat(512, 1).repeat(3, 2)
    content = encode(Image.fromarray(rows.astype("uint8")), "JPEG", quality=95)
    full = Image.open(io.BytesIO(content)).resize((16, 16), Image.Resampling.LANCZOS)
    assert np.abs(decode_bytes(content, 16).astype(int) - np.asarray(full)).max() <= 4


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_decompression_bomb_is_refused_with_the_limit(side):
    bomb = bytearray(encode(Image.new("L", (1, 1))))
    bomb[16:24] = struct.pack(">II", side, side)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bomb[12:29]))
    with pytest.raises(DataError, match=r"x is refused as a decompression bomb.* \d+ pixels"):
        decode.read_header(bytes(bomb), "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"only text", "is not a PNG, JPEG or other image that Pillow reads")]
    + [(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a PNG")]
    + [(encode(Image.fromarray(NOISE))[:200], "unreadable or truncated")]
    + [(encode(Image.fromarray(NOISE), "JPEG")[:300], "unreadable or truncated")]
    + [(pathlib.Path("nothing.png"), "not a regular file"), (pathlib.Path("/"), "not a regular")],
)
def test_broken_content_is_a_data_error(content, message):
    with pytest.raises(DataError, match=f"^x .*{message}"):
        decode_bytes(content)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    "file_format",
    ["PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "AVIF", "JPEG2000", "TGA", "DDS", "ICO", "QOI"],
)
def test_damaged_bytes_give_an_image_or_a_data_error(file_format):
    Image.init()
    if file_format not in Image.SAVE:
        pytest.skip("This Pillow does not write it.")
    content = bytearray(encode(Image.fromarray(NOISE), file_format))
    rng = np.random.default_rng(1)
    for _ in range(100):
        damaged = bytearray(content)
        for place in rng.integers(0, len(content), 3):
            damaged[place] = rng.integers(256)
        try:
            decode.read_header(bytes(damaged), "x")
            assert decode_bytes(bytes(damaged)).shape == (24, 24, 3)
        except DataError as error:
            assert "\n" not in str(error)  # noqa: PT017
