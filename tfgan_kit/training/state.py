"""All that an exact resumption needs besides weights and moments, by name."""

from tfgan_kit.training import optimizers
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["assign_state", "named_state", "restore_state"]

# Files of version 0.1 hold the values by number, in the order of `named_state`; these names
# came later.
_LATER = ("images_seen", "replay.labels")


def named_state(gan):
    """Dict of names and variables: counters, random states, metrics, average, replay, terms."""
    saved = {id(weight) for weight in gan.weights}
    seeds = [variable for variable in gan.variables if id(variable) not in saved]
    named = {"step": gan.step}
    for index, variable in enumerate(seeds):
        named[f"seed.{index}"] = variable
    for metric in gan.metrics:
        for variable in metric.variables:
            named[f"metric.{metric.name}.{variable.name}"] = variable
    for owner in ("ema", "replay"):
        keeper = getattr(gan, owner)
        for name, variable in ({} if keeper is None else keeper.state).items():
            named[f"{owner}.{name}"] = variable
    for index, penalty in enumerate(gan.penalties):
        for name, variable in penalty.state.items():
            named[f"penalty.{index}.{name}"] = variable
    if gan.compiled:
        for role in ("generator", "discriminator"):
            for variable in optimizers.extra_variables(getattr(gan, f"{role}_optimizer")):
                named[f"{role}_optimizer.learning_rate_scale"] = variable
    named["images_seen"] = gan.images_seen
    if gan.label_counts is not None:
        named["label_counts"] = gan.label_counts
    return named


def assign_state(gan, stored):
    """Bring back a stored state, a dict of names and values."""
    named = named_state(gan)
    if all(name.isdigit() for name in stored):
        earlier = [name for name in named if name not in _LATER]
        if len(stored) == len(earlier):
            stored = {name: stored[str(index)] for index, name in enumerate(earlier)}
            stored["images_seen"] = 0
    if gan.label_counts is not None and "label_counts" not in stored:
        # Of a version that did not count them.
        stored = {**stored, "label_counts": [0] * gan.num_classes}
    missing, unknown = sorted(named.keys() - stored), sorted(stored.keys() - named.keys())
    if missing or unknown:
        raise InvalidArgument(
            "The file was written by a GAN with other networks or compile arguments. "
            f"It lacks {_listed(missing)} and has {_listed(unknown)} beyond this GAN's state"
        )
    for name, variable in named.items():
        variable.assign(stored[name])


def restore_state(gan, path):
    """Load a saved state, but keep counters, random states, running metrics and learning rates."""
    state = named_state(gan).items()
    learned = ("ema.", "replay.", "penalty.")
    kept = [variable for name, variable in state if not name.startswith(learned)]
    kept += gan.optimizer.rate_variables
    values = [variable.numpy() for variable in kept]
    gan.load_weights(path)
    for variable, value in zip(kept, values, strict=True):
        variable.assign(value)


def _listed(names):
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (", ".join(names[:3]) or "nothing") + more
