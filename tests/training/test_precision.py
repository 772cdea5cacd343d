"""Precision: what `auto` finds, and that a scope ends as it began."""

import keras
import pytest

from tfgan_kit import models
from tfgan_kit.training import precision

FLAGS = "processor\t: 0\nflags\t\t: fpu sse avx2 {}\nbugs\t: none\n"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("avx512f avx512_bf16", "mixed_bfloat16"),
        ("amx_bf16 amx_tile", "mixed_bfloat16"),
        ("avx512f", "float32"),
        # Instructions whose names only begin alike.
        ("avx512_bf16x", "float32"),
        ("", "float32"),
    ],
)
def test_auto_reads_what_the_processor_can(tmp_path, monkeypatch, flags, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(FLAGS.format(flags))
    monkeypatch.setattr(precision, "_CPUINFO", path)
    monkeypatch.setattr(precision, "_has_gpu", lambda: False)
    monkeypatch.setattr(precision.platform, "system", lambda: "Linux")
    assert precision.resolve() == expected
    monkeypatch.setattr(precision, "_has_gpu", lambda: True)
    assert precision.resolve("auto") == "mixed_bfloat16"


def test_auto_where_nobody_says(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "_has_gpu", lambda: False)
    monkeypatch.setattr(precision, "_CPUINFO", tmp_path / "none")
    assert precision.resolve() == "float32"
    monkeypatch.setattr(precision.platform, "system", lambda: "Darwin")
    assert precision.resolve() == "float32"


def test_auto_on_this_machine_is_a_policy():
    assert precision.resolve() in precision.NAMES[1:]


@pytest.mark.parametrize("name", precision.NAMES[1:])
def test_names_are_themselves(name):
    assert precision.resolve(name) == name


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [("bfloat16", "did you mean 'mixed_bfloat16'"), ("float64", "precision='float64'"), (16, "16")],
)
def test_wrong_names(wrong, advice):
    with pytest.raises(ValueError, match=f"`precision` must be one of auto.*{advice}"):
        precision.resolve(wrong)


def test_scope_ends_as_it_began_also_by_an_error():
    before = keras.config.dtype_policy()
    with pytest.raises(ZeroDivisionError), precision.scope("mixed_float16") as name:
        assert name == "mixed_float16"
        assert keras.layers.Dense(1).compute_dtype == "float16"
        1 / 0  # noqa: B018
    assert keras.config.dtype_policy() is before
    assert keras.layers.Dense(1).compute_dtype == "float32"


@pytest.mark.parametrize("policy", precision.NAMES[2:])
def test_networks_compute_narrow_and_give_float32(policy):
    with precision.scope(policy):
        generator, discriminator = models.dcgan((16, 16, 1), latent_dim=4)
    assert generator.layers[0].compute_dtype == policy.removeprefix("mixed_")
    images = generator(keras.ops.zeros((2, 4)))
    assert keras.backend.standardize_dtype(images.dtype) == "float32"
    assert keras.backend.standardize_dtype(discriminator(images).dtype) == "float32"
    assert all(weight.dtype == "float32" for weight in generator.weights + discriminator.weights)
