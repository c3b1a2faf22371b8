"""View links: how leaders look without a password."""

import streamlit as st

from lib.store import links as store_links
from lib.ui import frame, links, session
from lib.ui.text import t

with session.run("links") as run:
    rows = store_links.every(run.db)
    frame.head(run, t("page.links"), links.count(rows, run.at))
    links.actions(run)
    links.show_fresh(run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        link = links.pick(run, rows)
    with right:
        if link:
            links.card(run, link)
    links.dialog()
