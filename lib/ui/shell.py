"""The main script: who is here, which pages they have, the login for everybody else. Runs before every page."""

from collections.abc import Mapping
from copy import copy
from functools import partial
from pathlib import Path

import streamlit as st

from lib.core import access
from lib.core.model import Actor, Refused, Role
from lib.store import db as store
from lib.store import rounds
from lib.ui import frame, login, places, print_style, session, text, turns, work
from lib.ui.text import t

STATIC = Path(__file__).parent / "static"
SECTIONS = {
    "": ("overview", "work", "township", "side_by_side", "targets", "ratings", "organization", "assessment", "rectification", "changes",
         "presentation"),
    "nav.grading": ("review", "appraisal", "notice"),
    "nav.work": ("pairing", "coverage", "communities", "training", "exemplars", "honours", "agencies", "inspections", "standing_rules", "registers"),
    "nav.office": ("registry", "forms", "snapshots", "links", "meetings", "accounts", "account"),
}
"""The menu: section phrase → pages. Which of them a person has is `access.PAGES`'s business."""
HIDDEN = ("township", "side_by_side", "ballot", "account")
"""Reached from a figure, a map, a printed slip or the account menu."""
NOT_FOR_STAFF = ("organization", "assessment")
"""In the menu only for those who have one organization; staff open them from a list."""


def _page(name: str, *, hidden: bool = False, waiting: int = 0) -> st.Page:
    """A page of the menu, with how much waits there; its address never changes. A run gets copies of its own: Streamlit marks the one it opens."""
    return copy(places.page(name, work.counted(t(f"page.{name}"), waiting), hidden=hidden))


def _closed(name: str) -> None:
    """What stands at the address of a page that somebody may not open: words, and the way back."""
    session.explain(Refused("access.refused", action=access.PAGES[name].value))
    places.link("overview", t("page.overview"), icon=":material/arrow_back:")


def _nothing() -> None:
    """What an anonymous visitor's address leads to: the login stands above it, the address stays."""


def pages_for(actor: Actor, waiting: Mapping[str, int]) -> dict[str, list]:
    """The pages a person may open, by section; some only by a link, those of others with a refusal. `waiting` are counts of what waits there."""
    menu: dict[str, list] = {}
    for section, names in SECTIONS.items():
        for name in (*names, *(("ballot",) if not section else ())):
            if not (access.allowed(actor, access.PAGES[name]) or name in access.PUBLIC_PAGES):
                menu.setdefault("", []).append(st.Page(partial(_closed, name), title=t(f"page.{name}"), url_path=name, visibility="hidden"))
            else:
                hidden = name in HIDDEN or (name in NOT_FOR_STAFF and actor.role != Role.ORGANIZATION) or (
                    name == "meetings" and actor.role == Role.LEADER and not actor.snapshot)
                menu.setdefault(t(section) if section else "", []).append(_page(name, hidden=hidden, waiting=waiting.get(name, 0)))
    return menu


def pages_for_anonymous() -> list:
    """The public pages, and every other page's address with nothing behind it."""
    others = [st.Page(_nothing, title=t("login.title"), url_path=name, visibility="hidden")
              for name in access.PAGES if name not in (*access.PUBLIC_PAGES, "overview")]
    return [st.Page(_nothing, title=t("login.title"), default=True), *others, *(_page(name, hidden=True) for name in access.PUBLIC_PAGES)]


def who() -> tuple[Actor | None, Mapping[str, int]]:
    """Who is here, and how much waits for them on which page."""
    with store.session() as db:
        now = store.now(db)
        actor = session.resolve(db, now)
        return actor, work.navigation(db, actor, now) if actor else {}


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


def known(actor: Actor, waiting: Mapping[str, int]) -> None:
    here = st.navigation(pages_for(actor, waiting), position="top")
    if actor.must_change_password and here.url_path != "account":
        places.go("account")
    asked = here.url_path != "" or set(st.query_params) - {"lang"}  # a link was opened: what it asks for stays
    if st.session_state.pop("entered", False) and not asked and access.allowed(actor, access.PAGES["work"]):
        places.go("work")
    frame.banner(actor)
    login.exchange()
    places.arrive(here.url_path or "overview")
    here.run()


with turns.taken():
    with store.session() as _db:
        _title = t("app.title", county=rounds.current(_db).program.title[text.language()])
    st.set_page_config(page_title=_title, page_icon=str(STATIC / "favicon.png"), layout="wide", initial_sidebar_state="auto")
    st.logo(str(STATIC / "logo.svg"), size="large")
    print_style.mount()
    with text.speaking(text.language()):
        text.keep_in_address()
        _actor, _waiting = who()
        if _actor is None:
            anonymous()
        else:
            known(_actor, _waiting)
