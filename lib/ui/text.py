"""Words on the screen: phrases in the session's language, user text as data, dates and figures as an office writes them."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

import streamlit as st

from lib.core import phrases

LANGUAGES = {"zh": "中文", "en": "English"}
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
DASH = "—"
MINUS = "\u2212"


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


def local(iso: str, timezone: str = "Asia/Shanghai") -> dt.datetime:
    """A stored moment (UTC) on the county's clock."""
    return dt.datetime.fromisoformat(iso).astimezone(zone(timezone))


def date(day: dt.date | str | None, *, year: bool = False) -> str:
    """A day: 4月20日, 2012年4月20日; 20 Apr, 20 Apr 2012; — for none."""
    if day is None:
        return DASH
    day = dt.date.fromisoformat(day[:10]) if isinstance(day, str) else day
    if language() == "zh":
        return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    return f"{day.day} {month} {day.year}" if year else f"{day.day} {month}"


def moment(iso: str | None, *, year: bool = False) -> str:
    """A stored moment on the county's clock: 4月20日 17:30."""
    if not iso:
        return DASH
    when = local(iso)
    return f"{date(when.date(), year=year)} {when:%H:%M}"


def clock(iso: str | None) -> str:
    """Time of day of a stored moment, on the county's clock: 10:32."""
    return f"{local(iso):%H:%M}" if iso else DASH


def missing(value: object) -> bool:
    """Whether a cell of the table of cases is empty; pandas' NA has no truth, so it is told by its name."""
    return value is None or str(value) in ("<NA>", "nan", "NaT")


def points(hundredths: object) -> str:
    """A score: 86.5 (one decimal), — for none."""
    return DASH if missing(hundredths) else f"{_rounded(hundredths):.1f}"


def percent(hundredths: object) -> str:
    """A rate: 95.6%, — where there was nothing to divide by."""
    return DASH if missing(hundredths) else f"{_rounded(hundredths):.1f}%"


def signed(hundredths: object) -> str:
    """A difference with its sign: +4.5, −2.7, 0.0."""
    if missing(hundredths):
        return DASH
    value = _rounded(hundredths)
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{abs(value):.1f}"


def _rounded(hundredths) -> float:
    """Hundredths to one decimal, half away from zero, as people round by hand."""
    value = int(hundredths)
    tenths = (abs(value) + 5) // 10
    return (tenths if value >= 0 else -tenths) / 10
