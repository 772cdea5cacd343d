"""Sessions of tabs: loaded again, copied, closed."""

from waiting import until

from tfgan_kit.lab.tabs import Tabs


class Session:
    closed = rests = False

    def close(self):
        self.closed = True

    def rest(self):
        self.rests = True

    def wake(self):
        self.rests = False


def test_a_page_that_is_loaded_again_has_its_session():
    tabs = Tabs(grace=30)
    first, old = tabs.take("a", Session)
    # The server has not yet noticed that the old page is gone.
    again, new = tabs.take("a", Session, again=True)
    assert again is first
    tabs.leave(old)
    assert tabs.take("a", Session)[0] is not first, "it is in use by the new page"
    tabs.leave(new)
    assert first.rests
    assert tabs.take("a", Session)[0] is first, "back from another page"
    assert not first.rests


def test_a_closed_tab_frees_its_session():
    tabs = Tabs(grace=0.05)
    session, ticket = tabs.take("a", Session)
    tabs.leave(ticket)
    until(lambda: session.closed)
    assert len(tabs) == 0
    assert tabs.take("a", Session)[0] is not session


def test_a_copied_tab_has_a_session_of_its_own():
    tabs = Tabs(grace=0.05)
    first, _ = tabs.take("a", Session)
    second, ticket = tabs.take("a", Session)
    assert second is not first
    tabs.leave(ticket)
    until(lambda: second.closed)
    assert not first.closed
