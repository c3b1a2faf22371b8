"""The briefing of a meeting, made from a snapshot: one sentence that says how things stand, the headline figures, the townships, what
changed since the snapshot before, what is overdue, and room for decisions.

Pure data in words: `briefing_word` makes the Word file of it and `briefing_page` the page to print. The same snapshot gives the same
briefing, but for the minutes, which are the live store's: what a meeting decides fills the table of decisions.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from lib.core import access, changes, targets, words
from lib.core.access import Action, Whose
from lib.core.ledger import Light
from lib.core.model import Actor, Refused, Role
from lib.core.phrases import text
from lib.core.program import Program
from lib.core.targets import Figure, Tables
from lib.exchange import standings
from lib.store import db as stores
from lib.store import events, meetings, organizations, pack, programme, rounds, snapshots
from lib.store.db import Database

CHECKSUM = 12
"""Characters of a checksum that people compare."""
OVERDUE, NAMED, LAGGING = 15, 6, 3
"""Overdue items, names of a change and townships behind that are told one by one; the others are counted."""
ROOM = 5
"""Rows for decisions."""
LINE, BY_HAND = 6.5, 10
"""Height of a table's row in millimetres, and of one that is filled in by hand."""
PROBLEM = 60
"""Characters of a problem that are told."""
BEHIND = ("behind", "far")


@dataclass(frozen=True)
class Cell:
    """A cell's text; `status` (targets.STATUSES) colours it."""

    text: str
    status: str = ""


@dataclass(frozen=True)
class Table:
    """Heads with the columns' widths in millimetres (156 in all: the width of an official document's text), and rows in the heads' order."""

    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]
    height: float = LINE


@dataclass(frozen=True)
class Map:
    """What the map is drawn of; `names` begin with the numbers that the townships have in the table."""

    shapes: Mapping
    names: Mapping[str, str]
    figures: Mapping[str, Figure]
    measure: str
    note: str


@dataclass(frozen=True)
class Briefing:
    """A snapshot's briefing in one language. Each section is a line that says what it shows, and a table; None where there is nothing."""

    language: str
    snapshot: str
    checksum: str
    as_of: dt.datetime
    office: str
    title: str
    meta: str
    conclusion: str
    figures: Table
    map: Map
    places_said: str
    places: Table
    movers_said: str
    movers: Table | None
    overdue_said: str
    overdue: Table | None
    decisions_said: str
    decisions: Table

    @property
    def footer(self) -> str:
        return text("briefing.footer", self.language, snapshot=self.snapshot, checksum=self.checksum)


# ---- which snapshot


def chosen(actor: Actor, asked: str = "") -> dict:
    """The manifest of the snapshot that somebody's briefing is made from: staff choose one, a link that is pinned has its own, others the newest.

    Without `asked`, or for `latest`, it is the newest, or the link's own. Raises Refused.
    """
    access.require(actor, Action.LOOK)
    asked = "" if asked == snapshots.LATEST else asked
    if actor.role in (Role.COUNTY, Role.COMMITTEE):
        return snapshots.get(asked or snapshots.LATEST)
    own = snapshots.get(actor.snapshot or snapshots.LATEST)
    if asked not in ("", own["id"]):
        raise Refused("snapshot.unknown", snapshot=asked[:40])
    return own


def file_name(snapshot: str, language: str) -> str:
    return text("briefing.file", language, snapshot=snapshot) + ".docx"


# ---- content


def content(db: Database, actor: Actor, asked: str, language: str) -> Briefing:
    """The briefing as somebody may see it. `db` is the live store, for the minutes. A view link limited to townships gets theirs alone; problems
    of organizations that somebody may not look at are left out. Raises Refused.
    """
    manifest = chosen(actor, asked)
    shelf = snapshots.every()
    before = next((each for each in shelf if each["seq"] < manifest["seq"]), None)
    with stores.session(snapshots.path(manifest["id"])) as copy:
        program, tables = rounds.current(copy).program, _tables(copy, actor)
        last = events.last(copy)[1]
        as_of = rounds.local(copy, last)
        named = {row["code"]: row["name_en"] if language == "en" else row["name"] for row in organizations.townships(copy)
                 if not actor.townships or row["code"] in actor.townships}
        committees = organizations.committees(copy)
    headline = {code: targets.figure(targets.rows_of(tables, code), code, program) for code in program.headline}
    measure = program.mapped[0]
    held = standings.held_back(tables, program, language)
    rows = standings.ranked(standings.rows(tables, program, measure, named, committees, held, language), best_first=True)
    target = standings.target_of(targets.figure(targets.rows_of(tables, measure), measure, program))
    numbers = {code: number for number, code in enumerate(named, 1)}
    movers = _movers(before, tables, actor, language)
    late = _late(tables["items"])
    limited = list(named.values()) if actor.townships else []
    parts = (program.office[language], text("frame.as_of", language, when=words.moment(last, language, program.timezone, year=True)),
             text("briefing.between", language).join(limited),
             text("frame.demo", language) if manifest["demo"] else "")
    return Briefing(
        language=language, snapshot=manifest["id"], checksum=manifest["sha256"][:CHECKSUM], as_of=as_of, office=program.office[language],
        title=text("briefing.title", language, title=program.title[language]), meta=" · ".join(part for part in parts if part),
        conclusion=_conclusion(tables, program, headline, rows, limited, as_of.date(), language),
        figures=_figures(headline, program, as_of.date(), language),
        map=Map(pack.township_shapes(), {code: f"{numbers[code]} {name}" for code, name in named.items()},
                targets.by_township(targets.rows_of(tables, measure), measure, program), measure, text("briefing.map_note", language, target=target)),
        places_said=text("briefing.places_said", language, measure=text(f"measure.{measure}", language), target=target),
        places=_places(rows, numbers, language),
        movers_said=_since(before, movers, program, language), movers=movers,
        overdue_said=_overdue_said(late, language), overdue=_overdue(late, actor, language) if len(late) else None,
        decisions_said=text("briefing.decisions_said", language), decisions=_decisions(db, actor, manifest["id"], language))


def _tables(copy: Database, actor: Actor) -> Tables:
    """A snapshot's tables as of the day of its last event; of a limited link's townships alone."""
    tables = programme.tables(copy, rounds.current(copy), rounds.local(copy, events.last(copy)[1]).date())
    return targets.of_townships(tables, actor.townships)


def _conclusion(tables: Tables, program: Program, headline: Mapping[str, Figure], rows: Iterable[tuple[int | None, standings.Row]],
                limited: Sequence[str], day: dt.date, language: str) -> str:
    """How things stand, in one sentence by rule: what is in and approved, how many figures are on target, the widest gap, who is behind."""

    def say(code: str, **params: object) -> str:
        return text(f"briefing.{code}", language, **params)

    total = len(tables["organizations"])
    if not total:
        return say("nothing")
    submitted, graded = (targets.figure(tables["organizations"], code, program) for code in ("submitted", "graded"))
    counted = [figure for figure in headline.values() if figure.rate is not None and program.begun(figure.code, day)]
    reached = sum(figure.gap == 0 for figure in counted)
    said = say("opening", day=words.date(day, language), place=say("between").join(limited) or say("county"), total=total,
               submitted=words.percent(submitted.rate), graded=words.percent(graded.rate))
    said += say("reached", count=len(headline), reached=reached)
    if reached < len(counted):
        widest = max(counted, key=lambda figure: figure.gap)
        said += say("above" if widest.at_most else "short", measure=text(f"measure.{widest.code}", language), points=words.points(widest.gap))
    lagging = [row for _, row in rows if not row.apart and row.figure and row.figure.status in BEHIND][::-1]
    measure = text(f"measure.{program.mapped[0]}", language)
    if not lagging:
        return said + say("none_behind", measure=measure)
    names = say("between").join(row.name for row in lagging[:LAGGING])
    return said + say("behind", measure=measure, names=names if len(lagging) <= LAGGING else say("and_others", names=names, count=len(lagging)))


def _table(columns: Mapping[str, int], rows: Iterable[Iterable[str | Cell]], language: str, height: float = LINE) -> Table:
    """A table by its columns (`briefing.of_<column>`) and their widths."""
    return Table(tuple(text(f"briefing.of_{column}", language) for column in columns), tuple(columns.values()),
                 tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows), height)


def _status(figure: Figure | None, language: str) -> Cell:
    return Cell(text(f"status.{figure.status}", language), figure.status) if figure and figure.status else Cell(text("map.nothing", language))


def _figures(headline: Mapping[str, Figure], program: Program, day: dt.date, language: str) -> Table:
    """The headline figures; before the phase that one belongs to has begun it is not late."""
    def told(code: str, figure: Figure) -> tuple[str | Cell, ...]:
        standing = (standings.gap_of(figure, language), _status(figure, language)) if program.begun(code, day) else (
            words.DASH, text("figure.not_yet", language))
        return (text(f"measure.{code}", language), words.percent(figure.rate), standings.denominator(figure, language), standings.target_of(figure),
                *standing)

    rows = (told(code, figure) for code, figure in headline.items())
    return _table({"figure": 44, "rate": 22, "count": 28, "target": 20, "gap": 22, "status": 20}, rows, language)


def _places(rows: Iterable[tuple[int | None, standings.Row]], numbers: Mapping[str, int], language: str) -> Table:
    def told(rank: int | None, row: standings.Row) -> tuple[str | Cell, ...]:
        figure = row.figure
        of = standings.denominator(figure, language) if figure and figure.rate is not None else words.DASH
        return (str(numbers.get(row.code, "")), str(rank or ""), row.name, words.percent(figure and figure.rate), of, _status(figure, language),
                " ".join(part for part in row.short if part), row.committee)

    columns = {"number": 10, "rank": 10, "place": 21, "rate": 16, "count": 17, "status": 18, "short": 36, "committee": 28}
    return _table(columns, (told(rank, row) for rank, row in rows), language)


def _movers(before: Mapping | None, after: Tables, actor: Actor, language: str) -> Table | None:
    """What changed since the snapshot before, a row for each kind that occurs."""
    if before is None:
        return None
    with stores.session(snapshots.path(before["id"])) as copy:
        found = changes.between(_tables(copy, actor), after)
    comma = text("briefing.between", language)

    def names(rows: pd.DataFrame) -> str:
        every = list(dict.fromkeys(rows["name"]))
        told = comma.join(every[:NAMED])
        return told if len(every) <= NAMED else text("briefing.and_others", language, names=told, count=len(every))

    rows = [(text(f"briefing.change_{kind}", language), str(len(each)), names(each)) for kind, each in found.items() if len(each)]
    return _table({"change": 40, "number_of": 16, "names": 100}, rows, language) if rows else None


def _since(before: Mapping | None, movers: Table | None, program: Program, language: str) -> str:
    if before is None:
        return text("briefing.first", language)
    when = words.moment(before["created_at"], language, program.timezone, year=True)
    return text("briefing.since" if movers else "briefing.unchanged", language, when=when, label=before["label"])


def _late(items: pd.DataFrame) -> pd.DataFrame:
    """Overdue items, the most overdue first."""
    return items[items["light"] == Light.OVERDUE].sort_values(["days", "number"], kind="stable")


def _overdue_said(late: pd.DataFrame, language: str) -> str:
    if not len(late):
        return text("briefing.none_overdue", language)
    said = text("briefing.overdue_said", language, count=len(late), organizations=late["organization"].nunique())
    return said + (text("briefing.overdue_more", language, count=len(late) - OVERDUE) if len(late) > OVERDUE else "")


def _overdue(late: pd.DataFrame, actor: Actor, language: str) -> Table:
    def told(row: Mapping) -> tuple[str, ...]:
        township = row["township"] if isinstance(row["township"], str) else None
        own = access.allowed(actor, Action.LOOK_AT_ORGANIZATION, Whose(row["organization"], row["committee"], township))
        problem = row["problem"] if len(row["problem"]) <= PROBLEM else row["problem"][:PROBLEM - 1] + "…"
        return (row["name"], problem if own else words.DASH, row["responsible"] or words.DASH if own else words.DASH,
                words.date(row["due_on"], language), str(-int(row["days"])))

    columns = {"organization": 42, "problem": 57, "responsible": 21, "due": 19, "late": 17}
    return _table(columns, (told(row) for row in late.head(OVERDUE).to_dict("records")), language)


def _decisions(db: Database, actor: Actor, snapshot: str, language: str) -> Table:
    """The minutes of the meetings held on the snapshot, for those who may read them, and room for more."""
    noted = []
    for meeting in meetings.every(db):
        if meeting["snapshot"] == snapshot:
            with suppress(Refused):
                noted += meetings.read(db, actor, meeting["id"])[1]
    rows = [(str(number), each["decision"], each["responsible"], words.date(each["due_on"], language)) for number, each in enumerate(noted, 1)]
    rows += [(str(number), "", "", "") for number in range(len(rows) + 1, ROOM + 1)]
    return _table({"row": 12, "decision": 84, "answers": 34, "until": 26}, rows, language, BY_HAND)
