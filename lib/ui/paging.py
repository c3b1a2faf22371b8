"""Long lists a page at a time: what a page costs does not depend on how many rows the county has."""

import pandas as pd
import streamlit as st

ROWS = 200


def cut(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """The rows of the page that is turned to (all of a short list), with the pager above them where there is more than one.

    `key` names the list; the session key `<key>.page` keeps the page, which goes back to the first when the list has become shorter.
    """
    pages = -(-len(rows) // ROWS)
    if pages < 2:
        st.session_state.pop(f"{key}.page", None)
        return rows
    if not 1 <= st.session_state.get(f"{key}.page", 1) <= pages:
        st.session_state[f"{key}.page"] = 1
    here = st.pagination(pages, key=f"{key}.page", width="content")
    return rows.iloc[(here - 1) * ROWS:here * ROWS]
