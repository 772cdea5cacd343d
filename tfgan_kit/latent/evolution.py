"""Search without gradients, for generators that have none."""

import math

import numpy as np

from tfgan_kit.latent.search import Found
from tfgan_kit.utils.errors import InvalidArgument, did_you_mean
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_integer, check_number, check_seed

__all__ = ["Evolution"]

_LARGEST_LOSS = 1e20  # Nevergrad clips larger ones, and warns.


class Evolution:
    """A gradient-free optimizer of nevergrad, in place of `latent.Descent`; the extra `search`.

    It needs no gradients, so that it works with exported generators of any format, but many more
    images: `steps` times `population` for each start.

    Args:
        steps: Positive integer, generations. Defaults to 200.
        population: Positive integer, latents in a generation. Defaults to 32.
        spread: Positive float, standard deviation of the first generation. Defaults to 0.5.
        name: String, an optimizer in `nevergrad.optimizers.registry`. Defaults to `"CMA"`.
        seed: Integer in [0, 2**31), random seed. Defaults to 0.

    Raises:
        InvalidArgument: If an argument is out of range, or nevergrad is not installed.

    Example:

    ```python
    from tfgan_kit import latent

    def distance(latents, targets):
        return ((latents - targets) ** 2).sum(axis=1)

    minimize = latent.Evolution(steps=50).minimizer(distance)
    starts, targets = latent.sample(4, latent_dim=3, seed=0).reshape(2, 2, 3)
    minimize(starts, [targets]).losses.max()  # below 1e-3
    ```

    Reference: https://facebookresearch.github.io/nevergrad; CMA-ES: Hansen & Ostermeier, 2001,
    https://doi.org/10.1162/106365601750190398.
    """

    needs_gradients = False

    def __init__(self, steps=200, population=32, spread=0.5, name="CMA", seed=0):
        try:
            import nevergrad
        except ImportError as error:
            raise InvalidArgument(
                "A search without gradients needs the extra `search`: "
                "pip install 'tfgan_kit[search]'"
            ) from error
        self.steps = check_integer("steps", steps, 1)
        self.population = check_integer("population", population, 1)
        self.spread = check_number("spread", spread, above=0)
        self.seed = check_seed(seed)
        registry = nevergrad.optimizers.registry
        if name not in registry:
            raise InvalidArgument(
                "`name` must be an optimizer of nevergrad, such as 'CMA' or 'DiagonalCMA'. "
                f"Received: name={name!r}" + did_you_mean(name, list(registry))
            )
        self._array, self._optimizer = nevergrad.p.Array, registry[name]

    def minimizer(self, objective):
        """As `Descent.minimizer`; the objective takes arrays."""

        def minimize(starts, data=(), on_step=None, steps=None):
            starts, steps = np.asarray(starts, "float32"), steps or self.steps
            searches = [self._search(start, steps, row) for row, start in enumerate(starts)]
            rows = np.arange(len(starts))
            of_each = np.repeat(rows, self.population)
            given = [None if each is None else np.asarray(each)[of_each] for each in data]
            best = Found(starts.copy(), np.full(len(starts), math.inf, "float32"))
            with progress_bar("Searching", steps) as advance:
                for step in range(1, steps + 1):
                    asked = [[each.ask() for _ in range(self.population)] for each in searches]
                    latents = np.float32([each.value for search in asked for each in search])
                    losses = np.asarray(objective(latents, *given), "float32")
                    losses = np.nan_to_num(losses, nan=math.inf).reshape(len(starts), -1)
                    latents = latents.reshape(*losses.shape, *starts.shape[1:])
                    for search, candidates, found in zip(searches, asked, losses, strict=True):
                        for candidate, loss in zip(candidates, found, strict=True):
                            search.tell(candidate, float(min(loss, _LARGEST_LOSS)))
                    place = losses.argmin(axis=1)
                    better = losses[rows, place] < best.losses
                    best.latents[better] = latents[rows, place][better]
                    best.losses[better] = losses[rows, place][better]
                    if on_step is not None:
                        on_step(step, rows, best.latents.copy(), best.losses.copy())
                    advance()
            return best

        return minimize

    def _search(self, start, steps, row):
        parameters = self._array(init=start).set_mutation(sigma=self.spread)
        parameters.random_state.seed((self.seed + row) % 2**31)
        return self._optimizer(parameters, steps * self.population, self.population)
