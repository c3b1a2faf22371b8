"""The rectification ledger (整改台账): what is on it, how each problem stands, and who signs it off."""

import streamlit as st

from lib.ui import dialogs, frame, live, rectification, rectification_card, rectification_forms, rectification_gaps, session
from lib.ui.text import t

with session.run("rectification") as run:
    frame.head(run, t("page.rectification"), t("rectification.rule"))
    asked = rectification.ask(run)
    if asked.view == "gaps":
        left, right = st.columns([2, 1], gap="medium")
        with left:
            code = rectification_gaps.show(run, asked)
        with right:
            if code:
                rectification_gaps.card(run, code)
    else:
        rectification.figures_of(run, asked)
        left, right = st.columns([2, 1], gap="medium")
        with left:
            item = rectification.show(run, asked)
        with right, session.attempt():
            if item:
                rectification_card.show(run, item)
    rectification.remember(run, asked)
    dialogs.show(rectification_forms.DIALOGS)
    live.watch(run)
