"""What the pages of the work programme have in common: the figures on top, lists that one narrows, what is kept of them.

A list's filters stand in the address as codes, each by itself, beside what else does (the registers below have theirs). Session keys, by
page: `<page>.committee` and `<page>.<list>.side` (the filters), `<page>.<list>` (the table), `<page>.<list>.page` (lib.ui.paging).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.access import Action, Whose
from lib.core.model import Role
from lib.core.targets import Figure
from lib.exchange import tiles
from lib.store import records
from lib.ui import downloads, figures, frame, overview, paging, palette, places, register, shared, text
from lib.ui.session import Run
from lib.ui.text import DASH, gray, plain, t

ALL = "all"
ROW, HEAD, LONGEST = 35, 38, 472
KEPT = 64
ABREAST = 6
"""Figures that stand side by side on a small screen."""
LATE, CLOSE, FINE = "▲", "◆", "●"
"""Shapes of the lights: to be looked at, soon, in order; a cell that begins with the first is red."""
Built = TypeVar("Built")


def kept(run: Run, build: Callable[..., Built], *chosen: str) -> Built:
    """What `build(run, *chosen)` gives, computed once per revision, day and role and shared: never change it, and build nothing of one's own
    organization into it."""
    return _kept(*figures.scope(run), run.today, run.actor.role, f"{build.__module__}.{build.__qualname__}", chosen, run, build)


@shared.once(KEPT)
def _kept(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, role: Role, name: str, chosen: tuple[str, ...],
          _run: Run, _build: Callable[..., Built]) -> Built:
    return _build(_run, *chosen)


# ---- the head


@dataclass(frozen=True)
class Head:
    """A page's figures, and which of them do not count yet, in words."""

    figures: Mapping[str, Figure]
    not_begun: str


def _head(run: Run, *codes: str) -> Head:
    tables, program = figures.tables(run), run.program
    shown = [code for code in codes if code in targets.shown(program)]
    waiting = {}
    for phase in program.phases:
        names = [t(f"figure.{code}") for code in shown if program.target(code).phase == phase.code and not program.begun(code, run.today)]
        if names:
            waiting[phase.code] = t("programme_page.not_begun", figures=t("programme_page.comma").join(names), phase=phase.name[run.language],
                                    day=text.date(phase.starts))
    return Head({code: targets.figure(targets.rows_of(tables, code), code, program) for code in shown}, " ".join(waiting.values()))


def _own(run: Run, committee: str, *codes: str) -> str:
    """How one committee stands in the same figures, in words."""
    tables = targets.within(figures.tables(run), committee=committee)
    found = [targets.figure(targets.rows_of(tables, code), code, run.program) for code in codes if not targets.MEASURES[code].fixed]
    return t("programme_page.comma").join(t("programme_page.part", figure=t(f"figure.{each.code}"), of=overview.denominator(each),
                                            rate=text.percent(each.rate)) for each in found if each.total)


def head(run: Run, page: str, codes: Collection[str]) -> None:
    """The page's title and its figures, each with the way to the names behind it; a committee reads how its own stand."""
    shown = kept(run, _head, *codes)
    frame.head(run, t(f"page.{page}"))
    found = list(shown.figures.values())
    rows = -(-len(found) // ABREAST)
    edges = [-(-row * len(found) // rows) for row in range(rows + 1)] if rows else []  # rows of like length: none stands alone in the last
    overview.show_tiles(run, [found[begin:end] for begin, end in pairwise(edges)], f"{page}.figures")
    if run.actor.committee and (own := kept(run, _own, run.actor.committee, *shown.figures)):
        st.markdown(t("programme_page.own", figures=plain(own)))
    if shown.not_begun:
        st.markdown(gray(plain(shown.not_begun)))


def counts(numbers: Mapping[str, str]) -> None:
    """Numbers that no target is set for, side by side: label and what it counts."""
    with st.container(horizontal=True, gap="small"):
        for label, number in numbers.items():
            with st.container(width=tiles.WIDTH):
                st.metric(label, number)


# ---- registers


def register_of(run: Run, name: str) -> records.Register | None:
    """A register of the round, None where the pack has none of that name or somebody may not see it."""
    if name not in records.names(run.db):
        return None
    found = records.register(run.db, name)
    return found if found.may_see(run.actor) else None


def _records(run: Run, name: str) -> pd.DataFrame:
    found = register_of(run, name)
    if found is None:
        return pd.DataFrame(columns=list(records.PLACE), dtype="object")
    rows = records.table(run.db, name).drop(columns=[item.name for item in found.items if item.private])
    return rows[rows["committee"].isna() | rows["township"].isin(run.actor.townships)] if run.actor.townships else rows


def _titles(run: Run, name: str) -> Mapping[str, str]:
    found = register_of(run, name)
    if found is None:
        return {}
    rows = records.table(run.db, name)
    return dict(zip(rows["id"], rows[found.title].fillna(""), strict=True))


def titles(run: Run, name: str) -> Mapping[str, str]:
    """What a register's records are called, by id, wherever they belong: for the answers that point to them."""
    return kept(run, _titles, name)


def records_of(run: Run, name: str, *columns: str) -> pd.DataFrame:
    """A register's records as records.table gives them, without anything private; empty for who may not see it.

    A view link limited to townships gets theirs and the county's own. `columns` are there even where the pack's register does not ask them.
    """
    rows = kept(run, _records, name)
    return rows.reindex(columns=list(dict.fromkeys((*rows.columns, *columns))))


def labels(run: Run, name: str, item: str) -> dict[str, str]:
    """What the choices of a register's item are called, by code; empty for free text."""
    found = register_of(run, name)
    asked = next((each for each in found.items if each.name == item), None) if found else None
    return {choice.name: choice.label[run.language] for choice in asked.choices} if asked else {}


# ---- narrowing


def _keep(page: str, key: str, name: str, default: str) -> None:
    """Put a filter that was changed into the address; at its default it is not named there."""
    chosen = st.session_state.get(f"{page}.{key}") or default
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def _seed(page: str, key: str, name: str, codes: Collection[str], default: str) -> dict[str, object]:
    """Give a filter's widget what the address says, and what it needs to say it back; every run, since its labels change with the counts."""
    asked = st.query_params.get(name, "")
    st.session_state[f"{page}.{key}"] = asked if asked in codes else default
    return {"key": f"{page}.{key}", "label_visibility": "collapsed", "on_change": _keep, "args": (page, key, name, default)}


def committee(run: Run, page: str, *, public: bool) -> str:
    """The committee whose rows are listed, ALL for every one; a committee begins with its own.

    Where a page's lists are not `public` to all accounts, a committee has no choice, and an organization finds its own rows (`seen`).
    """
    if not public and run.actor.role in (Role.COMMITTEE, Role.ORGANIZATION):
        return run.actor.committee or ALL
    rows = figures.tables(run)["committees"]
    names = {ALL: t("programme_page.all_committees"), **dict(zip(rows["code"], rows["name"], strict=True))}
    default = run.actor.committee if run.actor.committee in names else ALL
    seeded = _seed(page, "committee", "whose", names, default)
    st.selectbox(t("programme_page.committee"), list(names), format_func=names.get, width=280, **seeded)
    return st.session_state[f"{page}.committee"]


def of_committee(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    return rows if code == ALL else rows[rows["committee"] == code]


def choose(page: str, name: str, words: Mapping[str, str], default: str = "") -> str:
    """One of a list's sides; `words` are their labels by code, the first is the default where none is given."""
    seeded = _seed(page, f"{name}.side", name, words, default or next(iter(words)))
    st.segmented_control(t("programme_page.side"), list(words), format_func=words.get, required=True, wrap=True, **seeded)
    return st.session_state[f"{page}.{name}.side"]


def seen(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose particulars an account may read: an organization its own, a committee its organizations', the others all."""
    match run.actor.role:
        case Role.ORGANIZATION:
            return rows[rows["organization"] == run.actor.organization]
        case Role.COMMITTEE:
            return rows[rows["committee"] == run.actor.committee]
    return rows


def own_first(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """An organization reads its own rows before the others'."""
    if run.actor.role != Role.ORGANIZATION:
        return rows
    own = rows["organization"] == run.actor.organization
    return rows.iloc[(~own).to_numpy().argsort(kind="stable")] if own.any() else rows


# ---- lists


@dataclass(frozen=True)
class Listed:
    """How a list is drawn: its columns in order, each with the phrase that heads it, and what is looked up for the rows on the screen alone."""

    heads: Mapping[str, str]
    add: Callable[[Run, pd.DataFrame, str], pd.DataFrame] | None = None  # of the rows of one side
    public: bool = False  # whether every account may read every row; else `seen` narrows them
    opens: str = "organization"  # what a chosen row opens: its organization, its `record` in the register below, or nothing ("")
    none: str = ""  # the phrase for an empty side, where all have one; the list then begins with a side that is not


WIDTHS = {"name": 200, "committee_name": 170, "township_name": 100, "place": 100, "post": 140, "rank": 130, "needs": 180, "leaders": 170, "plan": 220,
          "answers": 440, "title": 230, "kind_said": 120, "organization_name": 190, "unmet": 420, "found": 260, "reason": 240, "outcome": 190,
          "standing": 150, "about": 190, "by_masses": 150, "by_members": 150, "by_leaders": 150, "members": 88, "windows": 64, "visits": 64,
          "paired": 64}
USUAL = 104
LIT = ("standing", "outcome", "unmet", "secretary", "head", "answers")
"""Columns whose cells begin with the shape of a light."""


NAMED = {"rules": "standing_rules"}
"""Lists whose key does not begin with the name of their page."""
PLACE = ("id", "code", "organization", "committee", "township")


def sides(rows: pd.DataFrame, heads: Mapping[str, str], masks: Mapping[str, pd.Series | None]) -> Mapping[str, pd.DataFrame]:
    """The sides of a list, each the rows that its mask lets through (None: all) in the rows' order, with no more columns than are shown."""
    slim = rows[[name for name in dict.fromkeys((*PLACE, *heads)) if name in rows]]
    return {side: slim if mask is None else slim[mask[slim.index]] for side, mask in masks.items()}


def listing(run: Run, page: str, name: str, sides: Mapping[str, pd.DataFrame], listed: Listed, words: Mapping[str, str] | None = None) -> None:
    """A list with its sides: how many there are on each, and the rows of the one chosen, a page at a time.

    Every side's rows have `organization`, `committee`, `township`, and the columns named in `listed.heads` as they are shown. The phrases
    `<page>.<name>_<side>` and `<page>.none_<name>_<side>` say what a side is called and what an empty one means.
    """
    if not listed.public:
        sides = {side: seen(run, rows) for side, rows in sides.items()}
        if run.actor.role == Role.ORGANIZATION and all(rows.empty for rows in sides.values()):
            st.markdown(gray(t("programme_page.none_of_own")))
            return
    words = words or {side: t(f"{page}.{name}_{side}") for side in sides}
    default = next((side for side, rows in sides.items() if len(rows)), "") if listed.none else ""
    side = choose(page, name, {side: t("programme_page.side_count", side=words[side], count=len(rows)) for side, rows in sides.items()}, default)
    rows = sides[side]
    if rows.empty:
        st.markdown(gray(t(listed.none or f"{page}.none_{name}_{side}")))
        return
    table(run, f"{page}.{name}", rows, listed, side)


def table(run: Run, key: str, rows: pd.DataFrame, listed: Listed, side: str = "") -> None:
    """Rows a page at a time, one's own first; a chosen one opens what `listed` says, its organization for those who may look at it."""
    rows = own_first(run, rows)
    _download(run, key, rows, listed, side)
    rows = paging.cut(rows, key, size=paging.TONED if set(LIT) & set(listed.heads) else None)
    rows = listed.add(run, rows, side) if listed.add else rows
    shown = rows[list(listed.heads)]
    config = {name: st.column_config.Column(t(code), width=WIDTHS.get(name, USUAL)) for name, code in listed.heads.items()}
    if lit := [name for name in LIT if name in shown]:
        shown = shown.style.map(lambda cell: f"color: {palette.RED}" if str(cell).startswith(LATE) else "", subset=lit)
    look = {"hide_index": True, "column_config": config, "height": min(HEAD + ROW * len(rows), LONGEST), "row_height": ROW, "placeholder": DASH,
            "key": key}
    if not listed.opens:
        st.dataframe(shown, **look)
        return
    if listed.opens == "record":
        st.dataframe(shown, on_select=lambda: _open_record(key, list(rows["id"])), selection_mode=["single-row", "single-cell"], **look)
        st.markdown(gray(t("programme_page.record_hint")))
        return
    place = _place(st.dataframe(shown, on_select="rerun", selection_mode=["single-row", "single-cell"], **look)["selection"])
    if place is None:
        st.markdown(gray(t("table.hint")))
        return
    row = rows.iloc[place]
    if not isinstance(row["organization"], str):
        st.info(t("programme_page.no_organization"), icon=":material/info:")
    elif run.may(Action.LOOK_AT_ORGANIZATION, Whose(row["organization"], row["committee"], text_or_none(row["township"]))):
        places.go("organization", organization=row["organization"])
    else:
        st.info(t("table.not_yours"), icon=":material/lock:")


def _download(run: Run, key: str, rows: pd.DataFrame, listed: Listed, side: str) -> None:
    """The whole list of one side, not the page of it that is turned to, to take away."""
    heads = {"organization": "downloads.organization", **listed.heads} if rows["organization"].notna().any() else listed.heads
    columns = {name: t(code) for name, code in heads.items()}
    page, _, _ = key.partition(".")
    downloads.frame(run, key, t(f"page.{NAMED.get(page, page)}"), columns, lambda own: listed.add(own, rows, side) if listed.add else rows, len(rows))


def _place(selection: Mapping) -> int | None:
    """The row that was ticked, or any of whose cells was clicked."""
    return next(iter(selection["rows"]), next((row for row, _ in selection["cells"]), None))


def _open_record(key: str, ids: list[str]) -> None:
    """Show the record of the row chosen in the register below (its code in the address is lib.ui.register's)."""
    place = _place(st.session_state[key]["selection"])
    if place is not None and place < len(ids):
        st.query_params["record"] = ids[place]


def text_or_none(cell: object) -> str | None:
    """A cell's text; None for what pandas has for nothing."""
    return cell if isinstance(cell, str) else None


def day(cell: object) -> str | None:
    """A date as lists show it, so that they can be sorted by it: 2012-04-20; None for none."""
    return cell[:10] if isinstance(cell, str) else None


def small(columns: Mapping[str, list[str]]) -> None:
    """A small table of text, as HTML; what came from users is escaped."""
    st.table({head: [plain(cell) for cell in cells] for head, cells in columns.items()}, border="horizontal", hide_index=True)


def nothing(code: str) -> None:
    """What stands where there is nothing yet: what to do for it."""
    st.info(t(code), icon=":material/info:")


def section(code: str, note: str = "") -> None:
    """A part of a page: its heading and what it says."""
    st.subheader(t(code), anchor=False)
    if note:
        st.markdown(gray(plain(note)))


def registers(run: Run, page: str, names: Collection[str]) -> None:
    """The registers that a page is drawn from, below it."""
    section("programme_page.registers")
    register.tabs(run, page, tuple(names))
