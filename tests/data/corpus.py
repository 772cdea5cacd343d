"""Small awkward inputs with their outcomes; `python tests/data/corpus.py FOLDER` writes them all.

A case is a function that writes below a folder and returns what `open_source` then gets, and what
must come of it. `test_corpus.py` runs them. Add a case to a list, or a list to `CASES`.
"""

import gzip
import io
import os
import pathlib
import struct
import sys
import typing
import zlib

import numpy as np
from PIL import Image, ImageCms

# Not symmetric, so that every turn shows.
RGB = np.random.default_rng(0).integers(0, 256, (16, 16, 3), "uint8")
GREY = np.asarray(Image.fromarray(RGB).convert("L"))
LINES = np.repeat([0, 255], 128).reshape(16, 16).astype("uint8")
INDICES = (np.arange(256) % 3).reshape(16, 16).astype("uint8")
COLOURS = np.array([[0, 0, 0], [9, 99, 199], [255, 0, 0]], "uint8")
ON_WHITE = np.where(LINES[..., np.newaxis] == 0, 255, RGB)


class Case(typing.NamedTuple):
    """An input and its outcome; what is None is not looked at, but no other warning may come."""

    name: str
    make: typing.Callable[[pathlib.Path], object]
    pixels: np.ndarray | None = (
        None  # (height, width), or with a last axis of channels: each image.
    )
    shape: tuple | None = None  # (num, height, width, channels)
    classes: str | None = None  # Names of the classes, "" for no labels.
    labels: list | None = None
    warning: str | None = None  # Regular expressions.
    error: str | None = None
    notes: str | None = None
    tolerance: int = 0
    options: dict = {}  # Of `open_source`.


def folder(contents, links=()):
    """Makes a folder of files: bytes, an array or image, or that with options of `Image.save`."""

    def make(root):
        for name, content in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
                continue
            image, options = content if isinstance(content, tuple) else (content, {})
            image = image if isinstance(image, Image.Image) else Image.fromarray(image)
            image.save(path, **options)
        for name, target in dict(links).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(target)
        return root

    return make


def one(name, content):
    """Makes a folder with one file."""
    return folder({name: content})


def palette_image(**options):
    image = Image.fromarray(INDICES, "P")
    image.putpalette(COLOURS.tobytes())
    return image, options


def encoded(image, file_format, **options):
    """The bytes of an encoded image."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, file_format, **options)
    return stream.getvalue()


def png(width, height, depth, colour, rows, interlace=0, extra=b""):
    """A PNG that Pillow does not write: `rows` are the bytes of the scan lines."""

    def chunk(kind, content):
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


def interlaced(pixels):
    """A grey PNG in the seven passes of Adam."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
    rows = [
        row.tobytes()
        for top, left, down, right in [*passes, (1, 0, 2, 1)]
        for row in pixels[top::down, left::right]
    ]
    return png(16, 16, 8, 0, rows, interlace=1)


def turned(orientation):
    """What a camera stores that must be turned as EXIF's orientation says to give `RGB`."""
    stored = {
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: np.rot90(RGB, 1),
        7: RGB[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(RGB, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    return np.ascontiguousarray(stored[orientation]), {"exif": exif}


def frames(file_format, **options):
    """Two frames, of which the first counts."""
    second = Image.fromarray(255 - GREY)
    return GREY, {"save_all": True, "append_images": [second], "format": file_format, **options}


DEEP = GREY.astype("uint16") * 257
MODES = [
    Case("1 bit", one("a.png", Image.fromarray(LINES).convert("1")), LINES, (1, 16, 16, 1)),
    Case("1 bit TIFF", one("a.tif", Image.fromarray(LINES).convert("1")), LINES, (1, 16, 16, 1)),
    Case("grey", one("a.png", GREY), GREY, (1, 16, 16, 1)),
    Case("grey with opacity", one("a.png", np.dstack([GREY, LINES])), np.where(LINES, GREY, 255)),
    Case("palette", one("a.png", palette_image()), COLOURS[INDICES], (1, 16, 16, 3)),
    Case("palette of 2 bits", one("a.png", palette_image(bits=2)), COLOURS[INDICES]),
    Case(
        "palette with a transparent entry",
        one("a.png", palette_image(transparency=0)),
        np.where(INDICES[..., np.newaxis] == 0, 255, COLOURS[INDICES]),
    ),
    Case(
        "palette with opacities",
        one("a.png", palette_image(transparency=b"\x00\xff\xff")),
        np.where(INDICES[..., np.newaxis] == 0, 255, COLOURS[INDICES]),
    ),
    Case("grey GIF", one("a.gif", GREY), GREY, (1, 16, 16, 1)),
    Case("RGB", one("a.png", RGB), RGB, (1, 16, 16, 3)),
    Case("RGBA", one("a.png", np.dstack([RGB, LINES])), ON_WHITE, (1, 16, 16, 3)),
    Case(
        "RGBA, all opaque and as grey",
        one("a.png", np.dstack([RGB, LINES | 255])),
        GREY,
        options={"channels": 1},
    ),
    Case("grey as RGB", one("a.png", GREY), np.dstack([GREY] * 3), options={"channels": 3}),
    Case("CMYK TIFF", one("a.tif", Image.fromarray(RGB).convert("CMYK")), RGB),
    Case(
        "CMYK JPEG",
        one("a.jpg", Image.new("CMYK", (16, 16), (0, 255, 255, 0))),
        np.full((16, 16, 3), [255, 0, 0]),
        tolerance=2,
    ),
    Case(
        "YCbCr JPEG",
        one("a.jpg", (Image.fromarray(RGB).convert("YCbCr"), {"quality": 100, "subsampling": 0})),
        RGB,
        tolerance=5,
    ),
    Case("LAB TIFF", one("a.tif", Image.fromarray(RGB).convert("LAB")), RGB, tolerance=20),
    Case("16 bit PNG", one("a.png", DEEP), GREY, (1, 16, 16, 1)),
    Case("16 bit TIFF, big-endian", one("a.tif", DEEP.astype(">u2")), GREY, (1, 16, 16, 1)),
    Case("16 bit PGM", one("a.pgm", DEEP), GREY, (1, 16, 16, 1)),
    Case(
        "16 bit RGB PNG",
        one("a.png", png(16, 16, 16, 2, (RGB.astype("uint16") * 257).astype(">u2"))),
        RGB,
    ),
    Case("32 bit TIFF", one("a.tif", Image.fromarray(DEEP.astype("int32"))), GREY),
    Case("interlaced PNG", one("a.png", interlaced(GREY)), GREY),
    Case(
        "progressive JPEG",
        one("a.jpg", (GREY, {"progressive": True, "quality": 100})),
        GREY,
        tolerance=3,
    ),
    Case(
        "profile",
        one(
            "a.png",
            (
                RGB,
                {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
            ),
        ),
        RGB,
    ),
    *[Case(f"orientation {number}", one("a.png", turned(number)), RGB) for number in range(1, 9)],
    Case("orientation in a TIFF", one("a.tif", turned(6)), RGB),
    Case(
        "orientation that does not exist",
        one("a.png", (RGB, {"exif": b"Exif\0\0II*\0\x08\0"})),
        RGB,
    ),
]

FORMATS = [
    *[
        Case(f"format {name}", one(f"a.{name}", content), RGB, (1, 16, 16, 3), tolerance=tolerance)
        for name, content, tolerance in (
            ("tif", RGB, 0),
            ("TIFF", RGB, 0),
            ("bmp", RGB, 0),
            ("ppm", RGB, 0),
            ("tga", RGB, 0),
            ("pcx", RGB, 0),
            ("qoi", RGB, 0),
            ("sgi", RGB, 0),
            ("dds", RGB, 0),
            ("ico", RGB, 0),
            ("webp", (RGB, {"lossless": True}), 0),
            ("jp2", RGB, 0),
            ("avif", (RGB, {"quality": 100, "subsampling": "4:4:4"}), 6),
        )
        # Pillow 11.0 does not write all of them.
        if Image.registered_extensions().get(f".{name.lower()}") in Image.SAVE
    ],
    Case(
        "format jfif", one("a.jfif", (GREY, {"format": "JPEG", "quality": 100})), GREY, tolerance=3
    ),
    *[
        Case(
            f"several frames, {name}",
            one(f"a.{name}", frames(kind, **options)),
            GREY,
            warning=r"first frame .* \(1\): a\.",
        )
        for name, kind, options in (
            ("gif", "GIF", {}),
            ("png", "PNG", {}),
            ("tif", "TIFF", {}),
            ("webp", "WEBP", {"lossless": True}),
        )
    ],
    Case(
        "PostScript named PNG",
        one("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        error="a.png is not a PNG",
    ),
    Case("PDF", folder({"a.pdf": b"%PDF-1.4", "a.png": RGB}), RGB, warning=r"\(1\): a\.pdf"),
    Case(
        "page named JPEG",
        one("a.jpg", b"<!DOCTYPE html><html>404</html>"),
        error="a.jpg is not a PNG, JPEG or other image",
    ),
]

SIZES = [
    Case("1×1", one("a.png", RGB[:1, :1]), np.full((1, 1, 3), RGB[0, 0]), (1, 1, 1, 3)),
    Case(
        "1×500",
        one("a.png", np.arange(500).astype("uint8")[np.newaxis] // 250 * 77),
        np.full((16, 16), 0),
        (1, 16, 16, 1),
        warning=r"smaller than 16×16, of 1 \(1\): a.png",
    ),
    Case(
        "500×1",
        one("a.png", np.full((500, 1), 207, "uint8")),
        np.full((16, 16), 207),
        warning=r"a.png \(1×500\)",
    ),
    Case(
        "huge by its header",
        one("a.png", png(60_000, 60_000, 8, 0, [b"\0"])),
        error=r"a.png is refused as a decompression bomb",
    ),
    Case("no width", one("a.png", png(0, 16, 8, 0, [b""] * 16)), error="a.png is "),
    Case(
        "an icon among photos",
        folder(
            {f"{i}.png": Image.new("L", (96 + i, 96)) for i in range(9)}
            | {"icon.png": Image.new("L", (20, 20))}
        ),
        np.zeros((64, 64)),
        (10, 64, 64, 1),
        warning=r"enlarged .* 64×64, of 10 \(1\): icon.png \(20×20\)$",
        notes="cropped and resized, from shorter sides of 20 to 96 pixels",
    ),
    Case(
        "an odd one among squares",
        folder(
            {f"{i}.png": Image.new("L", (28, 28)) for i in range(9)}
            | {"odd.png": Image.new("L", (31, 30))}
        ),
        shape=(10, 28, 28, 1),
    ),
    Case(
        "a size that is asked for",
        folder({"a.png": RGB, "b.png": np.tile(RGB, (3, 2, 1))}),
        shape=(2, 24, 24, 3),
        notes="cropped and resized, from shorter sides of 16 to 32 pixels",
        options={"image_size": 24},
    ),
    Case(
        "grey and colour",
        folder({"a.png": GREY, "b.png": np.dstack([GREY] * 3)}),
        np.dstack([GREY] * 3),
        (2, 16, 16, 3),
    ),
]


def loop(root):
    folder({"a/1.png": RGB}, {"a/up": root, "b": "a", "a/self": "."})(root)
    return root


def hard_link(root):
    folder({"a.png": RGB})(root)
    os.link(root / "a.png", root / "b.png")
    return root


def outside(root):
    folder({"elsewhere/1.png": RGB})(root)
    links = {"a": root / "elsewhere", "b": root / "elsewhere", "2.png": root / "elsewhere/1.png"}
    return folder({}, links)(root / "images")


def cut(content, share):
    return content[: int(len(content) * share)]


WHOLE = encoded(RGB, "PNG")
NAMES = [
    *[
        Case(f"name {name!r}", one(f"{name}.png", RGB), RGB)
        for name in ("é日本🐈", "two words", "new\nline", "[red]%s{}", "-n", "a" * 200, "a.b.", "~")
    ],
    Case("upper-case suffix", one("A.PNG", RGB), RGB),
    Case("JPEG named PNG", one("a.png", encoded(GREY, "JPEG", quality=100)), GREY, tolerance=3),
    Case("no suffix", folder({"image": WHOLE, "a.png": RGB}), RGB, warning=r"\(1\): image$"),
    Case("only no suffix", one("image", WHOLE), error="contains no PNG, .* Found: image"),
    Case(
        "hidden files and what systems make",
        folder(
            {
                "a.png": RGB,
                ".a.png": b"",
                ".DS_Store": b"",
                "Thumbs.db": b"x",
                "__MACOSX/._a.png": b"x",
                ".git/b.png": b"",
                "desktop.ini": b"x",
            }
        ),
        RGB,
        (1, 16, 16, 3),
        "",
    ),
    Case(
        "other files",
        folder({"a.png": RGB, "notes.txt": b"", "b.heic": b"", "c.svg": b"", "d.mp4": b""}),
        RGB,
        warning=r"does not read as images \(4\): b.heic, c.svg, d.mp4, …$",
    ),
    Case("a folder named like an image", folder({"a.png/b.png": RGB, "a.png/c.png": RGB}), RGB),
]

LINKS = [
    Case(
        "links above, beside and to itself",
        loop,
        RGB,
        (1, 16, 16, 3),
        "",
        warning=r"links to images that are counted already \(3\): ",
    ),
    Case("hard link", hard_link, RGB, (1, 16, 16, 3), warning=r"\(1\): b.png$"),
    Case("two links outside", outside, RGB, (1, 16, 16, 3), warning=r"already \(2\): "),
    Case(
        "link to a file",
        folder({"b.png": RGB}, {"a.png": "b.png"}),
        RGB,
        (1, 16, 16, 3),
        warning=r"already \(1\): a.png$",
    ),
    Case(
        "linked classes",
        folder({"cat/1.png": RGB, "dog/1.png": RGB}, {"all": "cat"}),
        RGB,
        (2, 16, 16, 3),
        "cat dog",
        [0, 1],
        warning=r"already \(1\): all$",
    ),
    Case("broken link", folder({"a.png": RGB}, {"b.png": "nowhere"}), error="b.png is not a reg"),
]

PAIR = {"cat/1.png": RGB, "dog/1.png": RGB}
ONE = (1, 16, 16, 3)


def below(*tops, contents=PAIR):
    return {f"{top}/{name}": content for top in tops for name, content in contents.items()}


NESTING = [
    Case("flat", folder({"a.png": RGB, "b.png": RGB}), RGB, (2, 16, 16, 3), ""),
    Case("one sub-folder", folder({"faces/a.png": RGB, "faces/b.png": RGB}), RGB, classes=""),
    Case("two wrappers", folder({"a/b/1.png": RGB}), RGB, ONE, ""),
    Case("classes", folder(PAIR), RGB, (2, 16, 16, 3), "cat dog", [0, 1]),
    Case("classes in a wrapper", folder(below("pets/images")), RGB, None, "cat dog", [0, 1]),
    Case(
        "classes of different depth",
        folder({"cat/a/b/1.png": RGB, "dog/1.png": RGB}),
        RGB,
        None,
        "cat dog",
    ),
    Case("an image beside classes", folder({**PAIR, "cover.png": RGB}), RGB, None, ""),
    Case(
        "empty class",
        lambda root: (root / "fish").mkdir(parents=True) or folder(PAIR)(root),
        RGB,
        None,
        "cat dog",
        warning=r"left out empty folders \(1\): fish",
    ),
    Case(
        "splits",
        folder(below("train") | below("test", contents={"cat/1.png": GREY})),
        RGB,
        (2, 16, 16, 3),
        "cat dog",
        [0, 1],
        notes="split train, without test",
    ),
    Case(
        "the test split",
        folder(below("train") | below("test", contents={"cat/1.png": GREY})),
        GREY,
        (1, 16, 16, 1),
        "",
        options={"split": "test"},
        notes='split test, without train; one class only, "cat": not used as labels',
    ),
    Case("splits without classes", folder({"Train/1.png": RGB, "VALID/1.png": GREY}), RGB, ONE, ""),
    Case(
        "validation by another name",
        folder({"train/1.png": RGB, "Validation/1.png": GREY}),
        GREY,
        options={"split": "val"},
    ),
    Case("numbered splits", folder({"train2017/1.png": RGB, "val2017/1.png": GREY}), RGB, ONE),
    Case("only train", folder(below("train")), RGB, None, "cat dog"),
    Case("only test", folder({"test/1.png": RGB}), RGB, ONE, notes="split test"),
    Case(
        "no train",
        folder({"test/1.png": RGB, "val/1.png": RGB}),
        error="`split` of .* must be one of test, val, or .*Received: split=None",
    ),
    Case(
        "an unknown split",
        folder(below("train", "test")),
        error="must be one of test, train, or .*Received: split='dev'",
        options={"split": "dev"},
    ),
    Case(
        "a split without a name",
        folder(below("train", "test")),
        error="Received: split=''",
        options={"split": ""},
    ),
    Case(
        "splits of wrappers",
        folder(below("training_set/training_set") | below("test_set/test_set/pets")),
        RGB,
        classes="cat dog",
        options={"split": "test"},
    ),
    Case(
        "two domains",
        folder({f"{name}/1.png": RGB for name in ("trainA", "trainB", "testA")}),
        error="must be one of testa, traina, trainb, .*Received: split=None",
    ),
    Case(
        "splits below classes",
        folder({"bottle/train/1.png": RGB, "bottle/test/1.png": GREY, "cable/train/1.png": RGB}),
        RGB,
        None,
        "bottle cable",
    ),
    Case(
        "splits and something else",
        folder({"train/1.png": RGB, "test/1.png": RGB, "extra/1.png": GREY}),
        RGB,
        ONE,
        warning=r"in no split \(1\): extra/1.png",
    ),
    Case(
        "a class called train",
        folder({"bus/1.png": RGB, "train/1.png": RGB}),
        RGB,
        None,
        "bus train",
        warning=r"named like a split \(1\): train$",
    ),
    Case(
        "a split of a flat folder",
        folder({"a.png": RGB}),
        error="`split` only works with folders named .*contains none",
        options={"split": "train"},
    ),
]


def directory(root):
    root.mkdir(parents=True)
    return root


def fifo(root):
    os.mkfifo(directory(root) / "a.png")
    return root


DAMAGED = [
    Case("empty folder", directory, error="contains no PNG, JPEG"),
    Case("only text", one("a.txt", b"x"), error="contains no PNG, .*Found: a.txt"),
    Case(
        "no bytes",
        one("a.png", b""),
        error=r"a.png is empty \(0 bytes\)\. Remove it, or .* on_error=\"skip\"",
    ),
    Case("zeros", one("a.png", bytes(2000)), error="a.png is not a PNG"),
    Case("cut PNG", one("a.png", cut(WHOLE, 0.6)), error="a.png is unreadable .*--on-error skip"),
    Case("cut JPEG", one("a.jpg", cut(encoded(RGB, "JPEG"), 0.8)), error="a.jpg is unreadable"),
    Case("cut TIFF", one("a.tif", cut(encoded(RGB, "TIFF"), 0.3)), error="a.tif is "),
    Case("only the magic bytes", one("a.png", WHOLE[:8]), error="a.png is "),
    Case("wrong checksum", one("a.png", WHOLE.replace(b"IDAT", b"IDAX")), error="a.png is "),
    Case("a pipe", fifo, error="a.png is not a regular file"),
    Case(
        "damaged ones are skipped",
        folder(
            {"cat/1.png": RGB, "cat/2.png": cut(WHOLE, 0.6), "dog/1.png": RGB, "dog/2.png": b""}
        ),
        RGB,
        (2, 16, 16, 3),
        "cat dog",
        [0, 1],
        warning="left out 2 of 4 images that are unread",
        options={"on_error": "skip"},
    ),
    Case(
        "nothing readable",
        one("a.png", b"x"),
        error="contains no readable image. The first: ",
        options={"on_error": "skip"},
    ),
    Case(
        "an image too small for crops",
        lambda root: one("a.png", RGB)(root) / "a.png",
        error="a.png must be at least as large as its crops, 32x32 pixels. Received: 16x16",
    ),
    Case("the same image twice", folder({"a.png": RGB, "b.png": RGB}), RGB, (2, 16, 16, 3)),
]

ARRAYS = [
    Case(
        "one value for all labels",
        lambda root: _npz(root, images=GREY[np.newaxis], labels=[3]),
        GREY,
        (1, 16, 16, 1),
        "",
    ),
    Case(
        "a split of an array",
        lambda root: GREY[np.newaxis],
        error="`split` only works with a TensorFlow data set or a folder",
        options={"split": "test"},
    ),
]


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def idx(array):
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def file(name, content, **others):
    """Makes a file, with others beside it, whose names have `_` for `-`."""

    def make(root):
        folder({name: content} | {key.replace("_", "-"): each for key, each in others.items()})(
            root
        )
        return root / name

    return make


STACK = np.stack([GREY, 255 - GREY])
ZIP = npz(a=GREY)  # An archive, by its content.
FILES = [
    Case(name, file(path, content, **others), *outcome)
    for name, path, content, others, *outcome in (
        ("Fortran order", "a.npy", npy(np.asfortranarray(RGB[np.newaxis])), {}, RGB),
        ("channels first", "a.npy", npy(RGB.transpose(2, 0, 1)[np.newaxis]), {}, RGB),
        ("opacity in an array", "a.npy", npy(np.dstack([RGB, LINES])[np.newaxis]), {}, ON_WHITE),
        ("big-endian", "a.npy", npy(STACK[:1].astype(">i8")), {}, GREY),
        ("gzipped", "a.npy.gz", gzip.compress(npy(STACK[:1])), {}, GREY),
        ("no suffix of an array", "array", npy(STACK[:1]), {}, GREY),
        ("npz by Keras's names", "a.npz", npz(x_train=STACK[:1], x_test=STACK), {}, GREY),
        ("npz by one name", "a.npz", npz(faces=STACK[:1], year=np.array(3)), {}, GREY),
        (
            "IDX with labels",
            "train-images-idx3-ubyte",
            idx(np.stack([GREY] * 3)),
            {"train_labels_idx1_ubyte": idx(np.array([0, 2, 1], "uint8"))},
            GREY,
            (3, 16, 16, 1),
            None,
            [0, 2, 1],
        ),
        ("IDX, gzipped", "a.gz", gzip.compress(idx(STACK[:1])), {}, GREY),
    )
]
FILES += [
    Case(name, file(path, content, **others), error=error)
    for name, path, content, others, error in (
        ("no bytes of an array", "a.npy", b"", {}, r"a.npy is empty \(0 bytes\)"),
        ("cut array", "a.npy", npy(STACK)[:-9], {}, "a.npy is truncated"),
        ("array that is too long", "a.npy", npy(STACK) + b"x", {}, "a.npy is too long"),
        ("cut npz", "a.npz", npz(images=STACK)[:-9], {}, "a.npz is unreadable, truncated or corr"),
        ("cut gzip", "a.npy.gz", gzip.compress(npy(STACK))[:-9], {}, "a.npy.gz is unreadable"),
        ("cut IDX", "a", idx(STACK)[:-9], {}, "a is truncated"),
        ("no images", "a.npy", npy(STACK[:0]), {}, r"contains no images.*\(0, 16, 16\)"),
        ("one picture", "a.npy", npy(RGB), {}, r"must contain images of shape .*\(16, 16, 3\)"),
        ("two channels", "a.npy", npy(RGB[np.newaxis, ..., :2]), {}, r"with 1, 3 or 4 channels"),
        ("numbers in a row", "a.npy", npy(np.arange(9)), {}, r"must contain images of shape"),
        (
            "objects",
            "a.npy",
            npy(np.array([{}]), allow_pickle=True),
            {},
            "pickles can run any code",
        ),
        ("empty npz", "a.npz", npz(), {}, "must contain images in an array named .*no array"),
        ("two candidates", "a.npz", npz(a=STACK, b=STACK), {}, "Found: a .*, b "),
        ("labels only", "a.npz", npz(labels=np.arange(3)), {}, r"Found: labels \(3,\)"),
        ("zip", "a.zip", ZIP, {}, "is a zip archive. Unzip it and give the folder"),
        ("tar", "a.tar.gz", gzip.compress(bytes(2000)), {}, "is a tar archive. Unpack it"),
        ("table", "a.csv", b"1,2,3", {}, "must be a folder of images or a .npz, .npy or IDX file"),
        (
            "labels of another number",
            "a-images-idx3-ubyte",
            idx(STACK),
            {"a_labels_idx1_ubyte": idx(np.zeros(5, "uint8"))},
            "must be 2 labels, one per image",
        ),
    )
]


def _npz(root, **arrays):
    root.mkdir(parents=True, exist_ok=True)
    np.savez(root / "a.npz", **arrays)
    return root / "a.npz"


def _array(array):
    """Makes an `.npy` file, of images of one row of pixels."""

    def make(root):
        root.mkdir(parents=True, exist_ok=True)
        np.save(root / "a.npy", np.array(array).reshape(1, 1, -1, 1))
        return root / "a.npy"

    return make


# Name, values, dtype, stated range, and grey levels or an error, with a warning.
_VALUES = [
    ("uint8", [0, 7, 255], "uint8", None, [0, 7, 255]),
    ("black", [0, 0], "uint8", None, [0, 0]),
    ("dark uint8", [0, 90], "uint8", None, [0, 90]),
    ("int64 of 8 bits", [0, 7, 255], "int64", None, [0, 7, 255]),
    ("16 bits", [0, 257, 65535], "uint16", None, [0, 1, 255]),
    ("12 bits", [0, 2048, 4095], "uint16", None, r"range 0 4095 of"),
    ("12 bits, stated", [0, 2048, 4095], "uint16", (0, 4095), [0, 128, 255]),
    ("14 bits", [0, 16383], ">u2", None, [0, 64], "is dark: .* 0 to 65535, .* 16383"),
    ("signed scans", [-1000, 0, 1000], "int16", None, "from -1000 to 1000"),
    ("signed scans, stated", [-1000, 0, 1000], "int16", (-1000, 1000), [0, 128, 255]),
    ("mask of booleans", [0, 1], "bool", None, [0, 255]),
    ("mask of uint8", [0, 1], "uint8", None, r"value_range=\(0, 1\)"),
    ("mask of uint8, stated", [0, 1], "uint8", (0, 1), [0, 255]),
    ("mask of float", [0, 1], "float32", None, [0, 255]),
    ("class numbers", range(10), "uint8", None, r"value_range=\(0, 9\)"),
    ("levels 0 to 16", [0, 8, 16], "float64", None, "range 0 16 of tfgan-kit train"),
    ("levels 0 to 16, stated", [0, 8, 16], "float64", (0, 16), [0, 128, 255]),
    ("unit range", [0, 0.5, 1], "float32", None, [0, 128, 255]),
    ("unit range of half floats", [0, 0.5, 1], "float16", None, [0, 128, 255]),
    ("symmetric range", [-1, 0, 1], "float32", None, [0, 128, 255]),
    ("floats of 8 bits", [0, 7.4, 255], "float32", None, [0, 7, 255]),
    ("unit overshoot", [0, 0.2, 1.002], "float32", None, [0, 51, 255], "to 1.002 are clipped"),
    ("unit undershoot", [-0.002, 0.2, 1], "float32", None, [0, 51, 255], "are clipped to 0 to 1"),
    ("symmetric overshoot", [-1.02, 0, 1], "float32", None, [0, 128, 255], "clipped to -1 to 1"),
    ("8 bits overshoot", [-2, 9, 258], "float64", None, [0, 9, 255], "clipped to 0 to 255"),
    ("half symmetric range", [-0.5, 0.5], "float32", None, "from -0.5 to 0.5"),
    ("standardized", [-2.1, 0, 2.6], "float32", None, "from -2.1 to 2.6"),
    ("divided twice", [0, 0.0039], "float32", None, "from 0 to 0.0039"),
    ("percent", [0, 50, 100], "float32", None, [0, 50, 100], "no value is above 100"),
    ("NaN", [0, np.nan, 1], "float32", None, "must contain finite pixels"),
    ("infinity", [0, np.inf, 1], "float64", (0, 1), "must contain finite pixels"),
    ("another range than stated", [0, 255], "uint8", (0, 16), r"\(--range\), 0 to 16"),
    ("complex numbers", [1j], "complex64", None, "must contain numbers"),
    ("text", ["a"], "U1", None, "must contain numbers"),
]
VALUES = [
    Case(
        f"values: {name}",
        _array(np.array(list(values)).astype(dtype)),
        None if isinstance(outcome, str) else np.array([outcome]),
        warning=warning[0] if warning else None,
        error=outcome if isinstance(outcome, str) else None,
        options={"value_range": stated},
    )
    for name, values, dtype, stated, outcome, *warning in _VALUES
]
VALUES += [
    Case(
        "8 and 16 bits",
        folder({"a.png": GREY, "b.png": DEEP}),
        GREY,
        warning=r"mixed images of more than 8 bits, .* \(1\): b.png$",
    ),
    Case("12 bits in a PNG", one("a.png", DEEP // 257 * 16), error=r"value_range=\(0, 4095\)"),
    Case(
        "12 bits in a PNG, stated",
        one("a.png", DEEP // 257 * 16),
        np.rint(GREY * (255 * 16 / 4095)),
        options={"value_range": (0, 4095)},
    ),
    Case("mask in a PNG", one("a.png", LINES // 255), error=r"value_range=\(0, 1\)"),
    Case(
        "mask in a PNG, stated", one("a.png", LINES // 255), LINES, options={"value_range": (0, 1)}
    ),
    Case("floats in a TIFF", one("a.tif", GREY / np.float32(255)), error="has float pixels"),
    Case(
        "floats in a TIFF, stated",
        one("a.tif", GREY / np.float32(255)),
        GREY,
        options={"value_range": (0, 1)},
    ),
    Case(
        "NaN in a TIFF",
        one("a.tif", GREY * np.float32(np.nan)),
        error="a.tif must contain finite pixels",
        options={"value_range": (0, 1)},
    ),
]
VALUES += [
    Case(
        f"labels: {name}",
        lambda root, labels=labels: _npz(root, images=np.stack([GREY] * 3), labels=labels),
        GREY,
        classes=classes,
        labels=wanted,
        warning=None if wanted else r"a.npz:labels must be .*without labels",
    )
    for name, labels, wanted, classes in (
        ("numbers", [0, 1, 2], [0, 1, 2], None),
        ("a column of floats", [[0.0], [1.0], [0.0]], [0, 1, 0], None),
        ("one-hot", np.eye(3)[[2, 0, 1]], [2, 0, 1], None),
        ("names", ["dog", "cat", "dog"], [1, 0, 1], "cat dog"),
        ("too few", [0, 1], None, ""),
        ("fractions", [0, 0.5, 1], None, ""),
        ("NaN", [0, np.nan, 1], None, ""),
        ("negative", [0, -1, 1], None, ""),
        ("objects", np.array([0, None, 1]), None, ""),
    )
]


CASES = [*MODES, *FORMATS, *SIZES, *NAMES, *LINKS, *NESTING, *DAMAGED, *ARRAYS, *FILES, *VALUES]

if __name__ == "__main__":
    for number, case in enumerate(CASES):
        case.make(pathlib.Path(sys.argv[1]).resolve() / f"{number:03}")
