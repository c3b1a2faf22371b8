"""Filling in the self-assessment, section by section."""

import streamlit as st

from lib.core.access import Action
from lib.store import assessments, organizations
from lib.ui import assessment, frame, places, session
from lib.ui.text import date, plain, t

with session.run("assessment") as run:
    code = assessment.chosen(run)
    if code is None:
        frame.head(run, t("page.assessment"))
        st.info(t("assessment.choose"), icon=":material/search:")
        places.link("review", t("page.review"))
        st.stop()
    with session.attempt() as found:
        organization = organizations.get(run.db, code)
    if not found.ok:
        st.stop()
    if run.may(Action.FILL, organization.whose):
        draft = assessments.open_assessment(run.db, run.actor, code, run.at)
    elif run.may(Action.LOOK_AT_ORGANIZATION, organization.whose):
        draft = assessments.draft(run.db, code)
    else:
        session.explain(session.Refused("access.refused", action=Action.FILL.value))
        st.stop()
    reading = draft.read(run.today)
    frame.head(run, t("assessment.title", name=plain(organization.name), year=draft.round.year),
               t("assessment.due", day=date(draft.round.program.submit_by)))
    assessment.sections(run, draft, reading)
    assessment.standing(run, draft)
    assessment.refused(draft, reading)
    assessment.questions(code)
    assessment.turn_pages(draft)
    assessment.on_paper(run, draft)
    if assessments.may_fill(run.actor, draft) and run.live:
        assessment.submit_bar(draft)
