"""The search without gradients: closed forms, the best of each start, and seeds."""

import sys

import numpy as np
import pytest

from tfgan_kit import latent


def distance(latents, targets):
    return np.sum((latents - targets) ** 2, axis=-1)


@pytest.mark.parametrize("name", ["CMA", "OnePlusOne"])
def test_reaches_the_minimum_of_each_start(name):
    starts, targets = latent.sample(4, 3, seed=0).reshape(2, 2, 3)
    met, evolution = [], latent.Evolution(steps=60, population=10, name=name)
    minimize = evolution.minimizer(distance)
    found = minimize(starts, [targets], lambda step, rows, latents, losses: met.append(losses))
    np.testing.assert_allclose(found.latents, targets, atol=0.05)
    np.testing.assert_allclose(found.losses, distance(found.latents, targets), atol=1e-6)
    assert len(met) == 60 and (np.diff(met, axis=0) <= 0).all()
    again = minimize(starts, [targets])
    np.testing.assert_array_equal(found.latents, again.latents)


def test_losses_that_are_no_numbers_do_not_count():
    def breaks(latents, missing):
        return np.where(latents[:, 0] > 0, latents[:, 0], np.nan)

    minimize = latent.Evolution(steps=3, population=8).minimizer(breaks)
    found = minimize([[1.0, 0], [-9, 0]], [None])
    assert 0 < found.losses[0] < 1.5 and found.losses[1] == np.inf
    np.testing.assert_array_equal(found.latents[1], [-9, 0])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"steps": 0}, "`steps` must be a positive integer"),
        ({"population": 0}, "`population` must be a positive integer"),
        ({"spread": 0}, "`spread` must be a positive number"),
        ({"name": "CMAA"}, "`name` must be an optimizer of nevergrad.*did you mean 'CMA"),
        ({"seed": -1}, "`seed` must be None or"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        latent.Evolution(**arguments)


def test_needs_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "nevergrad", None)
    with pytest.raises(ValueError, match=r"needs the extra `search`: pip install 'tfgan_kit\[sea"):
        latent.Evolution()
