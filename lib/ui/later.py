"""What may come later: a page's heavy part follows when the rest of it stands on the screen.

The charts' code is 4.7 MB of script, which a slow computer reads for seconds; asked for with the first view, it would be read before the map
is drawn. The browser asks for the second part itself, by the timer of a fragment, and so not before it has done with the first.
Session key `later.<page>`: the page's second part was asked for in this tab, where the code is known from then on.
"""

import streamlit as st

SECONDS = 1


def known(page: str) -> bool:
    """Whether this run draws the second part."""
    return bool(st.session_state.get(f"later.{page}"))


def ready(page: str) -> bool:
    """Whether to draw the second part now; when not, a run that does will follow by itself."""
    if known(page):
        return True
    _follow(f"later.{page}")
    return False


@st.fragment(run_every=SECONDS)
def _follow(key: str) -> None:
    if st.session_state.get(key):
        st.rerun()
    st.session_state[key] = True
