"""The frame of any register: what may be done, filters, the table, and one record at its side. A new register needs no line here.

One register stands on a page at a time; `tabs` lets choose which. Its codes in the address: `register`, `record`, and the filters
`township`, `committee`, `state`, `search`, beside whatever else the page keeps there. Parts: `register_card` (one record),
`register_dialogs` (form, decision), `register_files` (import, export), `register_words` (answers in words).
Session keys `register.<filter>`: the filters' widgets, seeded from the address at every run; `register.list`, `register.shown`,
`register.filtered`, `register.rows.page`, `register.rows.held`: the table (picking, paging).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.core.model import Role
from lib.core.registers import About, Register, Standing
from lib.store import records
from lib.ui import dialogs, figures, overview, picking, register_card, register_dialogs, register_files, register_words, session, shared
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

FILTERS = ("township", "committee", "state", "search")
KEPT = 64
NARROW, MIDDLE, WIDE = 96, 124, 184
"""Pixels of a column of figures, of days and choices, and of names."""


def tabs(run: Run, page: str, names: Sequence[str]) -> None:
    """Several registers on one page, one of them shown; those that the pack lacks, or that who looks may not see, are left out."""
    published = records.names(run.db)
    offered = {name: records.register(run.db, name) for name in names if name in published}
    offered = {name: kept for name, kept in offered.items() if kept.may_see(run.actor)}
    if not offered:
        st.info(t("register.none_published"), icon=":material/inventory_2:")
        return
    first = next(iter(offered))
    asked = st.query_params.get("register")
    here = asked if asked in offered else first
    if len(offered) > 1:
        labels = {name: plain(kept.form.label[run.language]) for name, kept in offered.items()}
        st.session_state[f"{page}.register"] = here
        st.segmented_control(t("register.which"), list(offered), format_func=labels.get, key=f"{page}.register", required=True, wrap=True,
                             label_visibility="collapsed", on_change=_turn, args=(page, first))
    show(run, here)


def _turn(page: str, first: str) -> None:
    """Another register: its records are others, so is what they can be filtered by."""
    for name in ("record", "committee", "state", "search"):
        st.query_params.pop(name, None)
    _put("register", st.session_state[f"{page}.register"], first)


def show(run: Run, name: str) -> None:
    """One register of the round, as far as who looks may see and do."""
    with session.attempt():
        kept = records.register(run.db, name)
        if not kept.may_see(run.actor):
            st.info(t("register.not_yours"), icon=":material/lock:")
            return
        _draw(run, kept)
    dialogs.show({**register_dialogs.DIALOGS, "register.import": register_files.import_dialog})


def _draw(run: Run, kept: Register) -> None:
    rows = register_words.table(run, kept)
    offered = _offered(*_whose(run, kept), rows)
    above = st.container(horizontal=True, gap="small", vertical_alignment="center")
    chosen = _filters(run, kept, offered)
    found = _found(*_whose(run, kept), tuple(chosen.items()), rows)
    with above:
        _actions(run, kept, found)
    if (here := st.query_params.get("record")) and here not in offered.codes:
        st.query_params.pop("record")  # struck out, or not to be seen by who looks
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(gray(t("register.listed", shown=len(found), count=len(rows))))
        here = picking.pick("register", found, _columns(run, kept), {"register": kept.name, **chosen}, "record")
        if not len(found):
            _empty(run, kept, chosen)
    with right:
        if here:
            register_card.show(run, kept, records.get(run.db, here))


def _empty(run: Run, kept: Register, chosen: Mapping[str, str]) -> None:
    if any(chosen.values()):
        st.info(t("register.no_match"), icon=":material/search_off:")
    else:
        st.info(t("register.empty_writer" if may_write(run, kept) else "register.empty"), icon=":material/inbox:")


# ---- what may be done


def may_write(run: Run, kept: Register) -> bool:
    return run.may(Action.KEEP_RECORD) and kept.may_write(run.actor)


def _actions(run: Run, kept: Register, found: pd.DataFrame) -> None:
    if may_write(run, kept):
        st.button(t("register.new"), key="register.new", type="primary", icon=":material/add:", on_click=register_dialogs.begin, args=(kept.name,))
        st.button(t("register.import"), key="register.import", icon=":material/upload:", on_click=dialogs.ask, args=("register.import",),
                  kwargs={"name": kept.name})
    register_files.export(run, kept, found)
    if not run.live:
        st.markdown(gray(t("register.frozen")), width="content")


# ---- filters


def _put(name: str, value: str, default: str = "") -> None:
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def _keep(name: str) -> None:
    """Put a filter that was changed into the address; one that is off is not named there."""
    _put(name, (st.session_state.get(f"register.{name}") or "").strip())


def _select(name: str, labels: Mapping[str, str], width: int) -> str:
    """A filter over codes, drawn where there is something to choose; gives the code that the address asks for, "" for all."""
    asked = st.query_params.get(name, "")
    here = asked if asked in labels else ""
    if len(labels) < 2:
        return here
    options = {"": t(f"register.all_{name}"), **labels}
    st.session_state[f"register.{name}"] = here
    st.selectbox(t(f"register.filter_{name}"), list(options), format_func=options.get, key=f"register.{name}", label_visibility="collapsed",
                 width=width, on_change=_keep, args=(name,))
    return here


def _whose(run: Run, kept: Register) -> tuple:
    """What is kept of a register is kept by: the register at its revision, and who reads it."""
    return *figures.scope(run), kept.name, run.actor.role, run.actor.organization or run.actor.committee


@dataclass(frozen=True)
class Offered:
    """What a register's records can be filtered by, and their codes."""

    townships: frozenset[str]
    committees: Mapping[str, str]
    codes: frozenset[str]


@shared.once(KEPT)
def _offered(home: str, revision: int, townships: tuple[str, ...], language: str, name: str, role: Role, unit: str | None,
             _rows: pd.DataFrame) -> Offered:
    committees = _rows.dropna(subset=["committee"]).drop_duplicates("committee").sort_values("committee")
    return Offered(frozenset(_rows["township"].dropna()), dict(zip(committees["committee"], committees["committee_name"], strict=True)),
                   frozenset(_rows["code"]))


@shared.once(KEPT)
def _found(home: str, revision: int, townships: tuple[str, ...], language: str, name: str, role: Role, unit: str | None, chosen: tuple,
           _rows: pd.DataFrame) -> pd.DataFrame:
    return filtered(_rows, dict(chosen))


def _filters(run: Run, kept: Register, offered: Offered) -> dict[str, str]:
    """Draw the filters that make sense for a register and give their codes; they stand in the address."""
    places = overview.township_names(run)
    chosen = dict.fromkeys(FILTERS, "")
    with st.container(horizontal=True, gap="small"):
        chosen["township"] = _select("township", {code: name for code, name in places.items() if code in offered.townships}, 168)
        if run.actor.role in (Role.COUNTY, Role.LEADER):
            chosen["committee"] = _select("committee", offered.committees, 220)
        if kept.approve:
            chosen["state"] = _select("state", {state.value: t(f"standing_of.{state}") for state in Standing if state != Standing.ENTERED}, 136)
        chosen["search"] = st.query_params.get("search", "")
        st.session_state["register.search"] = chosen["search"]
        label = t("register.filter_search")
        st.text_input(label, key="register.search", placeholder=label, label_visibility="collapsed", icon=":material/search:", max_chars=40,
                      width=220, on_change=_keep, args=("search",))
    return chosen


def filtered(rows: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The rows that all filters let through; `chosen` maps FILTERS to codes, "" for off."""
    for name in ("township", "committee", "state"):
        if chosen[name]:
            rows = rows[rows[name] == chosen[name]]
    if word := chosen["search"].strip().lower():
        rows = rows[rows["search"].str.contains(word, regex=False)]
    return rows


# ---- the table


def _columns(run: Run, kept: Register) -> dict[str, object]:
    """Column → how it is headed and written; the place first, then the register's own, then the state."""
    config, found = st.column_config, {}
    if kept.about != About.COUNTY:
        found["about"] = config.TextColumn(t(f"register.about_{kept.about}"), width=WIDE)
    shown = {item.name: item for item in kept.shown(run.actor)}
    for item in (shown[name] for name in kept.columns if name in shown):
        heading, key = register_words.label(item), f"item.{item.name}"
        match item.type:
            case "integer" | "decimal":
                found[key] = config.NumberColumn(heading, width=NARROW)
            case "date":
                found[key] = config.DateColumn(heading, format=t("register.day_format"), width=MIDDLE)
            case _:
                found[key] = config.TextColumn(heading, width=WIDE if item.type == "text" or item.dynamic else MIDDLE)
    if kept.approve:
        found["state_words"] = config.TextColumn(t("register.filter_state"), width=NARROW)
    return found
