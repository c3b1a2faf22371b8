"""The shelf of snapshots: the list with one at its side, a new one, checking, looking at one, taking it away as CSV.

Session key `snapshots.checked`: snapshot → (when it was checked here, what was found); set by the buttons, gone with the tab.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.core.model import Problem
from lib.store import db as store
from lib.store import snapshots
from lib.ui import briefing_links, dialogs, facts, picking, places, session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

KEY = "snapshots.checked"
SHORT = 12
"""Characters of a checksum that people compare."""


def count(rows: Sequence[Mapping]) -> str:
    return t("snapshots.count", count=len(rows), size=_size(sum(row["size"] for row in rows)))


def _size(octets: int) -> str:
    return f"{octets / 2**20:.1f} MB"


def _checked() -> dict[str, tuple[str, tuple[Problem, ...]]]:
    return st.session_state.setdefault(KEY, {})


def _check(rows: Sequence[Mapping]) -> None:
    with st.spinner(t("snapshots.checking", count=len(rows))):
        with store.session() as live:  # a page on a frozen copy stands at the copy's own time
            at = store.iso(store.now(live))
        for row in rows:
            _checked()[row["id"]] = (at, snapshots.verify(row["id"]))


def _verdict(row: Mapping) -> str:
    """What is known of a snapshot's soundness in this tab."""
    when, found = _checked().get(row["id"], ("", ()))
    return t("snapshots.unchecked") if not when else t("snapshots.unsound") if found else t("snapshots.sound", when=text.clock(when))


# ---- a new one


def actions(run: Run) -> None:
    if run.may(Action.MANAGE_SNAPSHOTS):
        st.button(t("snapshots.new"), key="snapshots.new", type="primary", icon=":material/photo_camera:", on_click=dialogs.ask,
                  args=("snapshots.new",))
    else:
        st.info(t("snapshots.frozen"), icon=":material/push_pin:")


def _new() -> None:
    with session.run("snapshots") as run:
        st.markdown(t("snapshots.note"))
        label = st.text_input(t("snapshots.label"), key="snapshots.label", max_chars=snapshots.LABEL_LIMIT, placeholder=t("snapshots.label_example"))
        if not st.button(t("snapshots.create"), key="snapshots.create", type="primary"):
            return
        with session.attempt() as made, st.spinner(t("snapshots.creating")):
            snapshot = snapshots.create(run.db, run.actor, label, run.at)
        if made.ok:
            st.query_params["copy"] = snapshot
            dialogs.done("snapshots.created", label=label.strip())


def dialog() -> None:
    """The dialog that is open, if it is this one."""
    dialogs.show({"snapshots.new": _new})


# ---- the list


def pick(rows: Sequence[Mapping]) -> Mapping | None:
    """The list, newest first; gives the snapshot to work on."""
    table = pd.DataFrame([{"code": row["id"], "created": text.moment(row["created_at"], year=True), "label": row["label"], "by": row["created_by"],
                           "size": _size(row["size"]), "state": _verdict(row)} for row in rows],
                         columns=["code", "created", "label", "by", "size", "state"])
    widths = {"created": 152, "label": 200, "by": 88, "size": 72, "state": 112}
    config = {name: st.column_config.TextColumn(t(f"snapshots.of.{name}"), width=width, alignment="right" if name == "size" else None)
              for name, width in widths.items()}
    here = picking.pick("snapshots", table, config, {}, "copy")
    if rows:
        if st.button(t("snapshots.check_all", count=len(rows)), key="snapshots.check_all", icon=":material/fact_check:"):
            _check(rows)
            st.rerun()
    else:
        st.info(t("snapshots.none"), icon=":material/inventory_2:")
    return next((row for row in rows if row["id"] == here), None)


def card(run: Run, row: Mapping) -> None:
    """One snapshot: what it is, whether it is sound, and ways to look at it and take it away."""
    with st.container(border=True):
        st.subheader(plain(row["label"]), anchor=False)
        lines = {"code": row["id"], "created": text.moment(row["created_at"], year=True), "by": row["created_by"], "size": _size(row["size"]),
                 "counts": t("snapshots.counts", organizations=row["rows"].get("organizations", 0), submissions=row["rows"].get("submissions", 0),
                             gradings=row["rows"].get("gradings", 0)),
                 "checksum": row["sha256"][:SHORT], "head": t("snapshots.head", seq=row["seq"], head=row["head"][:SHORT])}
        facts.show(lines, "snapshots.of")
        _soundness(row)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if run.snapshot == row["id"]:
                st.markdown(gray(t("snapshots.shown_now")), width="content")
            else:
                places.link("overview", t("snapshots.look"), icon=":material/push_pin:", snapshot=row["id"])
            if st.button(t("snapshots.check"), key="snapshots.check", icon=":material/fact_check:"):
                _check([row])
                st.rerun()
            st.link_button(t("snapshots.take"), f"/snapshots/{row['id']}.zip", icon=":material/download:", type="primary")
            briefing_links.of(row["id"], run.language)
        st.markdown(gray(t("snapshots.take_note")))


def _soundness(row: Mapping) -> None:
    when, found = _checked().get(row["id"], ("", ()))
    if found:
        st.error("  \n".join(plain(session.say(problem)) for problem in found), icon=":material/error:")
    elif when:
        st.success(t("snapshots.sound_note", when=text.moment(when)), icon=":material/verified:")


def chain(rows: Sequence[Mapping]) -> None:
    """Says when the live chain of events no longer holds what a snapshot noted of it."""
    if not rows:
        return
    with store.session() as live:
        found = snapshots.unmatched(live)
    if found:
        st.error("  \n".join(plain(session.say(problem)) for problem in found), icon=":material/error:")
