"""Every figure of the plan against its target with the names behind it, and the annual assessment of the committees (L3)."""

import streamlit as st

from lib.ui import assessment_scores, figures, filters, frame, live, places, session, target_board, target_names
from lib.ui.text import plain, t

VIEWS = ("figures", "assessment")
DEFAULTS = {"view": VIEWS[0], "side": target_names.SIDES[0]}
FILTERS = ("view", "figure", "side", "township", "committee")

with session.run("targets") as run:
    board = target_board.board(run)
    frame.head(run, t("page.targets"), plain(target_board.summary(board)))
    filters.read("targets", {"view": VIEWS, **target_names.options(run)}, DEFAULTS)
    st.segmented_control(t("targets.view"), VIEWS, format_func=lambda view: t(f"targets.view_{view}"), key="targets.view", required=True,
                         label_visibility="collapsed")
    assessing = st.session_state["targets.view"] == "assessment"
    if assessing:
        st.session_state.update({"targets.figure": "", "targets.township": "", "targets.side": DEFAULTS["side"]})
    elif st.session_state["targets.figure"]:
        target_names.ask(run, target_names.townships_by(run, st.session_state["targets.figure"]) is not None)
    chosen = {name: st.session_state[f"targets.{name}"] for name in FILTERS}
    if not assessing and not chosen["figure"]:
        chosen |= {"side": DEFAULTS["side"], "township": "", "committee": ""}
    filters.write("targets", chosen, DEFAULTS)
    if not len(figures.cases(run)):
        st.info(t("targets.empty"), icon=":material/info:")
    elif assessing:
        assessment_scores.show(run, chosen["committee"])
    elif chosen["figure"]:
        target_names.show(run, chosen)
    elif asked := target_board.show(board, "targets.board"):
        places.go("targets", **target_board.chosen(asked))
    live.watch(run)
