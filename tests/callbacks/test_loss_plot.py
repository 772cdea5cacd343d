"""`LossPlot`: when it draws, and what."""

import pytest

from tfgan_kit import media
from tfgan_kit.callbacks import LossPlot


@pytest.fixture
def drawn(monkeypatch):
    """Copies of all records that were drawn, newest last."""
    calls = []
    monkeypatch.setattr(media, "plot_losses", lambda records, path: calls.append([*records]))
    return calls


def fit(gan, real_images, *callbacks, **arguments):
    return gan.fit(real_images, batch_size=40, verbose=0, callbacks=callbacks, **arguments)


def test_records_are_the_history_of_a_training(make_gan, real_images, drawn):
    gan, plot = make_gan(), LossPlot("a.png", every_epochs=2)
    history = fit(gan, real_images, plot, epochs=3, validation_data=real_images).history
    assert [len(records) for records in drawn] == [2, 3]
    assert [record["epoch"] for record in drawn[-1]] == [1, 2, 3]
    assert len(history) == 8
    assert {name: [record[name] for record in drawn[-1]] for name in history} == history
    # A second fit starts a new plot.
    fit(gan, real_images, plot, initial_epoch=3, epochs=5)
    assert [record["epoch"] for record in drawn[-1]] == [4, 5]


def test_the_picture_is_written(make_gan, real_images, tmp_path):
    fit(make_gan(), real_images, LossPlot(tmp_path / "deep" / "losses.png"))
    assert (tmp_path / "deep" / "losses.png").read_bytes().startswith(b"\x89PNG")
