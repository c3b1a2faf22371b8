"""A list of organizations on the left of which one is worked on at the right: review and appraisal.

The organization chosen stands in the address, so the list may change under it (somebody else's work, one's own command)
without another one taking its place. Session keys, by page: `<page>.list` (the widget), `<page>.shown` (codes of the rows shown,
in order; set at every run), `<page>.filtered` (the filters of the last run; a change of them chooses anew).
"""

from collections.abc import Mapping

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


def options(cases: pd.DataFrame) -> dict[str, dict[str, str | None]]:
    """Codes and names of the townships and kinds that occur, for filters; county-level organizations have no township."""
    townships = cases[cases["township"].notna()].drop_duplicates("township")
    return {"township": dict(zip(townships["township"], townships["township_name"], strict=True)),
            "kind": {kind: t(f"kind.{kind}") for kind in cases["kind"].drop_duplicates()}}


def narrowed(cases: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The cases of a township and a kind, where those filters are on."""
    for name in ("township", "kind"):
        if chosen.get(name):
            cases = cases[cases[name] == chosen[name]]
    return cases


def _picked(page: str) -> None:
    rows = st.session_state[f"{page}.list"]["selection"]["rows"]
    shown = st.session_state[f"{page}.shown"]
    if rows and rows[0] < len(shown):
        st.query_params["organization"] = shown[rows[0]]


def pick(page: str, listed: pd.DataFrame, columns: Mapping[str, object], chosen: Mapping[str, str]) -> str | None:
    """Draw the list and give the code of the organization to work on, None when there is none at all.

    `listed` has the column `code` and those of `columns` (name → column configuration), which are shown; `chosen` are the
    filters that it was made with.
    """
    codes = list(listed["code"])
    here = st.query_params.get("organization")
    before = st.session_state.get(f"{page}.filtered")
    st.session_state[f"{page}.filtered"] = dict(chosen)
    if here is None or (before is not None and before != dict(chosen) and here not in codes):
        here = codes[0] if codes else None
        if here is None:
            st.query_params.pop("organization", None)
        else:
            st.query_params["organization"] = here
    st.session_state[f"{page}.shown"] = codes
    if codes:
        st.session_state[f"{page}.list"] = {"selection": {"rows": [codes.index(here)] if here in codes else []}}
        st.dataframe(listed[list(columns)], hide_index=True, key=f"{page}.list", on_select=lambda: _picked(page), selection_mode="single-row",
                     row_height=ROW_HEIGHT, height=(min(len(codes), ROWS_SHOWN) + 1) * ROW_HEIGHT + 2, column_config=dict(columns),
                     placeholder="—")
    return here
