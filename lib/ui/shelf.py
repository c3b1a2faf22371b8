"""The shelf of snapshots: the list with one at its side, a new one, renaming, checking, looking at one, taking it away as CSV.

Session keys, set by the buttons and gone with the tab: `snapshots.checked`, snapshot → (when it was checked here, what was found);
`snapshots.packed`, the snapshots whose CSV files were put together.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.core.model import Problem
from lib.exchange import bundle
from lib.store import db as store
from lib.store import snapshots
from lib.ui import briefing_links, comparing, dialogs, facts, filters, picking, places, returns, session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

KEY, PACKED = "snapshots.checked", "snapshots.packed"
PART = "snapshots.part"
VIEWS = ("list", "compare", "returns")
SHORT = 12
"""Characters of a checksum that people compare."""


def view(rows: Sequence[Mapping]) -> str:
    """Which part of the page is asked for. Like what is chosen there it stands in the address, where `remember` puts it."""
    filters.read(PART, {"view": VIEWS, **comparing.options(rows), **returns.OPTIONS, "copy": None}, _defaults(rows))
    return st.segmented_control(t("snapshots.view"), VIEWS, key=f"{PART}.view", format_func=lambda code: t(f"snapshots.view_{code}"), required=True,
                                label_visibility="collapsed")


def _defaults(rows: Sequence[Mapping]) -> dict[str, str]:
    return {"view": VIEWS[0], **comparing.defaults(rows), **returns.DEFAULTS}


def remember(rows: Sequence[Mapping]) -> None:
    """Put what is shown into the address; after the list, which may have opened its first row."""
    names = ("view", *comparing.FILTERS, *returns.OPTIONS)
    chosen = {name: st.session_state.get(f"{PART}.{name}") or "" for name in names}
    filters.write(PART, {**chosen, "copy": st.query_params.get("copy", "")}, _defaults(rows))


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


def _rename(snapshot: str) -> None:
    with session.run("snapshots") as run, session.attempt():
        before = snapshots.get(snapshot)["label"]
        if "snapshots.relabel" not in st.session_state:
            st.session_state["snapshots.relabel"] = before
        label = st.text_input(t("snapshots.label"), key="snapshots.relabel", max_chars=snapshots.LABEL_LIMIT)
        st.markdown(gray(t("snapshots.rename_note")))
        if not st.button(t("snapshots.rename_do"), key="snapshots.rename_do", type="primary"):
            return
        with session.attempt() as made:
            snapshots.rename(run.db, run.actor, snapshot, label, run.at)
        if made.ok:
            dialogs.done("snapshots.renamed", before=before, label=label.strip())


def dialog() -> None:
    """The dialog that is open, if it is one of these."""
    dialogs.show({"snapshots.new": _new, "snapshots.rename": _rename})


# ---- the list

WIDTHS = {"created": 148, "label": 180, "by": 84, "rows": 76, "size": 72, "state": 108}


def _maker(row: Mapping) -> str:
    """Who made a snapshot: an account, the command line, or its timer."""
    return t("snapshots.automatic") if row["automatic"] else facts.who(row["created_by"])


def _rows(row: Mapping) -> int:
    """Rows of all tables."""
    return sum(row["rows"].values())


def pick(rows: Sequence[Mapping]) -> Mapping | None:
    """The list, newest first; gives the snapshot to work on."""
    table = pd.DataFrame([{"code": row["id"], "created": text.moment(row["created_at"], year=True), "label": row["label"], "by": _maker(row),
                           "rows": f"{_rows(row):,}", "size": _size(row["size"]), "state": _verdict(row)} for row in rows],
                         columns=["code", *WIDTHS])
    config = {name: st.column_config.TextColumn(t(f"snapshots.of.{name}"), width=width, alignment="right" if name in ("rows", "size") else None)
              for name, width in WIDTHS.items()}
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
        lines = {"code": row["id"], "created": text.moment(row["created_at"], year=True), "by": _maker(row), "size": _size(row["size"]),
                 "first": row.get("first_label", ""), "rows": t("snapshots.rows", rows=f"{_rows(row):,}", tables=len(row["rows"])),
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
            if run.may(Action.MANAGE_SNAPSHOTS):
                st.button(t("snapshots.rename"), key="snapshots.rename", icon=":material/edit:", on_click=_ask_label, args=(row["id"],))
            _take(run, row)
            briefing_links.of(row["id"], run.language)
        st.markdown(gray(t("snapshots.take_note")))


def _ask_label(snapshot: str) -> None:
    st.session_state.pop("snapshots.relabel", None)
    dialogs.ask("snapshots.rename", snapshot=snapshot)


def _take(run: Run, row: Mapping) -> None:
    """The way to the CSV files: first they are put together, which takes a while in a large county, then they are there to be saved."""
    packed: set[str] = st.session_state.setdefault(PACKED, set())
    if row["id"] not in packed:
        if not st.button(t("snapshots.take"), key="snapshots.take", icon=":material/download:", type="primary"):
            return
        with session.attempt() as made, st.spinner(t("snapshots.packing", rows=f"{_rows(row):,}"), show_time=True):
            bundle.kept(run.actor, row["id"])
        if not made.ok:
            return
        packed.add(row["id"])
        st.rerun()
    st.link_button(t("snapshots.save"), f"/snapshots/{row['id']}.zip", icon=":material/download:", type="primary")


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
