"""Ways to the briefing of a snapshot: the Word file and the page to print."""

import streamlit as st

from lib.core.access import Action
from lib.core.model import Refused, Role
from lib.exchange import briefing
from lib.store import snapshots
from lib.ui import session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t


def of(snapshot: str, language: str) -> None:
    """The briefing of one snapshot (or of `latest`), as a file and as a page."""
    spoken = "" if language == "zh" else f"lang={language}"
    st.link_button(t("briefing.word"), f"/briefing/{snapshot}.docx?{spoken}".rstrip("?"), icon=":material/description:")
    st.link_button(t("briefing.print"), f"/print/briefing?snapshot={snapshot}&{spoken}".rstrip("&"), icon=":material/print:")


def buttons(run: Run) -> None:
    """The briefing of what is shown: of the frozen copy, else of the newest snapshot, whose time stands beside. Staff can make a new one for it."""
    try:
        row = snapshots.get(run.snapshot) if run.snapshot else briefing.chosen(run.actor)
    except Refused:
        row = None
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if row:
            of(row["id"] if run.snapshot or run.actor.role in (Role.COUNTY, Role.COMMITTEE) else snapshots.LATEST, run.language)
        if run.may(Action.MANAGE_SNAPSHOTS):
            st.button(t("briefing.new"), key="briefing.new", type="tertiary", icon=":material/photo_camera:", on_click=_new)
        if row:
            said = t("briefing.of_snapshot", when=text.moment(row["created_at"], year=True), label=plain(row["label"]))
        else:
            said = t("briefing.none" if run.may(Action.MANAGE_SNAPSHOTS) else "briefing.none_yet")
        st.markdown(gray(said), width="content")


def _new() -> None:
    """Freeze the figures as they are now; the run that follows has the new snapshot's links."""
    with session.quietly("snapshots") as run:
        if not isinstance(run, Run):
            return
        with session.attempt() as made:
            snapshots.create(run.db, run.actor, t("briefing.label", when=text.moment(run.at)), run.at)
        if made.ok:
            session.flash("briefing.made")
