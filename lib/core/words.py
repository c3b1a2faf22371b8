"""Dates and figures as an office writes them, in either language: the same on the screen, on paper and in a Word file."""

import datetime as dt
from zoneinfo import ZoneInfo

DASH = "—"
MINUS = "\u2212"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date(day: dt.date | str | None, language: str, *, year: bool = False) -> str:
    """A day: 4月20日, 2012年4月20日; 20 Apr, 20 Apr 2012; — for none."""
    if day is None:
        return DASH
    day = dt.date.fromisoformat(day[:10]) if isinstance(day, str) else day
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if year else f"{day.day} {MONTHS[day.month - 1]}"


def moment(iso: str, language: str, timezone: str, *, year: bool = False) -> str:
    """A stored moment (UTC) on the county's clock: 4月20日 17:30."""
    when = dt.datetime.fromisoformat(iso).astimezone(ZoneInfo(timezone))
    return f"{date(when.date(), language, year=year)} {when:%H:%M}"


def missing(value: object) -> bool:
    """Whether a cell of a table is empty; pandas' NA has no truth, so it is told by its name."""
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
