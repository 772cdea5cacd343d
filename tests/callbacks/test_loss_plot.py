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


def test_records_are_the_history(make_gan, real_images, drawn):
    arguments = {"epochs": 3, "validation_data": real_images}
    history = fit(make_gan(), real_images, LossPlot("a.png"), **arguments).history
    assert [record["epoch"] for record in drawn[-1]] == [1, 2, 3]
    assert len(history) == 8
    assert {name: [record[name] for record in drawn[-1]] for name in history} == history


def test_every_epochs_and_the_end(make_gan, real_images, drawn):
    fit(make_gan(), real_images, LossPlot("a.png", every_epochs=2), epochs=3)
    assert [len(records) for records in drawn] == [2, 3]


def test_a_second_fit_starts_a_new_plot(make_gan, real_images, drawn):
    gan, plot = make_gan(), LossPlot("a.png")
    fit(gan, real_images, plot, epochs=2)
    fit(gan, real_images, plot, initial_epoch=2, epochs=4)
    assert [record["epoch"] for record in drawn[-1]] == [3, 4]


def test_the_picture_is_written(make_gan, real_images, tmp_path):
    fit(make_gan(), real_images, LossPlot(tmp_path / "deep" / "losses.png"))
    assert (tmp_path / "deep" / "losses.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("every_epochs", [0, -1, 1.5, None])
def test_wrong_every_epochs_is_named(every_epochs):
    with pytest.raises(ValueError, match="`every_epochs` must be .*Received: every_epochs="):
        LossPlot("a.png", every_epochs=every_epochs)
