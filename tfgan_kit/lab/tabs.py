"""Sessions of browser tabs: one that is loaded again gets its own back, a closed one frees it."""

import threading

__all__ = ["Tabs"]


class Tabs:
    """Sessions by the name of their tab, for which they wait, at rest, `grace` seconds."""

    def __init__(self, grace=300.0):
        self.grace = grace
        self._kept, self._lock = {}, threading.Lock()

    def __len__(self):
        return len(self._kept)

    def take(self, tab, make, again=False):
        """The tab's session and a ticket to leave it; a new one where it has none.

        A copied tab has the name of the first; only `again`, a page that was loaded again, may take
        a session that is in use.
        """
        with self._lock:
            session, owner, timer = self._kept.get(tab, (None, None, None))
            if owner is not None and not again:
                tab, session = object(), None
            if timer is not None:
                timer.cancel()
                session.wake()
            if session is None:
                session = make()
            ticket = tab, object()
            self._kept[tab] = session, ticket, None
        return session, ticket

    def leave(self, ticket):
        """The page of a ticket is gone; its session is closed unless it is taken soon."""
        with self._lock:
            session, owner, _ = self._kept.get(ticket[0], (None, None, None))
            if session is None or owner != ticket:
                return
            session.rest()
            timer = threading.Timer(self.grace, self._close, [ticket[0]])
            timer.daemon = True
            self._kept[ticket[0]] = session, None, timer
            timer.start()

    def _close(self, tab):
        with self._lock:
            if self._kept.get(tab, (None, True))[1] is not None:
                return
            session, _, _ = self._kept.pop(tab)
        session.close()
