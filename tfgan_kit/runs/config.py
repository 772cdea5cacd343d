"""`RunConfig`: the settings of a run, complete enough to repeat it."""

import dataclasses
import json
import pathlib
import types

import keras

from tfgan_kit import data, recipes
from tfgan_kit.recipes import Recipe, own
from tfgan_kit.runs import labels
from tfgan_kit.training.precision import resolve
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.text import count, minutes
from tfgan_kit.utils.validation import (
    check_bool,
    check_choice,
    check_integer,
    check_number,
    check_value_range,
)

__all__ = ["RunConfig", "describe_file"]


def describe_file(path):
    """Path and SHA-256 of a recipe's Python file."""
    path = pathlib.Path(path).expanduser().resolve()
    return {"path": str(path), "sha256": own.file_sha256(path)}


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """The settings of a training run; the same settings and seed give the same run.

    Args:
        source: String, as for `tfgan_kit.data.open_source`: a name, a folder or a file. Defaults
            to `"digits"`.
        recipe: A `Recipe`, its name, the path of a Python file that defines one, or a dict of its
            fields. Defaults to the default recipe.
        epochs: Positive integer, total number of epochs. Defaults to None: the recipe's.
        minutes: Positive float; training stops after this many minutes instead of after `epochs`.
            Defaults to None.
        seed: Integer in [0, 2**31), for weights, noise and data order. Defaults to 0.
        image_size: Integer, side of the square images in pixels. Defaults to None: that of the
            source.
        channels: 1 (grey), 3 (RGB) or None for those of the source. Defaults to None.
        split: String, split of a TensorFlow Datasets name or of a folder with train/ and test/.
            Defaults to None: `"train"` where there are splits.
        data_dir: String, the folder of TensorFlow Datasets. Defaults to None: its default.
        on_error: `"raise"` or `"skip"`, what to do with unreadable images. Defaults to `"raise"`.
        on_collapse: `"warn"`, `"stop"` or `"restore"` (return to the last healthy state), what to
            do when the training collapses. Defaults to `"warn"`.
        precision: `"auto"`, `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`. Defaults to
            `"auto"`: bfloat16 if the hardware has it.
        value_range: Pair of numbers, the values of black and white in the data. Defaults to None:
            decided from the data.
        conditional: Boolean, whether the networks take the labels of the data. Defaults to None:
            if there are labels and the recipe takes them. `plan` fills it in.
        clusters: `"auto"` or positive integer: clusters are found in the images, within each class
            if the networks take labels, and used like labels (see `tfgan_kit.data.find_clusters`);
            0 for none. Defaults to None: `"auto"` for 200 or more grey images without labels, else
            0. `plan` fills it in.
        attributes: String, as for `tfgan_kit.data.open_source`: where the attributes of the images
            are. Defaults to None: found by itself.
        balance: Boolean, whether images with rare values of attributes are drawn more often, see
            `tfgan_kit.data.Attributes.balance`. Defaults to False.
        from_run: String, the directory of a run with whose weights (both networks and the average)
            training starts; the optimizers are new. Defaults to None.
        from_step: Integer, the step of that run. `plan` fills it in.
        recipe_file: Dict of the `path` and `sha256` of the Python file that defines the recipe.
            Filled in if `recipe` is a path.
        data: Dict that describes the source: name, number and shape of the images, fingerprint,
            classes. `plan` fills it in.
        versions: Dict of the package versions. `plan` fills it in.

    Raises:
        InvalidArgument: If a value is out of range.

    Example:

    ```python
    from tfgan_kit import runs

    runs.RunConfig(source="digits", recipe="tutorial", epochs=2).epochs  # 2
    ```
    """

    source: str = "digits"
    recipe: Recipe = None
    epochs: int = None
    minutes: float = None
    seed: int = 0
    image_size: int = None
    channels: int = None
    split: str = None
    data_dir: str = None
    on_error: str = "raise"
    on_collapse: str = "warn"
    precision: str = "auto"
    value_range: tuple = None
    conditional: bool = None
    clusters: int = None
    attributes: str = None
    balance: bool = False
    from_run: str = None
    from_step: int = None
    recipe_file: dict = dataclasses.field(default_factory=dict)
    data: dict = dataclasses.field(default_factory=dict)
    versions: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        if own.is_file(self.recipe):
            object.__setattr__(self, "recipe_file", describe_file(self.recipe))
        object.__setattr__(self, "recipe", recipes.get(self.recipe))
        if self.epochs is None:
            object.__setattr__(self, "epochs", self.recipe.epochs)
        check_integer("epochs", self.epochs, 1)
        check_integer("batch_size", self.recipe.batch_size, 1)
        if self.minutes is not None:
            check_number("minutes", self.minutes, above=0)
        check_choice("on_collapse", self.on_collapse, ("warn", "stop", "restore"))
        resolve(self.precision)
        check_integer("seed", self.seed, 0, 2**31 - 1)
        check_choice("conditional", self.conditional, (None, True, False))
        check_bool("balance", self.balance)
        if self.clusters not in (None, "auto", 0):
            try:
                check_integer("clusters", self.clusters, 2)
            except InvalidArgument:
                raise InvalidArgument(
                    '`clusters` (--clusters) must be "auto", 0 for none, or a number of 2 or more. '
                    f"Received: clusters={self.clusters!r}"
                ) from None
        self._check_recipe()
        # JSON has lists.
        object.__setattr__(self, "value_range", check_value_range(self.value_range))

    def _check_recipe(self):
        try:
            json.dumps(dataclasses.asdict(self.recipe), default=_named)
        except TypeError as error:
            raise InvalidArgument(
                "`recipe` must be made of names, numbers and objects with a Keras config, so that "
                "the run can be resumed; `model` is a name of tfgan_kit.models or a function with "
                f"a name. Received: {first_line(error)}"
            ) from error

    def save(self, path):
        """Write the settings as a JSON file."""
        atomic_write_text(
            path, json.dumps(dataclasses.asdict(self), indent=2, default=_named) + "\n"
        )

    def open_source(self):
        """Open the images as a `tfgan_kit.data.Source`."""
        # A planned run keeps its size, whatever another version would choose.
        height, width = self.data.get("image_shape", (None, None))[:2]
        size = self.image_size or (height if height == width else None)
        options = size, self.channels, self.on_error, self.split, self.data_dir
        return data.open_source(self.source, *options, self.value_range, self.attributes)

    def describe(self):
        """The main settings of a planned run, as a dict of names and texts."""
        found, recipe = self.data, self.recipe
        height, width, channels = found["image_shape"]
        skipped = f", {found['num_skipped']} unreadable left out" if found["num_skipped"] else ""
        # Earlier versions wrote neither range nor notes.
        values = ", range {:g} to {:g}".format(*found["range"]) if "range" in found else ""
        notes = {"images": "; ".join(found["notes"])} if found.get("notes") else {}
        condition = labels.describe(self)
        return {
            "data": f"{found['name']}, {found['num_images']:,} images of "
            f"{height}x{width}x{channels}{values}{skipped}",
            **notes,
            **({"labels": condition} if condition else {}),
            "recipe": f"{recipe.name}, batch size {recipe.batch_size}, {self.precision}, "
            f"seed {self.seed}",
            **({"from": f"{self.from_run}, step {self.from_step}"} if self.from_run else {}),
            "length": minutes(self.minutes) if self.minutes else count(self.epochs, "epoch"),
        }

    @classmethod
    def load(cls, path):
        """Read settings that `save` wrote, by this or an earlier version."""
        try:
            values = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
            # The first version had float32 only, and no such key; others looked for no clusters,
            # and for no attributes.
            values = {"precision": "float32", "clusters": 0, "attributes": "none", **values}
            # Versions without notes wrote "train" also for sources without splits.
            if values.get("split") == "train" and "notes" not in values.get("data", {}):
                values["split"] = None
            config = cls(**values)
            if "conditional" in values:
                return config
            # Earlier versions used labels only where the recipe said so.
            return dataclasses.replace(config, conditional=bool(config.recipe.conditional))
        except (OSError, TypeError, json.JSONDecodeError) as error:
            raise InvalidArgument(f"Cannot read the run's settings in {path}: {error}") from error


def _named(value):
    """A function as its Keras config, which JSON can hold."""
    if isinstance(value, types.FunctionType) and value.__name__.isidentifier():
        return keras.saving.serialize_keras_object(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
