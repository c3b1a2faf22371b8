"""A list of organizations on the left of which one is worked on at the right: review and appraisal.

The organization chosen stands in the address, so the list may change under it (somebody else's work, one's own command)
without another one taking its place. Session keys, by page: `<page>.list` (the widget), `<page>.shown` (codes of the rows shown,
in order; set at every run), `<page>.filtered` (the filters of the last run; a change of them chooses anew), `<page>.rows.page` and
`<page>.rows.held` (paging), `<page>.find` (the search before a long list of choices).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lib.ui import figures, paging, shared
from lib.ui.session import Run
from lib.ui.text import t

ROWS_SHOWN = 10
ROW_HEIGHT = 38
KEPT = 24
MOST_OFFERED = 300
"""Choices that are sent to the browser as they are; of more, only those that a search finds."""
FOUND = 50


def own(run: Run) -> pd.DataFrame:
    """The cases that an actor answers for: a committee's own, the county's all; shared, so never change them."""
    return _own(*figures.scope(run), run.actor.committee, run) if run.actor.committee else figures.cases(run)


@shared.once(KEPT)
def _own(home: str, revision: int, townships: tuple[str, ...], language: str, committee: str, _run: Run) -> pd.DataFrame:
    cases = figures.cases(_run)
    return cases[cases["committee"] == committee]


# ---- filters


def _keep(page: str, name: str, default: str) -> None:
    """Put a filter that was changed into the address; at its default it is not named there."""
    chosen = st.session_state.get(f"{page}.{name}") or ""
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def _seed(page: str, name: str, codes: Collection[str], default: str) -> dict[str, object]:
    """Give a filter's widget what the address says, and what it needs to say it back."""
    asked = st.query_params.get(name, "")
    st.session_state[f"{page}.{name}"] = asked if asked in codes else default
    return {"key": f"{page}.{name}", "label_visibility": "collapsed", "on_change": _keep, "args": (page, name, default)}


@dataclass(frozen=True)
class Choice:
    """What can be chosen of some cases, and the cases of one choice of township and kind: names by code, cases by where they stand."""

    places: Mapping[str, str]
    kinds: tuple[str, ...]
    standing: Mapping[str, pd.DataFrame]
    none: pd.DataFrame


def _choice(run: Run, page: str, among: Callable[[Run], pd.DataFrame], standing: Callable[[pd.DataFrame], pd.Series], township: str,
            kind: str) -> Choice:
    """`among` and `standing` are the page's own: it names them."""
    return _chosen(*figures.scope(run), run.today, run.actor.committee, page, township, kind, run, among, standing)


@shared.once(KEPT)
def _chosen(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, committee: str | None, page: str, township: str,
            kind: str, _run: Run, _among: Callable[[Run], pd.DataFrame], _standing: Callable[[pd.DataFrame], pd.Series]) -> Choice:
    cases = _among(_run)
    placed = cases[cases["township"].notna()].drop_duplicates("township")
    places, kinds = dict(zip(placed["township"], placed["township_name"], strict=True)), tuple(cases["kind"].drop_duplicates())
    if township in places and len(places) > 1:
        cases = cases[cases["township"] == township]
    if kind in kinds:
        cases = cases[cases["kind"] == kind]
    return Choice(places, kinds, {str(code): rows for code, rows in cases.groupby(_standing(cases), sort=False)}, cases.iloc[:0])


def narrow(run: Run, page: str, among: Callable[[Run], pd.DataFrame], name: str, codes: tuple[str, ...],
           standing: Callable[[pd.DataFrame], pd.Series], words: Callable[[str], str], *,
           width: int | str = "stretch") -> tuple[pd.DataFrame, dict[str, str]]:
    """Filters by township and kind, and a row of choices with counts; all of them stand in the address beside what else does.

    The row is the filter `name` over `codes`, of which the first is the default; `standing` says which code each of the cases `among` which
    one chooses has, and `words` what a code is called. Gives the cases left (shared, so never change them), and the filters as chosen.
    """
    chosen = {each: st.query_params.get(each, "") for each in ("township", "kind")}
    found = _choice(run, page, among, standing, **chosen)
    kinds = {kind: t(f"kind.{kind}") for kind in found.kinds}
    with st.container(horizontal=True, gap="small"):
        for each, names in (("township", found.places), ("kind", kinds)):
            chosen[each] = chosen[each] if chosen[each] in names and len(names) > 1 else ""
            if len(names) > 1:
                labels = {"": t(f"filter.all_{each}"), **names}
                st.selectbox(t(f"filter.{each}"), list(labels), format_func=labels.get, width=width, **_seed(page, each, names, ""))
    labels = {str(code): f"{words(code)} {len(found.standing.get(str(code), ()))}" for code in codes}
    st.segmented_control(t("picking.standing"), list(labels), format_func=labels.get, required=True, wrap=True,
                         width="stretch" if width == "stretch" else "content", **_seed(page, name, codes, str(codes[0])))
    chosen[name] = st.session_state[f"{page}.{name}"]
    return found.standing.get(str(chosen[name]), found.none), chosen


# ---- the list


def _picked(page: str, name: str) -> None:
    """Open what was ticked, or any of whose cells was clicked."""
    selection, shown = st.session_state[f"{page}.list"]["selection"], st.session_state[f"{page}.shown"]
    row = next((row for row, _ in selection["cells"]), next(iter(selection["rows"]), None))
    if row is not None and row < len(shown):
        st.query_params[name] = shown[row]


def pick(page: str, listed: pd.DataFrame, columns: Mapping[str, object], chosen: Mapping[str, str], name: str = "organization", *,
         words: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
         style: Callable[[pd.DataFrame], object] = lambda rows: rows) -> str | None:
    """Draw the list and give the code of the organization to work on, None when there is none at all.

    `listed` has the column `code` and those of `columns` (name → column configuration), which are shown; `chosen` are the
    filters that it was made with. A long list is shown a page at a time, at first the one with the row chosen; `words` may put the rows of
    a page alone into words. Lists of something else say under which `name` its code stands in the address; `style` may give the rows
    colours.
    """
    here = st.query_params.get(name)
    before = st.session_state.get(f"{page}.filtered")
    st.session_state[f"{page}.filtered"] = dict(chosen)
    if here is None or (before is not None and before != dict(chosen) and not (listed["code"] == here).any()):
        here = listed["code"].iloc[0] if len(listed) else None
        if here is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = here
    paging.hold(listed, f"{page}.rows", here, tuple(chosen.items()))
    rows = paging.cut(listed, f"{page}.rows")
    codes = st.session_state[f"{page}.shown"] = list(rows["code"])
    if codes:
        st.session_state[f"{page}.list"] = {"selection": {"rows": [codes.index(here)] if here in codes else [], "cells": []}}
        st.dataframe(style(words(rows)[list(columns)]), hide_index=True, key=f"{page}.list", on_select=lambda: _picked(page, name),
                     selection_mode=("single-row", "single-cell"), row_height=ROW_HEIGHT, placeholder="—", column_config=dict(columns),
                     height=(min(len(codes), ROWS_SHOWN) + 1) * ROW_HEIGHT + 2)
    return here


# ---- one of many, in a form


def offer(names: Mapping[str, str], key: str, label: str) -> dict[str, str]:
    """The choices to send to the browser: all of a short list; of a long one those that a search finds, for which a field is drawn.

    The session key `<key>.find` keeps what is searched for; `label` says in words what is chosen.
    """
    if len(names) <= MOST_OFFERED:
        return dict(names)
    word = st.text_input(t("register.find", label=label), key=f"{key}.find", icon=":material/search:", max_chars=40,
                         placeholder=t("register.find_how", count=len(names))).strip().lower()
    found: dict[str, str] = {}
    for code, name in names.items() if word else ():
        if word in name.lower() or word in code.lower():
            found[code] = name
            if len(found) == FOUND:
                break
    return found
