"""The questionnaires: their versions, each as a workbook to take away, a new version to upload, answers collected in KoboToolbox."""

import streamlit as st

from lib.ui import forms_page, frame, session
from lib.ui.text import t

with session.run("forms") as run:
    versions = forms_page.versions(run)
    frame.head(run, t("page.forms"), forms_page.count(versions))
    left, right = st.columns([5, 6], gap="medium")
    with left:
        kind = forms_page.pick(versions)
    with right:
        forms_page.card(run, versions[kind])
        forms_page.upload(run, kind)
