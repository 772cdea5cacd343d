"""What can be chosen in the playground."""

import numpy as np
import param

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["OWN", "SMILE", "Settings"]

# Points that a person drew or read from a file.
OWN = "own"
_ARC = np.linspace(1.15 * np.pi, 1.85 * np.pi, 25)
# Two eyes and a mouth `(27, 2)`, until there are others.
SMILE = np.concatenate(
    [
        [[0.35, 0.68], [0.65, 0.68]],
        np.stack([0.5 + 0.3 * np.cos(_ARC), 0.5 + 0.3 * np.sin(_ARC)], axis=1),
    ]
)
DATA = ["line", "gaussians", "ring", "disjoint", "eight", "grid", "swiss_roll", OWN]
# Names here, since the kit's tables import TensorFlow, and the page must open before.
LOSSES = [
    "non_saturating", "minimax", "least_squares", "hinge", "wasserstein", "relativistic_average",
    "relativistic_pairing",
]  # fmt: skip
# Terms that make sense of points in the plane.
PENALTIES = ["r1", "r2", "wgan_gp", "dragan", "drift", "lecam", "gdpp", "feature_matching"]
# Adam is without momentum, as usual for GANs; with it, most of these networks oscillate.
OPTIMIZERS = {
    "adam": ("Adam", {"beta_1": 0.0}),
    "adam_momentum": ("Adam", {"beta_1": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "sgd": ("SGD", {}),
}
RATES = [0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
WEIGHTS = [0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]
ACTIVATIONS = ["leaky_relu", "relu", "tanh", "sigmoid"]

# What a change of a setting needs: new networks, or a new step for the same networks.
NEW_NETWORKS = {
    "conditional", "noise_dim", "noise", "activation", "generator_layers", "generator_units",
    "discriminator_layers", "discriminator_units", "seed",
}  # fmt: skip
NEW_STEP = {"loss", "penalties", "penalty_weight", "generator_optimizer", "discriminator_optimizer"}


def _integer(default, low, high, doc):
    return param.Integer(default, bounds=(low, high), doc=doc)


def _rate(doc):
    return param.Selector(default=0.001, objects=RATES, doc=doc)


class Settings(param.Parameterized):
    """Data, networks, losses and optimizers of a GAN in the plane.

    Args:
        **values: Any of the settings below, by name; `Settings.names()` lists them, and the page
            and `Settings.param[name].doc` explain each. `data` is a name such as `"ring"`,
            `"grid"` or `"own"`, `loss` and `penalties` are names of `losses` and `penalties`.

    Raises:
        InvalidArgument: If a setting is not known or out of range.

    Example:

    ```python
    from tfgan_kit.lab import Settings

    Settings(data="grid", loss="wasserstein", penalties=["wgan_gp"]).as_query()
    ```
    """

    data = param.Selector(default="ring", objects=DATA, doc="What the real points look like.")
    conditional = param.Boolean(
        False, doc="Give both networks the label of a point, which is its colour."
    )
    noise_dim = param.Selector(
        default=2, objects=[1, 2], doc="Numbers in a noise vector: on a line, or in a square."
    )
    noise = param.Selector(
        default="normal",
        objects=["normal", "uniform"],
        doc="How noise is drawn: most of it near 0, or all values alike.",
    )
    activation = param.Selector(
        default="leaky_relu", objects=ACTIVATIONS, doc="What each hidden unit does to its sum."
    )
    generator_layers = _integer(2, 1, 5, "Hidden layers of the generator.")
    generator_units = _integer(32, 1, 128, "Units in each hidden layer of the generator.")
    discriminator_layers = _integer(2, 1, 5, "Hidden layers of the discriminator.")
    discriminator_units = _integer(32, 1, 128, "Units in each hidden layer of the discriminator.")
    loss = param.Selector(
        default="non_saturating",
        objects=LOSSES,
        doc="What each network tries to make small.",
    )
    penalties = param.ListSelector(
        default=[], objects=PENALTIES, doc="Terms added to a loss that keep the training stable."
    )
    penalty_weight = param.Selector(
        default=1.0, objects=WEIGHTS, doc="Factor of each penalty: gamma of R1 and R2."
    )
    generator_optimizer = param.Selector(
        default="adam",
        objects=list(OPTIMIZERS),
        doc="How the generator uses its gradients.",
    )
    discriminator_optimizer = param.Selector(
        default="adam",
        objects=list(OPTIMIZERS),
        doc="How the discriminator uses its gradients.",
    )
    generator_rate = _rate("Learning rate: how large the generator's steps are.")
    discriminator_rate = _rate("Learning rate: how large the discriminator's steps are.")
    discriminator_steps = _integer(1, 0, 10, "Updates of the discriminator in each iteration.")
    generator_steps = _integer(1, 0, 10, "Updates of the generator in each iteration.")
    batch_size = _integer(128, 2, 1024, "Real points, and as many generated ones, in an update.")
    average = param.Boolean(
        False, doc="Show the average of the generator's weights over the last iterations."
    )
    seed = _integer(0, 0, 2**31 - 1, "Seed of the weights and of the noise.")

    def __init__(self, **values):
        for name in set(values) - set(self.names()):
            raise InvalidArgument(f"`{name}` is not a setting. Settings: {self.names()}")
        super().__init__()
        for name, value in values.items():
            try:
                setattr(self, name, value)
            except (ValueError, TypeError) as error:
                raise InvalidArgument(
                    f"`{name}` must be {_expected(self.param[name])}. Received: {name}={value!r}"
                ) from error

    @classmethod
    def names(cls):
        """The names of all settings, in the order of the page."""
        return [name for name in cls.param if name != "name"]

    def as_dict(self):
        """All settings, a dict of JSON values."""
        return {name: getattr(self, name) for name in self.names()}

    def as_query(self):
        """What differs from the defaults, a dict of strings for the address of a page."""
        changed = {
            name: value
            for name, value in self.as_dict().items()
            if value != self.param[name].default
        }
        return {
            name: ",".join(value) if isinstance(value, list) else str(value)
            for name, value in changed.items()
        }

    @classmethod
    def of_query(cls, query):
        """The settings of such a dict; what has another name is left out."""
        known = {name: str(query[name]) for name in cls.names() if name in query}
        return cls(**{name: _parsed(cls.param[name], text) for name, text in known.items()})


def _expected(kind):
    if isinstance(kind, param.ListSelector):
        return f"a list of {', '.join(kind.objects)}"
    if isinstance(kind, param.Selector):
        return f"one of {', '.join(map(repr, kind.objects))}"
    if isinstance(kind, param.Integer):
        return "an integer from {} to {}".format(*kind.bounds)
    return "True or False"


def _parsed(kind, text):
    """The value of a setting that was written as text; text that is none is returned."""
    if isinstance(kind, param.ListSelector):
        return [each for each in text.split(",") if each]
    choices = kind.objects if isinstance(kind, param.Selector) else [True, False]
    if isinstance(kind, param.Integer):
        return int(text) if text.isdecimal() else text
    return next((each for each in choices if str(each) == text), text)
