"""A run is chosen from a folder; errors are one sentence."""

import panel as pn
import pytest

from tfgan_kit.lab.pages.choosing import Chosen, plainly
from tfgan_kit.utils.errors import InvalidArgument


def test_the_runs_of_a_folder_can_be_chosen(shapes_run, tmp_path):
    chosen = Chosen(tmp_path, "What for.")
    assert chosen.select.options == ["shapes-dcgan"] and chosen.name == "shapes-dcgan"
    assert not chosen.alert.visible
    (tmp_path / "new" / "samples").mkdir(parents=True)
    (tmp_path / "new" / "config.json").write_bytes(shapes_run.config_path.read_bytes())
    chosen.find()
    assert set(chosen.select.options) == {"new", "shapes-dcgan"} and chosen.name == "shapes-dcgan"


def test_a_folder_without_runs_is_one_sentence(tmp_path):
    alert = Chosen(tmp_path, "What for.").alert
    assert alert.visible and alert.object.startswith(f"There is no run in {tmp_path}. Start one")


def test_an_exported_generator_is_one_sentence(tmp_path):
    (tmp_path / "export.json").write_text("{}")
    for path in (tmp_path, tmp_path / "export.json"):
        alert = Chosen(path, "What for.").alert
        assert alert.object == "This is an exported generator; only Latent space can open it."


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (InvalidArgument("No."), "No."),
        (OSError(28, "Disk full", "a"), "Disk full: 'a'"),
        (None, ""),
    ],
)
def test_errors_of_users_are_shown_until_they_are_mended(error, shown):
    alert = pn.pane.Alert(visible=False)
    with plainly(alert):
        if error:
            raise error
    assert alert.visible == bool(error) and shown in (alert.object or "")
    with plainly(alert):
        pass
    assert not alert.visible
    with pytest.raises(KeyError), plainly(alert):
        raise KeyError
