"""Words on the screen: phrases in the session's language, user text as data, dates and figures as an office writes them."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

import streamlit as st

from lib.core import phrases, words
from lib.core.words import DASH
from lib.core.words import missing as missing  # the four that need no language are asked for here like the others
from lib.core.words import percent as percent
from lib.core.words import points as points
from lib.core.words import signed as signed

LANGUAGES = {"zh": "中文", "en": "English"}
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
TIMEZONE = "Asia/Shanghai"


_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The session's language: the switch's, or `?lang=en` in the address, else Chinese."""
    if known := _spoken.get():
        return known
    if "language" not in st.session_state:
        asked = st.query_params.get("lang")
        st.session_state["language"] = asked if asked in LANGUAGES else "zh"
    return st.session_state["language"]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Keep to a language for the rest of a run: a page asks for it some hundred times, and the session state is slow to answer."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def keep_in_address() -> None:
    """Let the address say the language where it is not Chinese: a reload, or a link sent on, keeps it."""
    spoken = language()
    if spoken == "zh":
        st.query_params.pop("lang", None)
    elif st.query_params.get("lang") != spoken:
        st.query_params["lang"] = spoken


def t(code: str, /, **params: object) -> str:
    """A phrase in the session's language."""
    return phrases.text(code, language(), **params)


def plain(text: object) -> str:
    """User text for a place that reads Markdown: every character stands for itself, lines stay lines."""
    return MARKDOWN.sub(r"\\\1", str(text)).replace("\n", "  \n")


def gray(text: str) -> str:
    """Small muted line (contrast 6.7, unlike `st.caption`)."""
    return f":small[:gray[{text}]]"


def zone(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


def local(iso: str, timezone: str = TIMEZONE) -> dt.datetime:
    """A stored moment (UTC) on the county's clock."""
    return dt.datetime.fromisoformat(iso).astimezone(zone(timezone))


def date(day: dt.date | str | None, *, year: bool = False) -> str:
    """A day: 4月20日, 2012年4月20日; 20 Apr, 20 Apr 2012; — for none."""
    return words.date(day, language(), year=year)


def moment(iso: str | None, *, year: bool = False) -> str:
    """A stored moment on the county's clock: 4月20日 17:30."""
    return words.moment(iso, language(), TIMEZONE, year=year) if iso else DASH


def clock(iso: str | None) -> str:
    """Time of day of a stored moment, on the county's clock: 10:32."""
    return f"{local(iso):%H:%M}" if iso else DASH
