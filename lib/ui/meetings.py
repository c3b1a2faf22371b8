"""Meetings: the list with one at its side, a new one, its frozen figures, and the minutes box.

Minutes are always the live store's, whatever is pinned. Session keys `meetings.<field>` are the dialogs' widgets, seeded by the buttons
that open them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.core import ledger
from lib.core.access import Action
from lib.core.model import TEXT_LIMIT, Role
from lib.store import db as store
from lib.store import links as store_links
from lib.store import meetings, snapshots
from lib.ui import dialogs, facts, figures, links, live, picking, places, session, text
from lib.ui.rectification_forms import OFFERED_AT_ONCE, number
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

PAGE = "meetings"
TERM = dt.timedelta(days=30)
"""Until when a decision is due, unless another day is chosen."""


def listed(run: Run) -> list[dict]:
    """The meetings that somebody may read of: all, or the one that a leader's link was made for."""
    rows = meetings.every(run.db)
    if run.actor.role != Role.LEADER:
        return rows
    own = meetings.of_link(run.db, run.actor)
    return [row for row in rows if row["id"] == own]


def count(rows: Sequence[Mapping]) -> str:
    return t("meetings.count", count=len(rows), decisions=sum(row["decisions"] for row in rows))


def _state(row: Mapping) -> str:
    return t("meetings.closed" if row["closed_at"] else "meetings.open")


# ---- the list


def actions(run: Run) -> None:
    if run.may(Action.MANAGE_MEETINGS):
        st.button(t("meetings.new"), key="meetings.new", type="primary", icon=":material/groups:", on_click=_ask_new, args=(run.today,))


def show(run: Run, rows: Sequence[Mapping]) -> str | None:
    """The list and the chosen meeting; a leader has only one. Gives its id."""
    if run.actor.role == Role.LEADER:
        if not rows:
            st.info(t("meetings.not_of_a_meeting"), icon=":material/info:")
            return None
        _card(run, rows[0]["id"])
        return rows[0]["id"]
    left, right = st.columns([2, 3], gap="medium")
    with left:
        here = _pick(rows)
    with right, session.attempt():
        if here:
            _card(run, here)
    return here


def _pick(rows: Sequence[Mapping]) -> str | None:
    """The list, newest first."""
    widths = {"opened": 124, "name": 168, "decisions": 84, "state": 76}
    table = pd.DataFrame([{"code": row["id"], "opened": text.moment(row["opened_at"]), "name": row["name"], "decisions": row["decisions"],
                           "state": _state(row)} for row in rows], columns=["code", *widths])
    kinds = {"decisions": st.column_config.NumberColumn}
    config = {name: kinds.get(name, st.column_config.TextColumn)(t(f"meetings.of.{name}"), width=width) for name, width in widths.items()}
    here = picking.pick(PAGE, table, config, {}, "meeting")
    if not rows:
        st.info(t("meetings.none"), icon=":material/groups:")
    return here


# ---- one meeting


def _card(run: Run, meeting: str) -> None:
    """One meeting: on which figures, its link, its end; below, what was decided. Raises Refused for one that is unknown."""
    row, found = meetings.read(run.db, run.actor, meeting)
    manages = run.may(Action.MANAGE_MEETINGS)
    with st.container(border=True):
        st.subheader(plain(row["name"]), anchor=False)
        frozen = next((manifest for manifest in snapshots.every() if manifest["id"] == row["snapshot"]), None)
        lines = {"state": _state(row), "figures": text.moment(frozen["created_at"], year=True) if frozen else t("meetings.figures_gone"),
                 "opened": f"{text.moment(row['opened_at'], year=True)}　{facts.who(row['opened_by'])}",
                 "closed": f"{text.moment(row['closed_at'], year=True)}　{facts.who(row['closed_by'])}" if row["closed_at"] else ""}
        if manages:
            addresses = sorted((each for each in store_links.every(run.db) if each["meeting"] == meeting), key=lambda each: bool(each["revoked_at"]))
            own = next(iter(addresses), None)
            lines["link"] = own and t("meetings.link", **{name: links.lines(run, own)[name] for name in ("state", "pin", "expires", "used")})
        facts.show(lines, "meetings.of")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if manages and frozen:
                places.link("overview", t("meetings.look"), icon=":material/push_pin:", snapshot=row["snapshot"])
            st.link_button(t("meetings.print"), f"/print/minutes/{meeting}?lang={run.language}", icon=":material/print:")
            if manages and not row["closed_at"]:
                st.button(t("meetings.renew"), key="meetings.renew", icon=":material/link:", on_click=_ask_renew, args=(run.today, meeting))
                st.button(t("meetings.close"), key="meetings.close", icon=":material/event_busy:", on_click=dialogs.ask, args=("meetings.close",),
                          kwargs={"meeting": meeting, "name": row["name"]})
    with st.container(horizontal=True, gap="small", vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(t("meetings.decided", count=len(found)), anchor=False, width="content")
        if manages:
            st.button(t("meetings.note"), key="meetings.note", type="primary", icon=":material/edit_note:", on_click=_ask_note,
                      args=(meeting, run.today))
    for place, minute in enumerate(found, 1):
        _minute(run, place, minute)
    if not found:
        st.info(t("meetings.no_decision" if manages else "meetings.no_decision_yet"), icon=":material/edit_note:")


def _minute(run: Run, place: int, minute: Mapping) -> None:
    """One decision: what, who, until when; where it stands on the ledger, or what can be done with it."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{place}.** {plain(minute['decision'])}")
        told = [t("meetings.who", who=minute["responsible"]), t("meetings.until", day=text.date(minute["due_on"], year=True)),
                minute["organization_name"] or ""]
        line = gray(plain(" · ".join(part for part in told if part)))
        over = not minute["item"] and minute["due_on"] < run.today.isoformat()
        st.markdown(line + (f" :red-badge[{t('meetings.over')}]" if over else ""))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if minute["item"]:
                words = t("meetings.on_ledger", number=number(minute["number"]), state=t(f"item_state.{minute['item_state']}"))
                if session.pinned(run.actor):  # frozen figures may be older than the item
                    st.markdown(f":material/fact_check: {words}", width="content")
                else:
                    places.link("rectification", words, icon=":material/fact_check:", item=minute["item"])
            elif run.may(Action.MANAGE_MEETINGS):
                if minute["organization"]:
                    st.button(t("meetings.to_ledger"), key=f"meetings.to_ledger.{minute['id']}", icon=":material/playlist_add:", on_click=_ask_post,
                              args=(minute["id"],))
                st.button(t("meetings.strike"), key=f"meetings.strike.{minute['id']}", type="tertiary", icon=":material/remove_circle:",
                          on_click=dialogs.ask, args=("meetings.strike",), kwargs={"minute": minute["id"], "decision": minute["decision"]})


# ---- dialogs


def _ask_new(today: dt.date) -> None:
    st.session_state.update({"meetings.name": "", "meetings.expires": today + meetings.LASTS, "meetings.pin": ""})
    dialogs.ask("meetings.open")


def _open() -> None:
    with session.run(PAGE, live=True) as run:
        name = st.text_input(t("meetings.name"), key="meetings.name", max_chars=snapshots.LABEL_LIMIT, placeholder=t("meetings.name_example"))
        far = links.reach(run, PAGE)
        st.markdown(gray(t("meetings.about")))
        if not st.button(t("meetings.open_do"), key="meetings.open_do", type="primary"):
            return
        with session.attempt() as made, st.spinner(t("snapshots.creating")):
            meeting, token = meetings.open_meeting(run.db, run.actor, name, run.now, expires=far.ends, townships=far.townships, pin=far.pin)
        if made.ok:
            links.fresh(run, name, token)
            st.query_params["meeting"] = meeting
            dialogs.done("meetings.opened", name=name.strip())


def _ask_renew(today: dt.date, meeting: str) -> None:
    st.session_state.update({"meetings.expires": today + meetings.LASTS, "meetings.pin": ""})
    dialogs.ask("meetings.renew", meeting=meeting)


def _renew(meeting: str) -> None:
    with session.run(PAGE, live=True) as run:
        st.markdown(gray(t("meetings.renew_note")))
        far = links.reach(run, PAGE)
        if not st.button(t("meetings.renew_do"), key="meetings.renew_do", type="primary"):
            return
        with session.attempt() as made:
            token = meetings.new_address(run.db, run.actor, meeting, run.now, expires=far.ends, townships=far.townships, pin=far.pin)
        if made.ok:
            name = meetings.get(run.db, meeting)["name"]
            links.fresh(run, name, token)
            dialogs.done("meetings.renewed", name=name)


def _close(meeting: str, name: str) -> None:
    with session.run(PAGE, live=True) as run, session.attempt():
        st.markdown(t("meetings.close_note", name=plain(name)))
        if st.button(t("meetings.close_do"), key="meetings.close_do", type="primary"):
            meetings.close_meeting(run.db, run.actor, meeting, run.at)
            dialogs.done("meetings.closed_now", name=name)


def _ask_note(meeting: str, today: dt.date) -> None:
    st.session_state.update({"meetings.decision": "", "meetings.responsible": "", "meetings.due_on": today + TERM, "meetings.which": "",
                             "meetings.organization": None})
    dialogs.ask("meetings.note", meeting=meeting)


def _note(meeting: str) -> None:
    with session.run(PAGE, live=True) as run:
        decision = st.text_area(t("meetings.decision"), key="meetings.decision", max_chars=TEXT_LIMIT, height=110)
        with st.container(horizontal=True, gap="small"):
            responsible = st.text_input(t("meetings.responsible"), key="meetings.responsible", max_chars=ledger.LIMITS["responsible"])
            due = st.date_input(t("meetings.due_on"), key="meetings.due_on", format="YYYY-MM-DD")
        organization = _organization(run)
        if not st.button(t("meetings.save"), key="meetings.save", type="primary"):
            return
        with session.attempt() as tried:
            meetings.note(run.db, run.actor, meeting, decision, responsible, due.isoformat() if due else "", run.at, organization=organization)
        if tried.ok:
            dialogs.done("meetings.noted")


def _organization(run: Run) -> str | None:
    """The organization that is to carry a decision out, if it is one: found by name or code, among as many as one looks through."""
    wanted = st.text_input(t("meetings.which"), key="meetings.which", icon=":material/search:", max_chars=40).strip()
    cases = figures.cases(run)
    if not wanted:
        st.session_state["meetings.organization"] = None
        return None
    cases = cases[cases["name"].str.contains(wanted, case=False, regex=False) | (cases["code"] == wanted)]
    names = dict(zip(cases["code"].head(OFFERED_AT_ONCE), cases["name"].head(OFFERED_AT_ONCE), strict=True))
    if st.session_state.get("meetings.organization") not in names:
        st.session_state["meetings.organization"] = next(iter(names), None) if len(names) == 1 else None
    return st.selectbox(t("meetings.organization"), tuple(names), format_func=names.get, index=None, key="meetings.organization",
                        placeholder=t("rectification.matches", count=len(cases), shown=len(names)))


def _ask_post(minute: str) -> None:
    st.session_state["meetings.post"] = ""
    dialogs.ask("meetings.ledger", minute=minute)


def _ledger(minute: str) -> None:
    with session.run(PAGE, live=True) as run:
        st.markdown(gray(t("meetings.ledger_note")))
        post = st.text_input(t("meetings.post"), key="meetings.post", max_chars=ledger.LIMITS["post"])
        if not st.button(t("meetings.ledger_do"), key="meetings.ledger_do", type="primary"):
            return
        with session.attempt() as tried:
            meetings.to_ledger(run.db, run.actor, minute, post, run.at)
        if tried.ok:
            dialogs.done("meetings.listed")


def _strike(minute: str, decision: str) -> None:
    with session.run(PAGE, live=True) as run, session.attempt():
        st.markdown(f"{t('meetings.strike_note')}  \n{plain(decision)}")
        if st.button(t("meetings.strike_do"), key="meetings.strike_do", type="primary"):
            meetings.strike(run.db, run.actor, minute, run.at)
            dialogs.done("meetings.struck")


def dialog() -> None:
    """The dialog that is open, if it is one of these."""
    dialogs.show({"meetings.open": _open, "meetings.renew": _renew, "meetings.close": _close, "meetings.note": _note, "meetings.ledger": _ledger,
                  "meetings.strike": _strike})


# ---- what others write meanwhile


def watch(run: Run, meeting: str | None) -> None:
    """Keep the minutes on a projector as fresh as they are written: they change no figure, so `live.watch` does not see them."""
    _tick(_written(run.db, meeting), meeting)


def _written(db: store.Database, meeting: str | None) -> list[tuple]:
    return [tuple(row.values()) for row in meetings.minutes(db, meeting)] if meeting else []


@st.fragment(run_every=live.SECONDS)
def _tick(seen: list[tuple], meeting: str | None) -> None:
    with store.session() as db:
        gone = session.resolve(db, store.now(db)) is None
        changed = _written(db, meeting) != seen
    if gone or (changed and not dialogs.is_open()):
        st.rerun()
