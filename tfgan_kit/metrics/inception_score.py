"""Inception score of logits."""

import collections
import dataclasses
import math

import numpy as np
from scipy import special

from tfgan_kit.metrics.checks import check_features
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.utils.validation import check_integer

__all__ = ["InceptionScore", "Score", "inception_score"]

InceptionScore = collections.namedtuple("InceptionScore", "mean std")


def inception_score(logits, splits=10, shuffle_seed=2020):
    """How certain a classifier is of each image, and how evenly the classes appear.

    `exp(E_x KL(p(c|x) || p(c)))` for each split, with `p(c)` the mean of `p(c|x)` over the split.
    Order, splits and default seed are those of torch-fidelity; the original paper does not
    shuffle.

    Args:
        logits: Array `(num, num_classes)` of finite logits or log-probabilities.
        splits: Integer from 1 to `num`. Defaults to 10.
        shuffle_seed: Integer in [0, 2**32), seed of the order of the rows, or None to keep the
            order. Defaults to 2020.

    Returns:
        An `InceptionScore` of `mean` and `std` over the splits.

    Raises:
        InvalidArgument: If `logits` is not a finite array of this shape, or a number is out of
            range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    metrics.inception_score(np.zeros((100, 10))).mean  # 1.0: all classes are equally likely
    ```

    Reference: Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 4.
    """
    logits = check_features("logits", logits)
    num = len(logits)
    splits = check_integer("splits", splits, 1, num)
    order = np.arange(num)
    if shuffle_seed is not None:
        shuffle_seed = check_integer("shuffle_seed", shuffle_seed, 0, 2**32 - 1)
        order = np.random.RandomState(shuffle_seed).permutation(num)
    scores = [
        _split_score(logits[order[i * num // splits : (i + 1) * num // splits]])
        for i in range(splits)
    ]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))


def _split_score(logits):
    log_p = logits.astype(np.float64)
    log_p -= log_p.max(axis=1, keepdims=True)
    p = np.exp(log_p)
    totals = p.sum(axis=1, keepdims=True)
    p /= totals
    log_p -= np.log(totals)
    # H(c) - E H(c|x) is the mean divergence, and takes no logarithm of an absent class's share.
    log_p *= p
    divergence = special.entr(p.mean(axis=0)).sum() + log_p.sum() / len(p)
    return np.exp(max(0.0, divergence))


@dataclasses.dataclass(frozen=True)
class Score(Metric):
    """`<extractor>_score`, from generated samples only: see `inception_score`. Needs logits.

    Args:
        splits: Positive integer; fewer if a split would have fewer than 10 samples. Defaults to
            10.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real = metrics.Samples.of(np.zeros((50, 2)), metrics.Pixels())
    metrics.Score()(real, real)  # {}: pixels have no logits
    ```
    """

    splits: int = 10

    def __call__(self, real, fake):
        logits = fake.features.logits
        if logits is None:
            return {}
        splits = max(1, min(self.splits, len(logits) // 10))
        result = inception_score(logits, splits)
        error = result.std / math.sqrt(splits) if splits > 1 else math.nan
        name = f"{real.extractor}_score"
        note, num_classes = f"{splits} splits", logits.shape[1]
        return {name: Measurement(result.mean, "higher", error, note, (1, num_classes))}
