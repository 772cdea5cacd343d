"""What is checked and built before a run is trained: `Plan`, of a new or of a resumed run."""

import dataclasses
import pathlib
import warnings

from tfgan_kit import callbacks, data
from tfgan_kit.data.readers import attribute_tables
from tfgan_kit.models.sizes import ImpossibleShape
from tfgan_kit.recipes import own
from tfgan_kit.runs import labels
from tfgan_kit.runs.config import RunConfig, describe_file
from tfgan_kit.runs.directory import Run, missing_code
from tfgan_kit.training.precision import resolve
from tfgan_kit.training.progressive import find_fades
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import check_labels
from tfgan_kit.utils.text import count
from tfgan_kit.utils.text import minutes as minutes_of
from tfgan_kit.utils.validation import check_choice
from tfgan_kit.utils.versions import installed_versions

__all__ = ["Plan", "plan", "plan_resume"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """A run that is ready to train: settings checked, data opened, GAN built.

    Args:
        config: The complete `RunConfig`, with a description of the data.
        source: The opened `tfgan_kit.data.Source`.
        gan: The compiled `GAN`.
        clusters: The `tfgan_kit.data.Clusters` on which it is trained, or None. Defaults to None.

    Example:

    ```python
    from tfgan_kit import runs

    runs.plan(runs.RunConfig(source="digits", epochs=2)).total_steps  # 114
    ```
    """

    config: object
    source: object
    gan: object
    clusters: object = None

    @property
    def steps_per_epoch(self):
        """Integer, batches in an epoch; the last one may be smaller."""
        return -(-len(self.source) // self.config.recipe.batch_size)

    @property
    def total_steps(self):
        """Integer, steps of the whole run, or None if `minutes` limits it."""
        return None if self.config.minutes else self.config.epochs * self.steps_per_epoch


def plan(config):
    """Open the data and build the GAN, which checks everything before training.

    Args:
        config: A `RunConfig`.

    Returns:
        A `Plan`. Its config describes the data.

    Raises:
        InvalidArgument: If the source cannot be read, the networks cannot make images of its
            shape, or labels or clusters are asked for and the source or the recipe has none.

    Example:

    ```python
    from tfgan_kit import runs

    runs.plan(runs.RunConfig(source="digits", epochs=1)).source.image_shape  # (28, 28, 1)
    ```
    """
    if not isinstance(config, RunConfig):
        raise InvalidArgument(f"`config` must be a RunConfig. Received: config={config!r}")
    source, earlier = config.open_source(), config.from_run and Run(config.from_run)
    config = _with_waves(config, source)
    conditional, clusters = labels.choose(config, source, earlier)
    config = dataclasses.replace(config, conditional=conditional, clusters=clusters)
    if conditional:
        labels.warn_of_few(source)
    plan = _plan(config, source, labels.find(config, source, earlier))
    _warn_of_growth(plan)
    return _start_from(plan)


def _with_waves(config, source):
    """The settings with the waves of the picture, if the recipe is one of textures."""
    recipe = config.recipe
    if not recipe.takes_waves:
        return config
    if not source.is_one_picture:
        raise InvalidArgument(
            f"The recipe {recipe.name} is trained on one picture. Received: {source.name}, which "
            f"is a set of {len(source)} images. Give the path of one picture"
        )
    arguments = {"waves": data.find_waves(source), **recipe.model_arguments}
    return dataclasses.replace(
        config, recipe=dataclasses.replace(recipe, model_arguments=arguments)
    )


def _plan(config, source, clusters):
    recipe, num_classes = config.recipe, source.num_classes
    attributes = source.attributes if config.conditional else None
    if config.conditional and attributes is None:
        check_labels(source.labels, num_classes)
    # Resolved, so that a run resumes in its own precision on any machine.
    precision = resolve(config.precision)
    try:
        gan = recipe.build(
            source.image_shape,
            seed=config.seed,
            precision=precision,
            num_classes=num_classes if config.conditional and attributes is None else None,
            clusters=clusters,
            attributes=attributes,
        )
    except ImpossibleShape as error:
        raise _impossible_size(config, source, error) from error
    except InvalidArgument:
        raise
    except Exception as error:
        # What a recipe file defines may raise anything.
        if not config.recipe_file or missing_code(error, config.recipe_file["path"]):
            raise
        raise own.error_in(config.recipe_file["path"], error) from error
    found = {
        "name": source.name,
        "num_images": len(source),
        "image_shape": list(source.image_shape),
        "range": source.value_range,
        "num_skipped": source.num_skipped,
        "notes": list(source.notes),
        "fingerprint": source.fingerprint,
    }
    if num_classes is not None:
        names = source.class_names
        found["num_classes"] = num_classes
        found["class_names"] = None if names is None else [str(name) for name in names]
        # Runs that began without keep their grids as they are.
        if config.conditional and (not config.data or "class_shares" in config.data):
            found["class_shares"] = labels.shares_of(source).tolist()
    if source.attributes is not None:
        found["attributes"] = source.attributes.counts(source.labels)
    if clusters is not None:
        found["num_clusters"] = clusters.num
    # Absolute, because a run may be resumed from another folder.
    paths = {
        name: str(pathlib.Path(value).expanduser().resolve())
        for name, value in (("source", config.source), ("data_dir", config.data_dir))
        # "digits" is the embedded set, even if there is a folder of that name.
        if value not in (None, "digits") and pathlib.Path(value).expanduser().exists()
    }
    paths["attributes"] = attribute_tables.absolute_setting(
        # A table that is put there later belongs to other runs.
        config.attributes or ("none" if source.attributes is None else None)
    )
    versions = installed_versions()
    config = dataclasses.replace(
        config, data=found, precision=precision, versions=versions, **paths
    )
    return Plan(config, source, gan, clusters)


def _warn_of_growth(plan):
    """Say when networks that grow have their full size, if the run may end before."""
    ends, config = [each.end for each in find_fades(plan.gan.generator)], plan.config
    num, size = len(plan.source), plan.source.image_shape[0]
    if not ends or (config.minutes is None and config.epochs * num >= ends[-1]):
        return
    growth = f"The networks grow to {size}x{size} after {ends[-1]:,} images"
    if config.minutes is None:
        seen = config.epochs * num
        reached = size >> sum(end > seen for end in ends)
        growth += (
            f"; this run ends after {seen:,}, at {reached}x{reached}: give --epochs "
            f"{-(-ends[-1] // num)} or more"
        )
    warnings.warn(growth, stacklevel=3)


def _start_from(plan):
    """Give the networks and the average the weights of the run of `from_run`."""
    config, gan = plan.config, plan.gan
    if config.from_run is None:
        return plan
    run = Run(config.from_run)
    before, path = run.load_gan(), str(run.path.resolve())
    step = int(before.step.numpy())
    if config.from_step not in (None, step):
        raise InvalidArgument(
            f"{path} was at step {config.from_step} and is now at step {step}. Start a new run "
            "from it"
        )
    old, new = (labels.describe(each) or "unconditional" for each in (run.config, config))
    # Incomplete combinations of attributes need no weights of their own.
    if gan.num_labels != before.num_labels and None in (gan.attributes, before.attributes):
        advice = "--conditional, --unconditional and --clusters change that"
        if run.config.conditional and config.conditional:
            if run.config.data["num_classes"] != config.data["num_classes"]:
                advice = "The classes must be the same"
        elif run.config.conditional and plan.source.num_classes:
            advice = "Leave out --unconditional"
        raise InvalidArgument(
            f"The weights of {run.path} do not fit the new run. It is {old}; the new run is {new}. "
            f"{advice}"
        )
    sizes = [each.attributes and each.attributes.sizes for each in (gan, before)]
    if sizes[0] != sizes[1]:
        raise InvalidArgument(
            f"The weights of {run.path} do not fit the new run. It is {old}; the new run is {new}. "
            "Both must have attributes with the same numbers of values, or none"
        )
    if gan.num_labels is not None and old != new:
        warnings.warn(f"{run.path} is {old}; the new run is {new}", stacklevel=3)
    copies = [(gan.generator, before.generator), (gan.discriminator, before.discriminator)]
    if gan.ema is not None:
        average = before.generator if before.ema is None else before.ema.generator
        copies.append((gan.ema.generator, average))
    for new, old in copies:
        if [each.shape for each in new.weights] != [each.shape for each in old.weights]:
            raise InvalidArgument(
                f"The networks of {run.path} do not fit those of the new run. Use its recipe, "
                f"{run.config.recipe.name}, and its image shape, {run.config.data['image_shape']}"
            )
        new.set_weights(old.get_weights())
    config = dataclasses.replace(config, from_run=path, from_step=step)
    return dataclasses.replace(plan, config=config)


def _impossible_size(config, source, error):
    height, width, _ = source.image_shape
    best, possible = error.nearest(min(height, width))
    if config.image_size is not None:
        return InvalidArgument(
            f"`image_size` (--image-size) must be {best}, the nearest sizes of the networks of "
            f"{config.recipe.name}, or another of {possible}. Received: {config.image_size}"
        )
    return InvalidArgument(
        f"{source.name} has images of {height}×{width}, and the networks of {config.recipe.name} "
        f"make squares of {possible}. Resize them with image_size={best} (--image-size)"
    )


def plan_resume(path, epochs=None, minutes=None, recipe=None, **moved):
    """The run, and the plan of the rest of its training; checks everything and writes nothing."""
    run = Run(path)
    for name in moved:
        check_choice("moved", name, ("source", "data_dir", "on_error", "attributes"))
    config, seconds = dataclasses.replace(run.config, **moved), run.status["seconds"]
    if recipe is not None:
        config = _with_recipe_file(config, recipe, path)
    if epochs is not None:
        config = dataclasses.replace(config, epochs=epochs, minutes=None)
    elif minutes is not None:
        config = dataclasses.replace(config, minutes=minutes + seconds / 60)
    elif config.minutes is not None and seconds >= config.minutes * 60:
        raise InvalidArgument(
            f"{path} has already trained for {minutes_of(config.minutes)}. Give --minutes or "
            "--epochs to continue it"
        )
    run.import_recipe()
    try:
        source = run.open_source(config)
        clusters = labels.load(run.clusters_path, source) if config.clusters else None
        plan = _plan(config, source, clusters)
    except TypeError as error:
        if missing := missing_code(error, path):
            raise missing from error
        raise
    started = callbacks.RunCheckpoint(run.checkpoints_path).paths
    # Killed after its last step it has yet to write its results.
    done = run.status["step"] + (run.status["state"] == "finished")
    if started and plan.total_steps is not None and done > plan.total_steps:
        raise InvalidArgument(
            f"{path} has already finished its {count(config.epochs, 'epoch')}. "
            "Give --epochs with a larger number to continue it"
        )
    return run, plan if started else _start_from(plan)


def _with_recipe_file(config, recipe, path):
    found = describe_file(recipe)
    if config.recipe_file.get("sha256") not in (None, found["sha256"]):
        raise InvalidArgument(
            f"`recipe` (--recipe) cannot change when a run is resumed: {recipe} is not the file "
            f"that {path} began with. Leave it out, or start a new run with --from {path}"
        )
    own.import_file(recipe)
    return dataclasses.replace(config, recipe_file=found)
