"""Small GANs that train without graphs: a few steps take less time than tracing one."""

import pytest

CHEAP = {"run_eagerly": True, "generator_optimizer": "sgd", "discriminator_optimizer": "sgd"}


@pytest.fixture
def make_gan(make_gan):
    return lambda **arguments: make_gan(**{**CHEAP, **arguments})
