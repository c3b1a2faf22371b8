"""One's own account: a new password."""

import streamlit as st

from lib.ui import frame, login, session
from lib.ui.text import plain, t

with session.run("account") as run:
    frame.head(run, t("page.account"), plain(run.actor.label))
    if run.actor.must_change_password:
        st.info(t("account.first"), icon=":material/key:")
    with st.container(width=480):
        if login.change_password(run.actor):
            session.flash("account.changed")
            st.rerun()
