"""Classes of generated images, as a classifier predicts them."""

import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.standard_error import bootstrap_error

__all__ = ["Classes"]


@dataclasses.dataclass(frozen=True)
class Classes(Metric):
    """`classes_hit` and `class_kl`: the classes that are generated. Needs logits.

    The class of a sample is that of its largest logit. A class is hit if its share is at least a
    fifth of its share among real images. `class_kl` is the Kullback-Leibler divergence in nats
    from real images, with 1 added to each count.

    Args:
        num_bootstrap: Non-negative integer, resamples for the standard error. Defaults to 0: no
            standard error.
        seed: Integer, seed of the resampling. Defaults to 0.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    features = metrics.Features(np.zeros((4, 2)), np.eye(4))
    real = metrics.Samples(np.zeros((4, 2)), features, "classifier")
    metrics.Classes()(real, real)["classes_hit"].value  # 4.0
    ```
    """

    num_bootstrap: int = 0
    seed: int = 0

    def __call__(self, real, fake):
        if fake.features.logits is None:
            return {}
        num = fake.features.logits.shape[1]
        x, y = (each.features.logits.argmax(axis=1) for each in (real, fake))
        real_share, share = (np.bincount(each, minlength=num) / len(each) for each in (x, y))
        present = real_share > 0
        hit = np.count_nonzero(share[present] >= 0.2 * real_share[present])
        error = bootstrap_error(
            lambda i, j: _class_kl(x[i], y[j], num), (x, y), self.num_bootstrap, self.seed
        )
        note = f"of {np.count_nonzero(present)} among real images"
        return {
            "classes_hit": Measurement(float(hit), "higher", note=note),
            "class_kl": Measurement(_class_kl(x, y, num), "lower", error, "nats", (0, math.inf)),
        }


def _class_kl(real, fake, num_classes):
    p, q = (np.bincount(each, minlength=num_classes) + 1.0 for each in (fake, real))
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())
