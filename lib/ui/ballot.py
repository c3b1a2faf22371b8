"""The online ballot, as a person holding a slip sees it: a code, three opinions, a last look, thanks. No name, no account.

Session keys: `ballot.code` (the field), `ballot.open` (a code that opened a ballot; cleared by casting it or by starting again),
`ballot.opinion` (chosen, not yet cast), `ballot.problem` (phrase of why a code was not taken), `ballot.thanks` (name of the organization
whose ballot was just cast; cleared by the next person).
"""

import time
from html import escape

import streamlit as st

from lib.exchange import ballot_slips
from lib.store import accounts, appraisals, organizations
from lib.store.appraisals import OPINIONS
from lib.ui import session
from lib.ui.drawn import Piece
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

CHOICES = Piece("ballot_choices", """
button{display:block;width:100%;min-height:64px;margin:0 0 14px;font:600 20px var(--st-font);color:#171410;background:#fff;
border:1px solid #978E7E;border-radius:4px;cursor:pointer}
button:hover,button:focus-visible{border-color:#1F635F;color:#1F635F;outline:2px solid #1F635F;outline-offset:1px}""")
"""Three choices large enough for any thumb; Streamlit's own buttons have one height."""
PAUSE = 0.5
"""Seconds that a wrong code costs."""
GUESSER = "@ballot"
"""Wrong codes are counted under this name, which no account can have."""
TRIES = 20
"""Wrong codes from one address in a quarter of an hour; a village's people may share one. A code has 60 bits."""


def from_address() -> None:
    """Take the code out of the address that a slip's QR code opened: it stays in no history and no bookmark."""
    code = st.query_params.get("code")
    if code is None:
        return
    del st.query_params["code"]
    code = appraisals.normal(code)
    st.session_state["ballot.code"] = ballot_slips.grouped(code)
    start_again(keep=True)
    if code:
        _open(code)


def start_again(*, keep: bool = False) -> None:
    """Forget what this tab was doing; the next person may use the same telephone."""
    for key in ("ballot.open", "ballot.opinion", "ballot.thanks", "ballot.problem", *(() if keep else ("ballot.code",))):
        st.session_state.pop(key, None)


def _open(code: str) -> None:
    """Try a code. Wrong, used, withdrawn and closed ones look alike."""
    with session.quietly("ballot") as run:
        if not isinstance(run, Run):
            return
        st.session_state.pop("ballot.problem", None)
        if accounts.failures(run.db, GUESSER, session.address(), run.now) >= TRIES:
            st.session_state["ballot.problem"] = "ballot.wait"
        elif appraisals.ballot_for(run.db, code) is None:
            accounts.failed(run.db, GUESSER, session.address(), run.now)
            time.sleep(PAUSE)
            st.session_state["ballot.problem"] = "problem.ballot.code"
        else:
            st.session_state["ballot.open"] = code


def _typed() -> None:
    _open(appraisals.normal(st.session_state.get("ballot.code") or ""))


def ask_code() -> None:
    """The field for a code."""
    st.markdown(t("ballot.intro"))
    st.text_input(t("ballot.code"), key="ballot.code", max_chars=40, placeholder="ABCD EFGH JKLM", autocomplete="off")
    st.button(t("ballot.open"), key="ballot.enter", type="primary", width="stretch", on_click=_typed)
    if problem := st.session_state.get("ballot.problem"):
        st.error(t(problem), icon=":material/error:")


def _choose(opinion: str | None) -> None:
    st.session_state["ballot.opinion"] = opinion


def ask_opinion(run: Run) -> None:
    """The organization's name, three large choices, and a last look before the ballot is cast."""
    code = st.session_state["ballot.open"]
    organization = appraisals.ballot_for(run.db, code)
    if organization is None:  # used in another tab, withdrawn or closed meanwhile
        start_again()
        st.session_state["ballot.problem"] = "problem.ballot.code"
        st.rerun()
    name = organizations.get(run.db, organization).name
    st.markdown(gray(t("ballot.about", year=run.round.year)))
    st.subheader(plain(name), anchor=False)
    opinion = st.session_state.get("ballot.opinion")
    if opinion is None:
        st.markdown(t("ballot.question"))
        chosen = CHOICES.show("".join(f'<button type="button" data-id="{each}">{escape(t(f"ballot.{each}"))}</button>' for each in OPINIONS),
                              "ballot.choice")
        if chosen in OPINIONS:
            _choose(chosen)
            st.rerun()
        return
    st.markdown(t("ballot.chosen", opinion=t(f"ballot.{opinion}")))
    if st.button(t("ballot.cast"), key="ballot.cast_now", type="primary", width="stretch"):
        with session.attempt() as tried:
            appraisals.cast(run.db, session.PUBLIC, code, opinion, run.at)
        if tried.ok:
            start_again()
            st.session_state["ballot.thanks"] = name
            st.rerun()
    st.button(t("ballot.choose_again"), key="ballot.choose_again", width="stretch", on_click=_choose, args=(None,))


def thank() -> None:
    """The ballot is in."""
    st.success(t("ballot.thanks", name=plain(st.session_state["ballot.thanks"])), icon=":material/check_circle:")
    st.markdown(gray(t("ballot.thanks_note")))
    st.button(t("ballot.next"), key="ballot.next", on_click=lambda: st.session_state.pop("ballot.thanks", None))
