"""Long lists a page at a time: what a page costs does not depend on how many rows the county has."""

from collections.abc import Hashable

import pandas as pd
import streamlit as st

ROWS = 200
TONED = 100
"""Rows of a page whose cells have colours: pandas writes out every cell of those anew at each run."""


def cut(rows: pd.DataFrame, key: str, made_of: Hashable = None, size: int | None = None) -> pd.DataFrame:
    """The rows of the page that is turned to (all of a short list), with the pager above them where there is more than one.

    A page has `size` rows, ROWS without one. `key` names the list; the session key `<key>.page` keeps the page, which goes back to the first
    when the list has become shorter, and when it is `made_of` something else (its filters; the session key `<key>.made_of` keeps them).
    """
    if st.session_state.get(f"{key}.made_of") != made_of:
        st.session_state[f"{key}.made_of"] = made_of
        st.session_state.pop(f"{key}.page", None)
    size = size or ROWS
    pages = -(-len(rows) // size)
    if pages < 2:
        st.session_state.pop(f"{key}.page", None)
        return rows
    if not 1 <= st.session_state.get(f"{key}.page", 1) <= pages:
        st.session_state[f"{key}.page"] = 1
    here = st.pagination(pages, key=f"{key}.page", width="content")
    return rows.iloc[(here - 1) * size:here * size]


def hold(rows: pd.DataFrame, key: str, chosen: str | None, made_of: Hashable = None, size: int | None = None) -> None:
    """Turn to the page of the row (its `code`) that is chosen, once: after that the reader may turn away from it. Call it before `cut`.

    The session key `<key>.held` keeps the choice that the list, `made_of` its filters, was turned to.
    """
    if st.session_state.get(f"{key}.held") == (chosen, made_of):
        return
    st.session_state[f"{key}.held"] = (chosen, made_of)
    codes = list(rows["code"])
    if chosen in codes:
        st.session_state[f"{key}.page"] = codes.index(chosen) // (size or ROWS) + 1
