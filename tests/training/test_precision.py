"""Precision: what `auto` finds, and that a scope ends as it began."""

import keras
import pytest

from tfgan_kit.training import precision


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("avx512f avx512_bf16", "mixed_bfloat16"),
        ("amx_bf16 amx_tile", "mixed_bfloat16"),
        ("avx512f", "float32"),
        ("avx512_bf16x", "float32"),  # a name that only begins alike
        ("", "float32"),
    ],
)
def test_auto_reads_the_processors_instructions(tmp_path, monkeypatch, flags, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: fpu sse avx2 {flags}\nbugs\t: none\n")
    monkeypatch.setattr(precision, "_CPUINFO", path)
    monkeypatch.setattr(precision, "_has_gpu", lambda: False)
    monkeypatch.setattr(precision.platform, "system", lambda: "Linux")
    assert precision.resolve() == expected
    monkeypatch.setattr(precision, "_has_gpu", lambda: True)
    assert precision.resolve("auto") == "mixed_bfloat16"


def test_auto_is_float32_where_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "_has_gpu", lambda: False)
    monkeypatch.setattr(precision, "_CPUINFO", tmp_path / "none")
    assert precision.resolve() == "float32"
    monkeypatch.setattr(precision.platform, "system", lambda: "Darwin")
    assert precision.resolve() == "float32"


@pytest.mark.parametrize(
    ("wrong", "advice"), [("bfloat16", "did you mean 'mixed_bfloat16'"), (16, "16")]
)
def test_wrong_names(wrong, advice):
    with pytest.raises(ValueError, match=f"`precision` must be one of 'auto'.*{advice}"):
        precision.resolve(wrong)


def test_scope_ends_as_it_began_also_by_an_error():
    before = keras.config.dtype_policy()
    with pytest.raises(ZeroDivisionError), precision.scope("mixed_float16") as name:
        assert name == "mixed_float16"
        assert keras.layers.Dense(1).compute_dtype == "float16"
        1 / 0  # noqa: B018
    assert keras.config.dtype_policy() is before
    assert keras.layers.Dense(1).compute_dtype == "float32"
