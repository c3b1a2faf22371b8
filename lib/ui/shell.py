"""The main script: who is here, which pages they have, the login for everybody else. Runs before every page."""

from pathlib import Path

import streamlit as st

from lib.core import access
from lib.core.model import Actor, Role
from lib.store import db as store
from lib.store import rounds
from lib.ui import frame, login, places, session, text
from lib.ui.text import t

STATIC = Path(__file__).parent / "static"
SECTIONS = {
    "": ("overview", "township", "ratings", "organization", "assessment"),
    "nav.grading": ("review", "appraisal", "notice"),
    "nav.office": ("registry", "snapshots", "links", "accounts", "account"),
}
"""The menu: section phrase → pages. Which of them a person has is `access.PAGES`'s business."""
HIDDEN = ("township", "ballot", "account")
"""Reached from a figure, a map, a printed slip or the account menu."""
NOT_FOR_STAFF = ("organization", "assessment")
"""In the menu only for those who have one organization; staff open them from a list."""


def _page(name: str, *, hidden: bool = False) -> st.Page:
    return st.Page(places.path(name), title=t(f"page.{name}"), url_path=name, default=name == "overview",
                   visibility="hidden" if hidden else "visible")


def _nothing() -> None:
    """What an anonymous visitor's address leads to: the login stands above it, the address stays."""


def pages_for(actor: Actor) -> dict[str, list]:
    """The pages a person may open, by section; some only by a link."""
    menu: dict[str, list] = {}
    for section, names in SECTIONS.items():
        for name in (*names, *(("ballot",) if not section else ())):
            if access.allowed(actor, access.PAGES[name]) or name in access.PUBLIC_PAGES:
                hidden = name in HIDDEN or (name in NOT_FOR_STAFF and actor.role != Role.ORGANIZATION)
                menu.setdefault(t(section) if section else "", []).append(_page(name, hidden=hidden))
    return menu


def pages_for_anonymous() -> list:
    """The public pages, and every other page's address with nothing behind it."""
    others = [st.Page(_nothing, title=t("login.title"), url_path=name, visibility="hidden")
              for name in access.PAGES if name not in (*access.PUBLIC_PAGES, "overview")]
    return [st.Page(_nothing, title=t("login.title"), default=True), *others, *(_page(name, hidden=True) for name in access.PUBLIC_PAGES)]


def who() -> Actor | None:
    with store.session() as db:
        return session.resolve(db, store.now(db))


def anonymous() -> None:
    """The page asked for, if it is public; otherwise the login, and after it the page asked for."""
    here = st.navigation(pages_for_anonymous(), position="hidden")
    if here.url_path in access.PUBLIC_PAGES:
        here.run()
        return
    login.exchange()
    frame.title_page()
    left, right = st.columns([2, 3], gap="large")
    with left:
        if login.form():
            st.rerun()
    with right:
        frame.demo_accounts()


def known(actor: Actor) -> None:
    here = st.navigation(pages_for(actor), position="top")
    if st.session_state.pop("entered", False) and here.url_path == "" and actor.role == Role.ORGANIZATION:
        places.go("assessment")
    if actor.must_change_password and here.url_path != "account":
        places.go("account")
    frame.banner(actor)
    login.exchange()
    here.run()


with store.session() as _db:
    _title = t("app.title", county=rounds.current(_db).program.title[text.language()])
st.set_page_config(page_title=_title, page_icon=str(STATIC / "favicon.png"), layout="wide", initial_sidebar_state="auto")
st.logo(str(STATIC / "logo.svg"), size="large")
with text.speaking(text.language()):
    text.keep_in_address()
    if (_actor := who()) is None:
        anonymous()
    else:
        known(_actor)
