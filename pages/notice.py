"""The public notice of proposed grades: public, with a form to object."""

import streamlit as st

from lib.ui import frame, live, notice, session
from lib.ui.text import plain, t

with session.run("notice") as run:
    frame.head(run, t("notice.title"))
    st.markdown(t("notice.intro", days=run.program.notice_days, office=plain(run.program.office[run.language])))
    left, right = st.columns([11, 5], gap="medium")
    with left:
        notice.listing(run)
    with right:
        notice.objection(run)
    live.watch(run)
