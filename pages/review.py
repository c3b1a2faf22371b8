"""Review: the committee's and the county's queue on the left, one case on the right."""

import streamlit as st

from lib.ui import answers, case, dialogs, frame, live, picking, publicity, review, session
from lib.ui.text import plain, t

DIALOGS = {"review.remark": answers.remark_dialog, "review.return": answers.return_dialog, "review.object": publicity.object_dialog,
           "review.notice": publicity.notice_dialog, "review.approve": publicity.approve_dialog, "review.send_back": publicity.send_back_dialog,
           "review.reopen": publicity.reopen_dialog, "review.bulk_notice": publicity.bulk_notice_dialog,
           "review.bulk_approve": publicity.bulk_approve_dialog}

with session.run("review") as run:
    frame.head(run, t("review.title", who=plain(run.actor.label)), review.counts(picking.own(run)))
    left, right = st.columns([6, 11], gap="medium")
    with left:
        code = review.queue(run)
    with right:
        if code is None:
            st.markdown(t("review.nothing_chosen"))
        else:
            with session.attempt():
                shown = case.read(run, code)
                review.head(shown)
                review.parts(shown)
    dialogs.show(DIALOGS)
    live.watch(run)
