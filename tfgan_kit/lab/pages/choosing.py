"""What pages about runs share: the choice of a run, and errors in one sentence."""

import contextlib

import panel as pn

from tfgan_kit.lab.watching import find_runs
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Chosen", "plainly", "sync"]


@contextlib.contextmanager
def plainly(alert):
    """Show what a user can mend in one sentence; nothing if there is no such error."""
    try:
        yield
    except (InvalidArgument, OSError) as error:
        alert.param.update(object=f"{error}.", visible=True)
    else:
        alert.visible = False


def sync(widget, name):
    """Keep what is chosen in the page's address, if there is one."""
    if pn.state.location:
        pn.state.location.sync(widget, {"value": name})


class Chosen:
    """A run among those of a folder, or beside a run; the description says what for."""

    def __init__(self, path, description):
        self.path, self.paths = path, {}
        self.alert = pn.pane.Alert(visible=False, alert_type="danger", margin=5)
        self.select = pn.widgets.Select(
            label="Run", description=description, min_width=220, styles={"flex": "1 1 220px"}
        )
        with plainly(self.alert):
            self.find()
        sync(self.select, "run")
        if self.paths and self.select.value not in self.paths:
            self.select.value = next(iter(self.paths))

    @property
    def name(self):
        return self.select.value

    def find(self):
        """Look for runs again."""
        self.paths = find_runs(self.path)
        if list(self.paths) != self.select.options:
            self.select.options = list(self.paths)
