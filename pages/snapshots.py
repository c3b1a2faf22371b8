"""The shelf of snapshots: frozen copies to look at, to check, to compare and to take away; ready-made returns."""

import streamlit as st

from lib.store import snapshots
from lib.ui import comparing, frame, returns, session, shelf
from lib.ui.text import t

with session.run("snapshots") as run:
    rows = snapshots.every()
    frame.head(run, t("page.snapshots"), shelf.count(rows))
    shelf.chain(rows)
    match shelf.view(rows):
        case "compare":
            comparing.show(run, rows)
        case "returns":
            returns.show(run)
        case _:
            shelf.actions(run)
            left, right = st.columns([3, 2], gap="medium")
            with left:
                row = shelf.pick(rows)
            with right:
                if row:
                    shelf.card(run, row)
    shelf.remember(rows)
    shelf.dialog()
