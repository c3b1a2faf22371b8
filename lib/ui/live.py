"""Live refresh: a small watcher that compares the store's revision, and redraws the page only when a figure can have changed."""

import streamlit as st

from lib.core.model import Role
from lib.store import db as store
from lib.store import events
from lib.ui import dialogs, session

SECONDS = 3


def watch(run: session.Run) -> None:
    """Keep the page as fresh as the store, and empty it soon after its session or link has ended."""
    _tick(events.revision(run.db) if run.live else None, run.actor.role == Role.PUBLIC)


@st.fragment(run_every=SECONDS)
def _tick(seen: int | None, public: bool) -> None:
    with store.session() as db:
        gone = not public and session.resolve(db, store.now(db)) is None
        changed = seen is not None and events.revision(db) != seen
    if gone or (changed and not dialogs.is_open()):
        st.rerun()
