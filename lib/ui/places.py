"""Ways between pages, by name."""

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


def go(name: str, **query: str) -> NoReturn:
    """Open a page now, with codes in its address."""
    st.switch_page(path(name), query_params=query or None)


def link(name: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """A link to a page, with codes in its address. `label` is Markdown."""
    st.page_link(path(name), label=label, icon=icon, query_params=query or None)
