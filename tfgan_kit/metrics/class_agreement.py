"""Do images of a conditional generator show the class that they were generated for?"""

import dataclasses

import numpy as np

from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.standard_error import error_of_mean
from tfgan_kit.utils.labels import attributes_of

__all__ = ["ClassAgreement", "shares_by_class"]


@dataclasses.dataclass(frozen=True)
class ClassAgreement(Metric):
    """`class_agreement`: share of images whose predicted class is the requested one.

    Also `class_agreement_<label>` for each class. If these are combinations of attributes, also
    `attribute_agreement_<name>` for each attribute, whose value is predicted by the sum of the
    probabilities of the combinations with it. Needs `labels` of the generated samples, and a
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
        rows = shares_by_class("class_agreement", agrees, labels, fake.class_name)
        for name, values in attributes_of(fake.class_names).items():
            rows[f"attribute_agreement_{name}"] = _of_attribute(fake, labels, np.array(values))
        return rows


def _of_attribute(fake, labels, values):
    names, of_class = np.unique(values, return_inverse=True)
    logits = fake.features.logits
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    shown = of_class[np.asarray(fake.classes)]
    sums = np.stack([probabilities[:, shown == each].sum(axis=1) for each in range(len(names))])
    agrees, wanted = sums.argmax(axis=0) == of_class[labels], of_class[labels]
    worst = min(np.unique(wanted), key=lambda each: agrees[wanted == each].mean())
    return _measure(agrees, f"worst value: {names[worst]}, {agrees[wanted == worst].mean():.3g}")


def shares_by_class(name, right, labels, class_name, note=""):
    """The share that is `right`, with the worst class in its note, and one row for each class."""
    per_class = {int(label): right[labels == label] for label in np.unique(labels)}
    worst = min(per_class, key=lambda label: per_class[label].mean())
    note = f"worst class: {class_name(worst)}, {per_class[worst].mean():.3g}{note}"
    rows = {name: _measure(right, note)}
    for label, found in per_class.items():
        rows[f"{name}_{label}"] = _measure(found, f"{len(found):,} images")
    return rows


def _measure(right, note):
    share, num = float(right.mean()), len(right)
    return Measurement(share, "higher", error_of_mean(right), note, num=num)
