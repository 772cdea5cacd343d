"""Small GANs that train without graphs: a few steps take less time than tracing one."""

import pytest

from tfgan_kit import metrics

CHEAP = {"run_eagerly": True, "generator_optimizer": "sgd", "discriminator_optimizer": "sgd"}


@pytest.fixture
def make_gan(make_gan):
    return lambda **arguments: make_gan(**{**CHEAP, **arguments})


@pytest.fixture
def counting():
    """An extractor that records how many images it gets."""

    class Counting(metrics.Pixels):
        def call(self, images):
            self.sizes.append(len(images))
            return super().call(images)

    extractor = Counting()
    extractor.sizes = []
    return extractor
