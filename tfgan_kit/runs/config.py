"""`RunConfig`: what a run was asked to do, complete enough to do it again."""

import dataclasses
import json
import math

from tfgan_kit import data, recipes
from tfgan_kit.recipes import Recipe
from tfgan_kit.training.precision import resolve
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.validation import check_seed
from tfgan_kit.utils.versions import installed_versions

__all__ = ["RunConfig", "installed_versions"]


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """The settings of a training run; the same settings and seed give the same run.

    Args:
        source: String, what `tfgan_kit.data.open_source` takes: a name, a folder
            or a file. Defaults to `"digits"`.
        recipe: A `Recipe`, its name, or a dict of its fields. Defaults to the
            default recipe.
        epochs: Integer, 1 or more, or None for the recipe's. Defaults to None.
        minutes: Float above 0 or None. Where it is given the clock ends the run
            and not `epochs`. Defaults to None.
        seed: Integer in [0, 2**31), of the weights, the noise and the order of
            the data. Defaults to 0.
        image_size: Integer, pixels, or None for the source's own. Defaults to
            None.
        channels: 1, 3 or None for the source's own. Defaults to None.
        split: String, the split of a TensorFlow Datasets name. Defaults to
            `"train"`.
        data_dir: String or None, where TensorFlow Datasets keeps its data.
        on_error: `"raise"` or `"skip"`, what to do with unreadable images.
            Defaults to `"raise"`.
        on_collapse: `"warn"`, `"stop"` or `"restore"`: what to do when the training
            collapses; `"restore"` goes back to the last healthy state. Defaults to
            `"warn"`.
        precision: `"auto"`, `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`, what
            the networks compute in, as for `tfgan_kit.training.precision.resolve`. Defaults to
            `"auto"`.
        data: Dict of what was found at the source: its name, the number of
            images, their shape and a fingerprint. Filled in by the run.
        versions: Dict of the versions that the run was made with. Filled in by
            the run.

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
    split: str = "train"
    data_dir: str = None
    on_error: str = "raise"
    on_collapse: str = "warn"
    precision: str = "auto"
    data: dict = dataclasses.field(default_factory=dict)
    versions: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "recipe", recipes.get(self.recipe))
        if self.epochs is None:
            object.__setattr__(self, "epochs", self.recipe.epochs)
        for name, value in (("epochs", self.epochs), ("batch_size", self.recipe.batch_size)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidArgument(
                    f"`{name}` must be an integer of 1 or more. Received: {name}={value!r}"
                )
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise InvalidArgument(
                f"`minutes` must be above 0 and finite. Received: minutes={self.minutes!r}"
            )
        if self.on_collapse not in ("warn", "stop", "restore"):
            raise InvalidArgument(
                "`on_collapse` must be 'warn', 'stop' or 'restore'. "
                f"Received: on_collapse={self.on_collapse!r}"
            )
        resolve(self.precision)
        if check_seed(self.seed) is None:
            raise InvalidArgument("`seed` must be an integer, so that the run can be repeated")

    def save(self, path):
        """Write the settings as JSON, whole or not at all.

        Args:
            path: String or `os.PathLike`.
        """
        atomic_write_text(path, json.dumps(dataclasses.asdict(self), indent=2) + "\n")

    def open_source(self):
        """Open the images.

        Returns:
            A `tfgan_kit.data.Source`.

        Raises:
            InvalidArgument: If they cannot be used.
        """
        return data.open_source(
            self.source,
            image_size=self.image_size,
            channels=self.channels,
            on_error=self.on_error,
            split=self.split,
            data_dir=self.data_dir,
        )

    @classmethod
    def load(cls, path):
        """Read settings that `save` wrote.

        Args:
            path: String or `os.PathLike`.

        Returns:
            A `RunConfig`.

        Raises:
            InvalidArgument: If the file is not such a JSON file, or has a key
                that is not known; the nearest known one is named.
        """
        try:
            with open(path, encoding="utf-8") as file:
                values = json.load(file)
        except (OSError, ValueError) as error:
            raise InvalidArgument(f"Cannot read the run's settings from {path}: {error}") from error
        if not isinstance(values, dict):
            raise InvalidArgument(f"{path} must hold a JSON object, and holds something else")
        known = [field.name for field in dataclasses.fields(cls)]
        for key in values:
            if key not in known:
                raise InvalidArgument(
                    f"{path} has an unknown key {key!r}" + did_you_mean(key, known)
                )
        # Runs of version 0.1.0 did not say it, and had no choice.
        return cls(**{"precision": "float32", **values})
