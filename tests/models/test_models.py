"""Finding a network builder by its name."""

import pytest

from tfgan_kit import models


def test_names_and_callables():
    def build(image_shape, latent_dim):
        raise NotImplementedError

    for name in ("dcgan", "mlp", "residual"):
        assert models.get(name) is getattr(models, name)
    assert models.get(build) is build


@pytest.mark.parametrize(
    ("identifier", "advice"),
    [("dcgam", "did you mean 'dcgan'"), ("Residuals", "did you mean 'residual'")]
    + [("DCGAN", "did you mean 'dcgan'"), ("xyz", "'xyz'$")]
    + [(None, "None"), (3, "3"), (["dcgan"], "dcgan")],
)
def test_unknown_names_are_told_the_nearest(identifier, advice):
    with pytest.raises(ValueError, match=rf"`model` must be .*'dcgan'.*Received.*{advice}"):
        models.get(identifier)
