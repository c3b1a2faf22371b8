"""Ways between pages, by name.

Session keys: `here`, the page that is open (`arrive` sets it at every run); `left.<page>`, with which codes another page was opened from there
(`go` sets it, and lets it go when the page is opened anew).
"""

from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import streamlit as st

PAGES = Path(__file__).resolve().parents[2] / "pages"


def path(name: str) -> str:
    """A page's file, as Streamlit wants it."""
    return str(PAGES / f"{name}.py")


@lru_cache(maxsize=512)
def page(name: str, title: str, *, hidden: bool) -> st.Page:
    """A page for the menu, its file looked up once: the twenty-five of a menu are a tenth of a page run. Only within a run; copy what is given."""
    return st.Page(path(name), title=title, url_path=name, default=name == "overview", visibility="hidden" if hidden else "visible")


def arrive(name: str) -> None:
    """Note which page is open."""
    if st.session_state.get("here") != name:
        st.session_state["here"] = name


def go(name: str, **query: str) -> NoReturn:
    """Open a page now, with codes in its address."""
    st.session_state.pop(f"left.{name}", None)
    if (here := st.session_state.get("here")) and here != name:
        st.session_state[f"left.{here}"] = query
    st.switch_page(path(name), query_params=query or None)


def link(name: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """A link to a page, with codes in its address. `label` is Markdown."""
    st.page_link(path(name), label=label, icon=icon, query_params=query or None)
