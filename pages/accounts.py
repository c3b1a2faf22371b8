"""Accounts: who has one, new ones singly or for every unit, slips, lost passwords."""

import streamlit as st

from lib.ui import accounts, frame, session
from lib.ui.text import t

with session.run("accounts") as run:
    known = accounts.read(run)
    frame.head(run, t("page.accounts"), accounts.count(known))
    accounts.actions(run)
    accounts.show_slips(run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        account = accounts.pick(run, known)
    with right:
        if account:
            accounts.card(run, account)
    accounts.dialog()
