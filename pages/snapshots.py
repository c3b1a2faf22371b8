"""The shelf of snapshots: frozen copies to look at, to check and to take away as CSV."""

import streamlit as st

from lib.store import snapshots
from lib.ui import frame, session, shelf
from lib.ui.text import t

with session.run("snapshots") as run:
    rows = snapshots.every()
    frame.head(run, t("page.snapshots"), shelf.count(rows))
    shelf.chain(rows)
    shelf.actions(run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        row = shelf.pick(rows)
    with right:
        if row:
            shelf.card(run, row)
    shelf.dialog()
