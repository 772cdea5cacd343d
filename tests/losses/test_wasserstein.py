"""The Wasserstein loss against SciPy's distance."""

import numpy as np
import pytest
import scipy.stats

from tfgan_kit import losses


def test_the_best_critic_of_points_on_a_line_gives_scipys_distance():
    loss = losses.Wasserstein().discriminator_loss
    rng = np.random.default_rng(0)
    real = rng.uniform(3, 5, (50, 1))
    fake = rng.normal(0, 0.3, (30, 1))
    # Every real point lies to the right, so D(x) = x is the best 1-Lipschitz critic.
    distance = scipy.stats.wasserstein_distance(real.ravel(), fake.ravel())
    assert fake.max() < real.min()
    assert -float(loss(real, fake)) == pytest.approx(distance)
    # A worse 1-Lipschitz critic gives less.
    assert -float(loss(np.sin(real), np.sin(fake))) < distance
