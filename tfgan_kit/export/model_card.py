"""The model card: what a reader wants to know before he runs somebody else's generator."""

from tfgan_kit.utils.files import atomic_write_text

__all__ = ["quality", "write_model_card"]

_UNKNOWN = "not told"


def write_model_card(manifest):
    """Write `MODEL_CARD.md` beside an `export.json`, from what stands in it."""
    newest = manifest.entries[-1]
    source = newest.source
    parts = [
        f"# {_one_line(source.get('title')) or 'A generator'}",
        _facts(newest),
        "## Files",
        _files(manifest.entries),
        "Errors and PSNR are those of 256 images in [-1, 1] beside the Keras model's; "
        "milliseconds are of one call on the machine that exported it.",
        *quality(source.get("report")),
        "## Licence",
        _one_line(source.get("license"))
        or f"The weights: {_UNKNOWN}. The training data's own licence applies as well.",
        "## Limits",
        "It makes images like those it was trained on, and of nothing else. It may repeat some of "
        "them, leave out rare kinds and carry on every bias of the data. Do not take its images "
        "for evidence of anything.",
    ]
    path = manifest.folder / "MODEL_CARD.md"
    atomic_write_text(path, "\n\n".join(parts) + "\n")
    return path


def _one_line(text):
    """A user's words in a card: no line of them may begin a heading, nor hold a tag."""
    return " ".join((text or "").split()).replace("<", "&lt;")


def _facts(entry):
    source, size = entry.source, "x".join(map(str, entry.image_shape))
    makes = f"arrays of {size}"
    if len(entry.image_shape) == 3:
        black, white = entry.image_range
        makes = f"images of {size}, values {black} (black) to {white} (white)"
    rows = {
        "makes": makes,
        "from": f"{entry.latent_dim} numbers, standard normal"
        + (f", and labels {entry.labels['shape']} {entry.labels['dtype']}" if entry.labels else ""),
        "trained on": _one_line(source.get("data")) or _UNKNOWN,
        "recipe": _one_line(source.get("recipe")) or _UNKNOWN,
        "training": _one_line(source.get("training")) or _UNKNOWN,
        "written by": ", ".join(f"{name} {value}" for name, value in entry.versions.items())
        or _UNKNOWN,
    }
    return "\n".join(
        [
            "| | |",
            "|---|---|",
            *(f"| {key} | {value.replace('|', '&#124;')} |" for key, value in rows.items()),
        ]
    )


def _files(entries):
    lines = [
        "| file | bytes | largest error | mean error | PSNR, dB | batch 1, ms | batch 64, ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in entries:
        told = entry.verification
        latency = {int(size): seconds for size, seconds in told.get("latency", {}).items()}
        cells = [
            "this folder" if entry.name == "." else f"`{entry.name}`",
            format(sum(file["bytes"] for file in entry.files.values()), ","),
            _number(told.get("max_error"), ".2g"),
            _number(told.get("mean_error"), ".2g"),
            _number(told.get("psnr"), ".1f"),
            *(
                _number(1000 * latency[size] if size in latency else None, ".3g")
                for size in (1, 64)
            ),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def quality(report):
    """What a card tells of how good the images are."""
    if not report:
        return []
    protocol = report["protocol"]
    lines = ["| metric | value | real images |", "|---|---|---|"]
    lines += [
        f"| {row['name']} | {_number(row['value'], '.4g')} | {_number(row['floor'], '.4g')} |"
        for row in report["metrics"]
    ]
    intro = (
        f"Of the Keras model, {protocol['num']:,} samples a side of {protocol['data']}, extractor "
        f"`{protocol['extractor']}`; the last column is the same between two sets of real images. "
        "Not comparable to a published FID."
    )
    return ["## Quality", intro, "\n".join(lines)]


def _number(value, form):
    return "" if value is None else format(value, form)
