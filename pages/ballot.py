"""The online ballot: public, on a telephone first."""

import streamlit as st

from lib.ui import ballot, frame, session
from lib.ui.text import t

with session.run("ballot") as run:
    ballot.from_address()
    with st.container(horizontal_alignment="center"), st.container(width=460):
        st.header(t("ballot.title"), anchor=False)
        if st.session_state.get("ballot.thanks"):
            ballot.thank()
        elif st.session_state.get("ballot.open"):
            ballot.ask_opinion(run)
        else:
            ballot.ask_code()
        st.space("small")
        frame.switch_language()
