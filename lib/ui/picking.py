"""A list of organizations on the left of which one is worked on at the right: review and appraisal.

The organization chosen stands in the address, so the list may change under it (somebody else's work, one's own command)
without another one taking its place. Session keys, by page: `<page>.list` (the widget), `<page>.shown` (codes of the rows shown,
in order; set at every run), `<page>.filtered` (the filters of the last run; a change of them chooses anew).
"""

from collections.abc import Callable, Collection, Mapping

import pandas as pd
import streamlit as st

from lib.ui import figures
from lib.ui.session import Run
from lib.ui.text import t

ROWS_SHOWN = 10
ROW_HEIGHT = 38


def own(run: Run) -> pd.DataFrame:
    """The cases that an actor answers for: a committee's own, the county's all."""
    cases = figures.cases(run)
    return cases[cases["committee"] == run.actor.committee] if run.actor.committee else cases


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


def narrow(page: str, cases: pd.DataFrame, name: str, codes: tuple[str, ...], standing: pd.Series, words: Callable[[str], str], *,
           width: int | str = "stretch") -> tuple[pd.DataFrame, dict[str, str]]:
    """Filters by township and kind, and a row of choices with counts; all of them stand in the address beside what else does.

    The row is the filter `name` over `codes`, of which the first is the default; `standing` says which code each case has, and
    `words` what a code is called. Gives the cases left, and the filters as chosen.
    """
    townships = cases[cases["township"].notna()].drop_duplicates("township")
    places = dict(zip(townships["township"], townships["township_name"], strict=True))
    kinds = {kind: t(f"kind.{kind}") for kind in cases["kind"].drop_duplicates()}
    chosen = {"township": "", "kind": ""}
    with st.container(horizontal=True, gap="small"):
        for each, names in (("township", places), ("kind", kinds)):
            if len(names) > 1:
                labels = {"": t(f"filter.all_{each}"), **names}
                chosen[each] = st.selectbox(t(f"filter.{each}"), list(labels), format_func=labels.get, width=width, **_seed(page, each, names, ""))
    for each, code in chosen.items():
        if code:
            cases = cases[cases[each] == code]
    numbers = standing[cases.index].value_counts()
    labels = {str(code): f"{words(code)} {numbers.get(code, 0)}" for code in codes}
    st.segmented_control(t("picking.standing"), list(labels), format_func=labels.get, required=True, wrap=True,
                         width="stretch" if width == "stretch" else "content", **_seed(page, name, codes, str(codes[0])))
    chosen[name] = st.session_state[f"{page}.{name}"]
    return cases[standing[cases.index] == chosen[name]], chosen


def _picked(page: str, name: str) -> None:
    """Open what was ticked, or any of whose cells was clicked."""
    selection, shown = st.session_state[f"{page}.list"]["selection"], st.session_state[f"{page}.shown"]
    row = next((row for row, _ in selection["cells"]), next(iter(selection["rows"]), None))
    if row is not None and row < len(shown):
        st.query_params[name] = shown[row]


def pick(page: str, listed: pd.DataFrame, columns: Mapping[str, object], chosen: Mapping[str, str], name: str = "organization", *,
         style: Callable[[pd.DataFrame], object] = lambda rows: rows) -> str | None:
    """Draw the list and give the code of the organization to work on, None when there is none at all.

    `listed` has the column `code` and those of `columns` (name → column configuration), which are shown; `chosen` are the
    filters that it was made with. Lists of something else say under which `name` its code stands in the address; `style` may give
    the rows colours.
    """
    codes = list(listed["code"])
    here = st.query_params.get(name)
    before = st.session_state.get(f"{page}.filtered")
    st.session_state[f"{page}.filtered"] = dict(chosen)
    if here is None or (before is not None and before != dict(chosen) and here not in codes):
        here = codes[0] if codes else None
        if here is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = here
    st.session_state[f"{page}.shown"] = codes
    if codes:
        st.session_state[f"{page}.list"] = {"selection": {"rows": [codes.index(here)] if here in codes else [], "cells": []}}
        st.dataframe(style(listed[list(columns)]), hide_index=True, key=f"{page}.list", on_select=lambda: _picked(page, name),
                     selection_mode=("single-row", "single-cell"), row_height=ROW_HEIGHT, placeholder="—", column_config=dict(columns),
                     height=(min(len(codes), ROWS_SHOWN) + 1) * ROW_HEIGHT + 2)
    return here
