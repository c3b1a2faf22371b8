"""Taking turns: a few page runs at once, the others wait. Python runs one thread at a time, and two hundred that run at once, because all
open pages have seen the same change, make each other and the server's own loop wait for far longer than one after the other would take.

A run that has waited for PATIENCE goes ahead all the same, so that a long one (a large import) stops nobody.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 1
PATIENCE = 8.0  # seconds
_free = threading.BoundedSemaphore(AT_ONCE)
_here = threading.local()


@contextmanager
def taken() -> Iterator[None]:
    """A turn for what runs inside; within a turn it is had already."""
    if getattr(_here, "has", False):
        yield
        return
    got, _here.has = _free.acquire(timeout=PATIENCE), True
    try:
        yield
    finally:
        _here.has = False
        if got:
            _free.release()
