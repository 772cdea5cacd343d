"""What is known of an exported generator: as a model card, and for inside the file."""

import json

from tfgan_kit.utils.text import in_list

__all__ = ["description", "model_card", "properties"]


def model_card(entries):
    """The text of `MODEL_CARD.md` for the entries of a manifest, the newest generator first."""
    generators = {}
    for entry in entries:
        known = facts(entry) | {"title": title(entry), "versions": None}
        generators.setdefault(tuple(known.items()), []).append(entry)
    newest_first = sorted(generators.values(), key=lambda each: -entries.index(each[-1]))
    parts = [part for files in newest_first for part in _describe(files)]
    parts += [
        "## Limits",
        "The generator makes only images like its training data. It may repeat training images, "
        "leave out rare kinds and reproduce every bias of the data. Do not treat its images as "
        "evidence.",
    ]
    return "\n\n".join(parts) + "\n"


def _describe(entries):
    """The parts of the card about files of one generator."""
    newest = entries[-1]
    source = newest.source
    return [
        f"# {_escaped(title(newest))}",
        _table("fact", "value", rows=_cells(facts(newest))),
        "## Files",
        _table(
            "file", "bytes", "largest error", "mean error", "PSNR, dB", "batch 1, ms",
            "batch 64, ms", rows=map(_file, entries),
        ),
        "Errors and PSNR compare 256 images in [-1, 1] (one per class if there are more classes) "
        "with the Keras model's. Milliseconds are for one call on the machine that exported it.",
        *_labels(newest),
        *_quality(source.get("report")),
        "## License",
        _escaped(_one_line(source.get("license")))
        or "License of the weights: unknown. The license of the training data applies as well.",
    ]  # fmt: skip


def title(entry):
    """The generator's title in one line."""
    return _one_line(entry.source.get("title")) or "A generator"


def description(entry):
    """The facts as text, a line each."""
    return "\n".join(f"{name}: {value}" for name, value in facts(entry).items() if value)


def properties(entry):
    """What a program needs to run the file, and its origin: names and texts, lists as JSON."""
    given = {
        "title": title(entry),
        "latent_dim": entry.latent_dim,
        "noise": entry.noise,
        "image_shape": entry.image_shape,
        "image_range": entry.image_range,
        "num_classes": entry.num_classes,
        "class_names": entry.class_names,
        "class_shares": entry.class_shares,
        **{name: entry.source.get(name) for name in ("data", "recipe", "training", "license")},
        "versions": entry.versions,
    }
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
        if value is not None
    }


def _one_line(text):
    return " ".join((text or "").split())


def _escaped(text):
    """A user's words, which must not hold a tag."""
    return text.replace("<", "&lt;")


def _table(*header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def facts(entry):
    """What to know before running it; unknown values are empty."""
    source, size = entry.source, "x".join(map(str, entry.image_shape))
    output = f"arrays of {size}"
    if len(entry.image_shape) == 3:
        black, white = entry.image_range
        output = f"images of {size}, values {black} (black) to {white} (white)"
    noise = f"{entry.latent_dim} numbers, {entry.noise}"
    if entry.num_classes is not None:
        noise += f", and a label, an integer in [0, {entry.num_classes})"
    elif entry.labels:
        noise += f", and labels {entry.labels['shape']} {entry.labels['dtype']}"
    classes = _classes(entry)
    known = {
        "output": output,
        "input": noise,
        "classes": classes,
        "training data": _one_line(source.get("data")),
        "recipe": _one_line(source.get("recipe")),
        "training": _one_line(source.get("training")),
        "versions": ", ".join(f"{name} {value}" for name, value in entry.versions.items()),
    }
    if not classes:
        del known["classes"]
    return known


def _classes(entry):
    """The number of each class, its name and its share, as far as they are known."""
    # A number for a name would only be said twice.
    names = [
        "" if name == str(number) else f" {in_list(name)}"
        for number, name in enumerate(entry.class_names or ())
    ]
    shares = [f" ({share / sum(entry.class_shares):.1%})" for share in entry.class_shares or ()]
    if not names and not shares:
        return ""
    blank = [""] * entry.num_classes
    return ", ".join(
        f"{number}{name}{share}"
        for number, (name, share) in enumerate(zip(names or blank, shares or blank, strict=True))
    )


def _cells(known):
    for name, value in known.items():
        yield name, _escaped(value).replace("|", "&#124;") or "unknown"


def _file(entry):
    figures = entry.verification
    latency = figures.get("latency", {})
    return [
        "this folder" if entry.name == "." else f"`{entry.name}`",
        format(sum(file["bytes"] for file in entry.files.values()), ","),
        _number(figures.get("max_error"), ".2g"),
        _number(figures.get("mean_error"), ".2g"),
        _number(figures.get("psnr"), ".1f"),
        *(_number(latency.get(size), ".3g", scale=1000) for size in ("1", "64")),
    ]


def _labels(entry):
    """How to ask for a class, in the languages of docs/tflite.md."""
    if entry.num_classes is None:
        return []
    label = entry.num_classes - 1
    calls = {
        "Python, `tfgan_kit`": f"`export.load(path).generate(4, seed=0, labels={label})`",
        "Python, LiteRT": f'`generate(noise=noise, labels=np.full(len(noise), {label}, "int32"))`',
        "Python, `tf.saved_model`": '`signatures["generate"](num=tf.constant(4), '
        f"seed=tf.constant([0, 0]), labels=tf.constant([{label}]))`",
        "Kotlin": f"`labels.writeInt(intArrayOf({label}))`",
        "Swift": f'`["noise": noise, "labels": [Int32({label})].withUnsafeBytes {{ Data($0) }}]`',
        "JavaScript, web page": f"`await window.generate(noise, {label})`",
        "REST": f'`{{"name": "labels", "datatype": "INT32", "shape": [1], "data": [{label}]}}`',
    }
    return [
        "## Labels",
        f"Class {label}, for example. Without labels, `tfgan_kit` draws the classes "
        + ("evenly." if entry.class_shares is None else "by their shares."),
        _table("language", "call", rows=calls.items()),
    ]


def _quality(report):
    if not report:
        return []
    protocol = report["protocol"]
    rows = [
        (row["name"], _number(row["value"], ".4g") or "not measured", _number(row["floor"], ".4g"))
        for row in report["metrics"]
    ]
    return [
        "## Quality",
        f"Measured on the Keras model with {protocol['num']:,} real and {protocol['num']:,} "
        f"generated images, data {protocol['data']}, extractor `{protocol['extractor']}`. The last "
        "column compares two sets of real images. The values are not comparable to published "
        "FIDs.",
        _table("metric", "value", "real images", rows=rows),
    ]


def _number(value, form, scale=1):
    return "" if value is None else format(scale * value, form)
