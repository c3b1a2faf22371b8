"""Taking turns: one page run after the other. Python runs one thread at a time, and two hundred that run at once, because all open pages have
seen the same change, make each other and the server's own loop wait for far longer than one after the other would take.

A run that takes longer than SHORT (an import, a snapshot, the first after a change in a large county) loses its turn and goes on beside the
others, so that it stops nobody.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SHORT = 0.3  # seconds


class Turns:
    """Whose turn it is, and since when."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._runner: int | None = None
        self._since = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A turn for what runs inside; within a turn it is had already."""
        me = threading.get_ident()
        with self._changed:
            if self._runner == me:
                own = False
            else:
                while self._runner is not None and (left := self._since + SHORT - time.monotonic()) > 0:
                    self._changed.wait(left)
                self._runner, self._since, own = me, time.monotonic(), True
        try:
            yield
        finally:
            with self._changed:
                if own and self._runner == me:
                    self._runner = None
                    self._changed.notify()

    def free(self) -> bool:
        """Whether nobody has the turn."""
        return self._runner is None


_pages = Turns()
taken = _pages.taken
