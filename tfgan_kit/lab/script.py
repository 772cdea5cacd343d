"""The playground's GAN as a short script that trains it with `fit`."""

import math

from tfgan_kit.lab.settings import OPTIMIZERS, OWN, SMILE
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["as_python"]

# A script with more reads them from a file.
MAX_POINTS = 1_000
_PENALTIES = {
    "r1": "R1(gamma={})",
    "r2": "R2(gamma={})",
    "wgan_gp": "WGANGP(weight={})",
    "dragan": "DRAGAN(weight={})",
    "drift": "Drift(weight={})",
    "lecam": "LeCam(weight={})",
    "gdpp": "GDPP(weight={})",
    "feature_matching": "FeatureMatching(weight={})",
}
# Losses and terms that give the generator real points of its own.
_WITH_REAL = {"relativistic_average", "relativistic_pairing", "gdpp", "feature_matching"}
_SCRIPT = '''"""A GAN of the playground of `tfgan-kit lab`, trained with `fit`."""

import keras
import tfgan_kit
from tfgan_kit import {imports}
from tfgan_kit.data import toy

keras.utils.set_random_seed({seed})
{distribution}
# The networks work in [-1, 1]², the distributions lie in [0, 1]².
points = 2 * distribution.sample(10_000, seed={seed}) - 1
{labels}
generator, discriminator = tfgan_kit.models.mlp(
    (2,),
    latent_dim={noise_dim},
    width=({generator_units}, {discriminator_units}),
    depth=({generator_layers}, {discriminator_layers}),
    activation="{activation}",
    num_classes={num_classes},
    noise="{noise}",
)
gan = tfgan_kit.GAN(generator, discriminator, {noise_dim}, seed={seed}, num_classes={num_classes})
gan.compile(
    generator_optimizer=keras.optimizers.{generator_call},
    discriminator_optimizer=keras.optimizers.{discriminator_call},
    loss="{loss}",
    penalties=[{penalties}],
    updates=training.Alternating({discriminator_steps}, {generator_steps}),{ema}
)
{note}gan.fit({data}, batch_size={total}, epochs={epochs}, verbose=2)

fakes = (gan.generate(2_000, seed=1) + 1) / 2
print(metrics.grid_divergences(distribution.sample(2_000, seed={next_seed}), fakes))
'''


def as_python(settings, iterations, points=None):
    """The script of some settings; it trains as long as was trained, one epoch at least."""
    values = settings.as_dict()
    if not (values["discriminator_steps"] and values["generator_steps"]):
        raise InvalidArgument("A script needs at least one step of each network")
    used = [values["loss"], *values["penalties"]]
    own_parts = values["generator_steps"] if _WITH_REAL.intersection(used) else 0
    parts = values["discriminator_steps"] + own_parts
    conditional = values["conditional"]
    imports = ["metrics", *["penalties"] * bool(values["penalties"]), "training"]
    made = {
        "imports": ", ".join(imports),
        "penalties": ", ".join(_penalties(values["penalties"], values["penalty_weight"])),
        "distribution": _distribution(values["data"], points),
        "labels": _LABELS if conditional else "",
        "data": "points, labels" if conditional else "points",
        "num_classes": "num_classes" if conditional else None,
        **{f"{role}_call": _optimizer(role, values) for role in ("generator", "discriminator")},
        "ema": "\n    ema=0.99," if values["average"] else "",
        "note": _NOTE.format(values["batch_size"], parts) if parts > 1 else "",
        "total": parts * values["batch_size"],
        "next_seed": values["seed"] + 1,
        "epochs": max(1, math.ceil(iterations * parts * values["batch_size"] / 10_000)),
    }
    return _SCRIPT.format(**{**values, **made})


_NOTE = "# {} points for each of the {} updates of an iteration that use real ones.\n"
_LABELS = """labels = toy.label(distribution, (points + 1) / 2)
num_classes = int(labels.max()) + 1"""


def _optimizer(role, values):
    kind, arguments = OPTIMIZERS[values[f"{role}_optimizer"]]
    given = [str(values[f"{role}_rate"]), *(f"{name}={each}" for name, each in arguments.items())]
    return f"{kind}({', '.join(given)})"


def _penalties(names, weight):
    return (f"penalties.{_PENALTIES[name].format(weight)}" for name in names)


_FROM_FILE = """# Put the file of your points, two numbers on each line, beside this script.
distribution = toy.from_csv("points.csv")"""


def _distribution(data, points):
    if data != OWN:
        return f'distribution = toy.get("unit_{data}")'
    points = SMILE if points is None or not len(points) else points
    if len(points) > MAX_POINTS:
        return _FROM_FILE
    rows = ", ".join(f"[{x:.4f}, {y:.4f}]" for x, y in points)
    return f'distribution = toy.from_points([{rows}], std=0.01, name="own")'
