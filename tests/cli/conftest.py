"""The command line with generators that are opened once."""

import functools

import pytest

from tfgan_kit.runs import explorer


@pytest.fixture(scope="session")
def open_once():
    return functools.cache(explorer.Explorer)


@pytest.fixture
def tfgan_kit(command_line, tmp_path, open_once, monkeypatch):
    """The command line, which finds a generator open that another test has opened."""
    monkeypatch.setattr(explorer, "Explorer", open_once)
    return functools.partial(command_line, cwd=tmp_path)
