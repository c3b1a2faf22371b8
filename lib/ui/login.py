"""The login: streamlit-authenticator's form and hashing, over accounts in the store, with a cookie that no script can read.

Its JavaScript cookie is not used. After a right password the tab gets a session id and a one-time ticket; a fetch with the
ticket (good once, for a minute) sets the HttpOnly cookie. The library asks one class for cookies, which is replaced before
it is used; that is its private side, so the version is pinned and a test looks whether it is still there.

Session keys: `ticket`, `drop` (what the browser has still to fetch or drop; `exchange` clears them), `entered` (set by a login,
cleared by the shell when it has chosen the first page), `last_try` (the message of a failed login; cleared by the next try).
"""

from collections.abc import Iterator

import streamlit as st
import streamlit_authenticator as stauth
import streamlit_authenticator.controllers.cookie_controller as cookie_controller

from lib.core.model import Actor
from lib.store import accounts
from lib.store import db as store
from lib.ui import session
from lib.ui.text import t


class StoreCookie:
    """Stands in for the library's CookieModel: the cookie is an opaque session id, kept by the ASGI side."""

    def __init__(self, *_: object):
        pass

    def get_cookie(self) -> None:
        """Nobody: `session.resolve` has asked the cookie before the form is shown."""

    def set_cookie(self) -> None:
        remember(st.session_state["username"])
        st.session_state["logout"] = None  # the library never resets it
        st.session_state["entered"] = True

    def delete_cookie(self) -> None:
        st.session_state["drop"] = True


cookie_controller.CookieModel = StoreCookie


class Accounts(dict):
    """The library's mapping of accounts, read one at a time, so that no run reads (or re-hashes) hundreds.

    A name that is unknown, disabled or must wait has a hash that no password fits: same answer, same time.
    """

    def __init__(self, address: str):
        super().__init__()
        self.address = address
        self.waiting = False

    def __missing__(self, username: str) -> dict:
        with store.session() as db:
            row, now = accounts.get(db, username), store.now(db)
            self.waiting = accounts.throttled(db, username, self.address, now)
        usable = row is not None and not row["disabled"] and not self.waiting
        self[username] = {"name": row["name"] if usable else "", "email": "", "roles": [row["role"]] if usable else [],
                          "password": row["password"] if usable else accounts.DUMMY_HASH, "failed_login_attempts": 0}
        return self[username]

    def __contains__(self, username: object) -> bool:
        return True

    def get(self, username: str, default: object = None) -> dict:
        return self[username]

    def tried(self) -> Iterator[str]:
        yield from self.keys()


class Passwords(stauth.Validator):
    """The library's check of a new password, by our rule."""

    def validate_password(self, password: str) -> bool:
        return accounts.password_problem(password, st.session_state.get("username") or "") is None

    def diagnose_password(self, password: str) -> str:
        return accounts.password_problem(password, st.session_state.get("username") or "")


def _authenticator() -> tuple[stauth.Authenticate, Accounts]:
    known = Accounts(session.address())
    # the signing key is of no use here (the cookie is not signed) but must not be the library's public default
    authenticator = stauth.Authenticate({"usernames": {"nobody": {}}}, session.SESSION_COOKIE, accounts.DUMMY_HASH, 1, auto_hash=False,
                                        validator=Passwords(), login_sleep_time=0, password_instructions=t("account.password_rule"))
    authenticator.authentication_controller.authentication_model.credentials["usernames"] = known
    return authenticator, known


def remember(username: str) -> None:
    """Begin a session for this tab and leave the ticket for its browser."""
    with store.session() as db:
        opened = accounts.open_session(db, username, store.now(db))
    st.session_state["sid"], st.session_state["ticket"] = opened.sid, opened.ticket


def form() -> bool:
    """Show the login; whether somebody came in, by cookie or by password, in this run."""
    authenticator, known = _authenticator()
    box = st.empty()
    with box.container():
        authenticator.login(key="login", fields={"Form name": t("login.title"), "Username": t("login.username"),
                                                 "Password": t("login.password"), "Login": t("login.enter")})
        tried = list(known.tried())
        if st.session_state.get("authentication_status"):
            st.session_state.pop("last_try", None)
            box.empty()
            return True
        if tried and st.session_state.get("authentication_status") is False:
            with store.session() as db:
                for username in tried:
                    accounts.failed(db, username, known.address, store.now(db))
            st.session_state["last_try"] = "login.wait" if known.waiting else "login.wrong"
        if st.session_state.get("last_try"):
            st.error(t(st.session_state["last_try"]), icon=":material/error:")
    return False


def leave(actor: Actor) -> None:
    """Log out: end the session in the store, so that every copy of its cookie is dead, and let the browser drop it."""
    with store.session() as db:
        if st.session_state.get("sid"):
            accounts.end_session(db, actor, st.session_state["sid"], store.iso(store.now(db)))
    session.forget()
    st.session_state["logout"] = st.session_state["drop"] = True


def change_password(actor: Actor) -> bool:
    """Show the form for one's own new password; whether it was changed in this run. The tab stays in, every other session ends."""
    authenticator, known = _authenticator()
    st.session_state["authentication_status"] = True  # the form asks for it; a view by cookie alone does not set it
    st.session_state["username"] = actor.name
    before = known[actor.name]["password"]
    try:
        changed = authenticator.reset_password(actor.name, key="account.change", clear_on_submit=False, fields={
            "Form name": t("account.change"), "Current password": t("account.current"), "New password": t("account.new"),
            "Repeat password": t("account.repeat"), "Reset": t("account.save")})
    except stauth.CredentialsError:
        _failed(known, actor, "password.wrong")
        return False
    except stauth.ResetError as error:
        known_reasons = {"Passwords do not match": "password.repeat", "New and current passwords are the same": "password.same"}
        reason = str(error) if str(error).startswith("password.") else known_reasons.get(str(error), "password.length")
        st.error(t(f"problem.{reason}"), icon=":material/error:")
        return False
    if not changed or known[actor.name]["password"] == before:
        return False
    with store.session() as db:
        accounts.change_password(db, actor, actor.name, known[actor.name]["password"], store.iso(store.now(db)))
    remember(actor.name)
    return True


def _failed(known: Accounts, actor: Actor, reason: str) -> None:
    with store.session() as db:
        accounts.failed(db, actor.name, known.address, store.now(db))
    st.error(t(f"problem.{reason}"), icon=":material/error:")


_exchange = st.components.v2.component("cookie_exchange", js="""
export default function({data}) {
  const job = data.ticket + '/' + data.drop;
  if (window.__chengping_exchange === job) return;
  window.__chengping_exchange = job;
  fetch(data.ticket ? '/auth/claim' : '/auth/drop',
        {method: 'POST', credentials: 'same-origin', headers: {'X-Ticket': data.ticket || 'drop'}, keepalive: true});
}""")


MOUNTS = 3
"""Runs in which the exchange is drawn: a run that follows at once could cut the first one off."""


def exchange() -> None:
    """Let the browser fetch its cookie, or drop a dead one: before anything slow, so that a quick click elsewhere loses no login."""
    ticket, drop = st.session_state.pop("ticket", None), st.session_state.pop("drop", None)
    job = st.session_state.get("exchange", {"drop": 0, "left": 0})
    if ticket or drop:
        job = {"ticket": ticket or "", "drop": job["drop"] + 1, "left": MOUNTS}
    if job["left"]:
        st.session_state["exchange"] = {**job, "left": job["left"] - 1}
        _exchange(data={"ticket": job["ticket"], "drop": job["drop"]}, key="cookie_exchange")
