"""Dialogs that somebody else's work does not disturb: while one is open the page behind it is not redrawn, since a redraw would
take away what is being typed; if it is redrawn all the same, the dialog is there again.

Session key `dialog`: name and arguments of the one that is open; `ask` sets it, `close` and the reader's own closing clear it.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from lib.ui import session
from lib.ui.text import t


def ask(name: str, /, **arguments: object) -> None:
    """Open a dialog in this or the next run; as a button's callback or anywhere before `show`."""
    st.session_state["dialog"] = (name, arguments)


def is_open() -> bool:
    """Whether a dialog stands before the page."""
    return "dialog" in st.session_state


def close() -> None:
    """Close the dialog; it goes with the next run of the page."""
    st.session_state.pop("dialog", None)


def show(dialogs: Mapping[str, Callable[..., None]], width: str = "medium") -> None:
    """Draw the dialog that is open, if it is one of these; its title is the phrase `dialog.<name>`."""
    name, arguments = st.session_state.get("dialog", ("", {}))
    if name in dialogs:
        st.dialog(t(f"dialog.{name}"), width=width, on_dismiss=close)(dialogs[name])(**arguments)


def done(code: str, /, **params: object) -> None:
    """After a command that was carried out: say so, close, and redraw the page."""
    close()
    session.flash(code, **params)
    st.rerun()
