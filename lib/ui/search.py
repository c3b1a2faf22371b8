"""Search for organizations: a field that knows names, pinyin, initials and codes, and the short list of those that answer.

What is typed is a filter of its page (`find`), so that it stands in the address and is still there on the way back. Names are indexed once
per revision; a name once read aloud is not read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from lib.core import search
from lib.core.access import Action, Whose
from lib.core.model import Role
from lib.core.search import Index
from lib.store import pack
from lib.ui import drawn, figures, places, shared
from lib.ui.session import Run
from lib.ui.text import t

KEPT, ANSWERS_KEPT = 8, 64
FIELD = 220

CSS = """
p{margin:0;font-size:14px;color:#5F584D} ul{list-style:none;margin:4px 0 0;padding:0;columns:26em auto;column-gap:32px}
li{break-inside:avoid;padding:5px 0;border-bottom:1px solid #E6E0D5;font-size:15px;line-height:1.4}
small{font-size:13px;color:#5F584D;margin-left:8px}
a{color:#1F635F;text-decoration:underline;text-underline-offset:3px;font-weight:600} a:focus-visible{outline:2px solid #1F635F;outline-offset:2px}
@media print{ul,p{display:none}}
"""
_piece = drawn.Piece("search", CSS)


@dataclass(frozen=True)
class Known:
    """The organizations that somebody may look at: their index, and what stands behind each name, by code."""

    index: Index
    said: Mapping[str, str]


def known(run: Run) -> Known:
    return _known(*figures.scope(run), run.actor.role, run.actor.committee, run.actor.organization, run)


@shared.once(KEPT)
def _known(home: str, revision: int, townships: tuple[str, ...], language: str, role: Role, committee: str | None, own: str | None,
           _run: Run) -> Known:
    names, said = {}, {}
    cases = figures.cases(_run)
    for code, name, kind, under, place, township in cases[["code", "name", "kind", "committee", "township", "township_name"]].itertuples(index=False):
        placed = isinstance(place, str)
        if _run.may(Action.LOOK_AT_ORGANIZATION, Whose(code, under, place if placed else None)):
            names[code] = name
            said[code] = f"{township if placed else t('ranking.county_level')} · {t(f'kind.{kind}')} · {code}"
    return Known(search.index(names, pack.readings()), said)


def found(run: Run, text: str) -> tuple[str, ...]:
    """Codes of the organizations that answer to what was typed, best first, at most search.LIMIT."""
    return search.found(known(run).index, text)


def matches(names: pd.Series, codes: pd.Series, text: str) -> pd.Series:
    """Which rows a table's filter by name lets through: their organizations' names and codes, with one index."""
    return pd.Series(search.matches(names, codes, text, pack.readings()), index=names.index, dtype=bool)


def field(key: str, width: int | str = FIELD) -> None:
    """The field; the page has seeded it (filters.read) and shows what is `answered`."""
    st.text_input(t("search.field"), key=key, placeholder=t("search.hint"), label_visibility="collapsed", icon=":material/search:", max_chars=40,
                  width=width)


def place() -> None:
    """Where the field will stand: a field is code that the browser has to load, and nobody types within the first second."""
    st.container(width=FIELD, height=40, border=False)


def answered(run: Run, text: str, key: str) -> None:
    """The organizations that answer, as links; one that is chosen opens. Nothing while nothing is searched for."""
    if not text.strip():
        return
    drawn_ = _answer(*figures.scope(run), run.actor.role, run.actor.committee, run.actor.organization, text, run)
    if chosen := _piece.show(drawn_, key):
        places.go("organization", organization=chosen)


@shared.once(ANSWERS_KEPT)
def _answer(home: str, revision: int, townships: tuple[str, ...], language: str, role: Role, committee: str | None, own: str | None, text: str,
            _run: Run) -> str:
    here = known(_run)
    names = dict(zip(here.index.codes, here.index.names, strict=True))
    codes = search.found(here.index, text)
    if not codes:
        return f'<p role="status">{escape(t("search.nothing", text=text.strip()))}</p>'
    lines = "".join(f'<li><a data-id="{escape(code)}" href="{drawn.href("organization", language, organization=code)}">{escape(names[code])}</a>'
                    f"<small>{escape(here.said[code])}</small></li>" for code in codes)
    count = t("search.first", count=len(codes)) if len(codes) == search.LIMIT else t("search.found", count=len(codes))
    return f'<p role="status">{escape(count)}</p><ul aria-label="{escape(t("search.answers"))}">{lines}</ul>'
