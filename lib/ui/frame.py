"""What stands around every page: its head with the account menu, the banner of a demo or a frozen copy, the title of the login."""

from collections.abc import Callable

import streamlit as st

from lib import demo
from lib.core.model import Actor, Role
from lib.store import db as store
from lib.store import rounds, setup, snapshots
from lib.ui import login, places, session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t


def head(run: Run, title: str, meta: str = "", beside: Callable[[], None] | None = None) -> None:
    """A page's first row: its title, what it shows as of when, and the account menu. `title` and `meta` are Markdown; `beside` draws what else
    stands in it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.header(title, anchor=False, width="content")
        if beside:
            beside()
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            as_of = t("frame.as_of", when=text.moment(run.at, year=True))
            parts = [part for part in (as_of, meta, t("frame.demo") if is_demo(run) else "") if part]
            st.markdown(gray(" · ".join(parts)), width="content")
            _menu(run.actor)
    if message := st.session_state.pop("flash", None):
        st.toast(plain(message), icon=":material/check:")


def is_demo(run: Run) -> bool:
    return setup.is_demo(run.db)


def _menu(actor: Actor) -> None:
    with st.popover(plain(_name(actor)), icon=":material/account_circle:", width="content"):
        switch_language()
        if actor.role in (Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY):
            places.link("account", t("page.account"), icon=":material/key:")
            st.button(t("login.leave"), key="account.leave", icon=":material/logout:", on_click=login.leave, args=(actor,))


def _name(actor: Actor) -> str:
    return t("role.public") if actor.role == Role.PUBLIC else actor.label or actor.name


TRANSLATED = ("answer.", "overview.", "ratings.", "township.", "targets.", "side_by_side.", "rectification.", "record.", "work.", "changes.")
"""Keys of widgets whose options are shown in the session's language."""


def forget_translated_widgets() -> None:
    """A browser keeps a chosen option as its label: after a change of labels such widgets must be seeded anew from the store."""
    for key in [key for key in st.session_state if str(key).startswith(TRANSLATED)]:
        del st.session_state[key]


def _language_changed() -> None:
    st.session_state["language"] = st.session_state["frame.language"]
    forget_translated_widgets()


def switch_language() -> None:
    """The language switch; its own options are the same in every language."""
    if "frame.language" not in st.session_state:
        st.session_state["frame.language"] = text.language()
    st.radio(t("frame.language"), list(text.LANGUAGES), format_func=text.LANGUAGES.get, horizontal=True, key="frame.language",
             on_change=_language_changed)


def banner(actor: Actor) -> None:
    """Says when a frozen copy is shown instead of the live store, and leads back: a meeting's link to the newest figures and home again."""
    pin = session.pinned(actor)
    if pin is None and not actor.snapshot:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if pin is None:
            st.markdown(f":green-badge[:material/bolt: {t('frame.newest')}]", width="content")
            st.button(t("frame.to_meeting"), key="frame.to_meeting", type="tertiary", on_click=session.to_meeting)
            return
        shown = next((row for row in snapshots.every() if row["id"] == pin), None)
        when = text.moment(shown["created_at"], year=True) if shown else pin
        phrase = "frame.meeting" if actor.snapshot else "frame.pinned"
        st.markdown(f":orange-badge[:material/push_pin: {t(phrase, when=plain(when))}]", width="content")
        if actor.snapshot:
            st.button(t("frame.to_newest"), key="frame.to_newest", type="tertiary", on_click=session.to_newest)
        else:
            st.button(t("frame.unpin"), key="frame.unpin", type="tertiary", on_click=session.unpin)


def title_page() -> None:
    """What the login page shows above the form."""
    with store.session() as db:
        program = rounds.current(db).program
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.header(plain(program.title[text.language()]), anchor=False)
    with right:
        switch_language()


def demo_accounts() -> None:
    """In a demo: who can be tried, with the password, and the leaders' link."""
    with store.session() as db:
        if not setup.is_demo(db):
            return
        link = store.meta(db, demo.LINK_KEY)
    with st.container(border=True):
        st.markdown(f":orange-badge[{t('frame.demo')}] {t('login.demo', password=plain(demo.password()))}")
        st.table({t("login.username"): [username for username, _ in demo.shown_accounts()],
                  t("login.shows"): [t(phrase) for _, phrase in demo.shown_accounts()]}, border="horizontal", hide_index=True)
        st.link_button(t("login.demo_link"), f"/v/{link}", icon=":material/visibility:")


