"""Appraisal: tallies of paper ballots and codes for the online ballot, organization by organization."""

import streamlit as st

from lib.ui import appraisal, dialogs, frame, live, session
from lib.ui.text import plain, t

with session.run("appraisal") as run:
    frame.head(run, t("appraisal.title", who=plain(run.actor.label)))
    appraisal.new_codes(run)
    left, right = st.columns([6, 11], gap="medium")
    with left:
        code = appraisal.queue(run)
    with right:
        if code is None:
            st.markdown(t("review.nothing_chosen"))
        else:
            with session.attempt():
                appraisal.show(run, code)
    dialogs.show({"appraisal.withdraw": appraisal.withdraw_dialog})
    live.watch(run)
