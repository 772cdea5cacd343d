"""Do images of a conditional generator show the class that they were generated for?"""

import dataclasses

import numpy as np

from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.standard_error import error_of_mean

__all__ = ["ClassAgreement"]


@dataclasses.dataclass(frozen=True)
class ClassAgreement(Metric):
    """`class_agreement`: share of images whose predicted class is the requested one.

    Also `class_agreement_<label>` for each class. Needs `labels` of the generated samples, and a
    classifier of the data's own classes.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    features = metrics.Features(np.zeros((4, 2)), np.eye(4))
    fake = metrics.Samples(np.zeros((4, 2)), features, "c", labels=[0, 1, 2, 2], classes=range(4))
    metrics.ClassAgreement()(fake, fake)["class_agreement"].value  # 0.75
    ```

    Reference: GAN-test, Shmelkov et al., 2018, https://arxiv.org/abs/1807.09499.
    """

    def __call__(self, real, fake):
        if fake.labels is None or fake.classes is None:
            return {}
        labels = np.asarray(fake.labels)
        agrees = fake.predicted_labels == labels
        per_class = {int(label): agrees[labels == label] for label in np.unique(labels)}
        worst = min(per_class, key=lambda label: per_class[label].mean())
        note = f"worst class: {worst}, {per_class[worst].mean():.3g}"
        rows = {"class_agreement": _measure(agrees, note)}
        for label, found in per_class.items():
            rows[f"class_agreement_{label}"] = _measure(found, f"{len(found):,} images")
        return rows


def _measure(agrees, note):
    share, num = float(agrees.mean()), len(agrees)
    return Measurement(share, "higher", error_of_mean(agrees), note, num=num)
