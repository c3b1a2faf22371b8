"""My work: what waits for who looks, the most urgent first, and whom an office is to remind of what."""

import streamlit as st

from lib.core.model import Role
from lib.ui import frame, live, places, session, work
from lib.ui.text import t

with session.run("work") as run:
    frame.head(run, t("page.work"))
    if run.live:
        found = work.waits(run)
        work.greet(run, found)
        work.tasks(run, found)
        if run.actor.role != Role.ORGANIZATION:
            work.show_gaps(run)
            work.reminders(run)
    else:
        st.info(t("work.frozen"), icon=":material/push_pin:")
    places.link("overview", t("page.overview"), icon=":material/dashboard:")
    live.watch(run)
