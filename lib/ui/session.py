"""Who is here, in which language, looking at which store: resolved anew on every run, by the shell and by every fragment.

Session keys of this module, with who sets and who clears them:
- `sid`: the session id of this tab (a login sets it, `resolve` after a reload from the cookie; `forget` clears it).
- `logout`: the cookie that the tab came with is not asked any more (the login library and `login.leave` set it, a login clears it).
- `language`: `zh` or `en` (text.language sets it; the switch in frame.py changes it).
- `pin`: id of the snapshot that staff look at instead of the live store (`pinned` sets it from the address; `unpin` clears it).
- `newest`: a meeting's link was asked for the newest figures instead of its frozen ones (`to_newest` sets it, `to_meeting` clears it).
- `flash`: a message for the next run (`flash` sets it, frame.py shows and clears it).
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import streamlit as st

from lib.core import access, phrases
from lib.core.access import Action, Whose
from lib.core.model import Actor, Problem, Refused, Role
from lib.core.program import Program
from lib.store import accounts, events, links, rounds, snapshots
from lib.store import db as store
from lib.store.db import Database
from lib.store.rounds import Round
from lib.ui import text

SESSION_COOKIE, VIEW_COOKIE = "cp_session", "cp_view"
AUTHENTICATOR_KEYS = ("authentication_status", "username", "name", "roles", "email", "sid")
PUBLIC = Actor("public", Role.PUBLIC)


@dataclass
class Run:
    """One run of a page or a fragment: its connection, who looks, and when."""

    db: Database
    actor: Actor
    language: str
    now: dt.datetime
    snapshot: str | None

    @cached_property
    def round(self) -> Round:
        return rounds.current(self.db)

    @property
    def program(self) -> Program:
        return self.round.program

    @property
    def at(self) -> str:
        """The moment for commands."""
        return store.iso(self.now)

    @property
    def today(self) -> dt.date:
        """The county's date."""
        return self.now.astimezone(ZoneInfo(self.program.timezone)).date()

    @property
    def live(self) -> bool:
        return self.snapshot is None

    def may(self, action: Action, whose: Whose | None = None) -> bool:
        """Whether to show what an action needs; a frozen copy can only be looked at."""
        looking = (Action.LOOK, Action.LOOK_AT_ORGANIZATION, Action.SEE_PHONE, Action.READ_ATTACHMENT)
        return (self.live or action in looking) and access.allowed(self.actor, action, whose)


def cookie(name: str) -> str | None:
    """A cookie as it was when the tab connected."""
    value = st.context.cookies.get(name)
    return value if isinstance(value, str) else None


def address() -> str:
    """Where the tab connects from, as the server sees it."""
    found = st.context.ip_address
    return found if isinstance(found, str) else "local"


def forget() -> None:
    """Make the tab anonymous."""
    for key in AUTHENTICATOR_KEYS:
        st.session_state[key] = None


def resolve(db: Database, now: dt.datetime) -> Actor | None:
    """Who is here: the session of this tab, or after a reload of its cookie, else the leader of a view link, else nobody."""
    sid = st.session_state.get("sid") or (None if st.session_state.get("logout") else cookie(SESSION_COOKIE))
    if sid:
        if actor := accounts.actor_for(db, sid, now):
            st.session_state["sid"] = sid
            return actor
        forget()
    return links.actor_for(db, cookie(VIEW_COOKIE), now)


def pinned(actor: Actor) -> str | None:
    """The frozen copy to show: the link's, or the one staff asked for in the address; a click in the menu keeps it."""
    if actor.snapshot:
        return None if st.session_state.get("newest") else actor.snapshot
    if actor.role not in (Role.COUNTY, Role.COMMITTEE):
        return None
    if asked := st.query_params.get("snapshot"):
        st.session_state["pin"] = asked
    elif st.session_state.get("pin"):
        st.query_params["snapshot"] = st.session_state["pin"]
    return st.session_state.get("pin")


def to_newest() -> None:
    """Show a meeting's link the live store, until it goes back."""
    st.session_state["newest"] = True


def to_meeting() -> None:
    """Back to the figures that the meeting is held on."""
    st.session_state.pop("newest", None)


def unpin() -> None:
    """Back to the live store."""
    st.session_state.pop("pin", None)
    st.query_params.pop("snapshot", None)


@contextmanager
def run(page: str, *, live: bool = False) -> Iterator[Run]:
    """Open what a page needs, for one who may see it; anybody else is told so and the run stops there.

    A `live` page is about the present, whatever is pinned: the minutes of a meeting held on frozen figures.
    """
    with quietly(page, live=live) as opened:
        match opened:
            case None:
                st.rerun()  # the session has ended in a fragment: the shell shows the login
            case Refused():
                explain(opened)
                st.stop()
        with text.speaking(opened.language):
            yield opened


@contextmanager
def quietly(page: str, *, live: bool = False) -> Iterator[Run | Refused | None]:
    """Open what a page needs without a word on the screen, for callbacks: None when nobody is here, Refused when not allowed."""
    action = access.PAGES[page]
    with store.session() as present:
        now = store.now(present)
        actor = resolve(present, now)
        if page in access.PUBLIC_PAGES and (actor is None or not access.allowed(actor, action)):
            actor = PUBLIC  # a ballot is cast by nobody's account, whoever is logged in here
        if actor is None:
            yield None
            return
        if not access.allowed(actor, action):
            yield Refused("access.refused", action=action.value)
            return
        snapshot = None if live else pinned(actor)
        if snapshot is None:
            yield Run(present, actor, text.language(), now, None)
            return
    try:
        path = snapshots.path(snapshot)
    except Refused as refused:
        unpin()
        yield refused
        return
    with store.session(path) as frozen:
        _, last = events.last(frozen)
        yield Run(frozen, actor, text.language(), dt.datetime.fromisoformat(last), snapshot)


@dataclass
class Attempt:
    ok: bool = False


@contextmanager
def attempt() -> Iterator[Attempt]:
    """Carry out commands; what is refused is explained on the screen, and `ok` says whether all went well."""
    tried = Attempt()
    try:
        yield tried
        tried.ok = True
    except Refused as refused:
        explain(refused)
    except store.SQLiteError as error:
        store.log.exception("the store could not be written")
        explain(Refused("store.read_only" if "readonly" in str(error) else "store.failed"))


def explain(refused: Refused) -> None:
    """Say in words why something was not done."""
    lines = [say(problem) for problem in refused.problems]
    st.error("  \n".join(text.plain(line) for line in lines), icon=":material/error:")


def say(problem: Problem) -> str:
    return phrases.explain(problem, text.language())


def flash(code: str, /, **params: object) -> None:
    """Leave a message for the run after a rerun."""
    st.session_state["flash"] = text.t(code, **params)
