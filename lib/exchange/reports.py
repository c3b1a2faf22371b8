"""Ready-made tables for returns upward, by name: computed from the same tables and figures as the screens, so that they agree.

Every place and every kind stands under its code and its label; sums are rows of their own, under the code `total`.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from lib.core import phrases, targets
from lib.core.grading import half_up
from lib.core.ledger import Light, Source
from lib.core.model import Grade, Kind, Refused
from lib.core.program import Program
from lib.core.targets import Figure, Tables
from lib.exchange import standings
from lib.store import organizations, programme, rounds
from lib.store.db import Database, iso, now

TOTAL = "total"
GRADES = tuple(grade.value for grade in Grade)
UNGRADED = ("not_graded", "not_submitted")
MODES = ("single", "joint", "attached", "none")
DENOMINATORS = ("covered_operating", "covered_eligible")
UNIT_KINDS = {"private": Kind.PRIVATE_ENTERPRISE, "social": Kind.SOCIAL_ORGANIZATION}
"""Kinds of units in the census, and what each is called."""
PARTS = ("count", "total", "rate")


@dataclass(frozen=True)
class Report:
    """A table: column codes, and rows of values in their order (text, whole numbers, decimals; None where nothing can be said)."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple, ...]

    def records(self) -> list[dict]:
        """Rows as mappings for JSON; decimals as numbers."""
        return [{column: float(value) if isinstance(value, Decimal) else value for column, value in zip(self.columns, row, strict=True)}
                for row in self.rows]

    def titles(self, language: str) -> list[str]:
        """What the columns are called."""
        return [_title(column, language) for column in self.columns]


def _title(column: str, language: str) -> str:
    measure, _, part = column.rpartition("_")
    if part in PARTS and measure in targets.MEASURES:  # submitted_rate
        return phrases.text(f"report_column.of_{part}", language, measure=phrases.text(f"short.{measure}", language))
    return phrases.text(f"report_column.{column}", language)


def share(count: int, total: int) -> Decimal | None:
    """Per cent with one decimal, rounded half up; None of nothing."""
    return Decimal(half_up(1000 * count, total)).scaleb(-1) if total else None


def rate(figure: Figure | None) -> Decimal | None:
    """A figure's rate, per cent with its two decimals."""
    return None if figure is None or figure.rate is None else Decimal(figure.rate).scaleb(-2)


def _label(table: str, code: str, language: str) -> str:
    return phrases.text(f"report.{TOTAL}" if code == TOTAL else f"{table}.{code}", language)


@dataclass(frozen=True)
class County:
    """What a report is made of: the tables of a store as of a day, its programme, its townships in their order (code → name)."""

    tables: Tables
    program: Program
    townships: Mapping[str, str]
    language: str

    def places(self, rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """Code, name and rows of each township that has any, of the county level, and of all together."""
        for code, name in self.townships.items():
            own = rows[rows["township"] == code]
            if len(own):
                yield code, name, own
        apart = rows[rows["township"].isna()]
        if len(apart):
            yield standings.COUNTY_LEVEL, phrases.text("ranking.county_level", self.language), apart
        yield TOTAL, _label("", TOTAL, self.language), rows


# ---- grades


def grades(county: County) -> Report:
    """Kind × grade: counts, and shares of those graded; the last row is the total of all kinds."""
    columns = ("kind", "kind_label", "organizations", "graded", *GRADES, *UNGRADED, *(f"{name}_pct" for name in GRADES))
    return Report("grades", columns, tuple(_by_kind(county, county.tables["organizations"], shares=True)))


def grade_by_township(county: County) -> Report:
    """Township × kind × grade: every township with its total, then the county by kind with its total."""
    columns = ("township", "township_name", "kind", "kind_label", "organizations", "graded", *GRADES, *UNGRADED)
    rows = ((code, name, *row) for code, name, own in county.places(county.tables["organizations"]) for row in _by_kind(county, own))
    return Report("grade_by_township", columns, tuple(rows))


def _by_kind(county: County, cases: pd.DataFrame, *, shares: bool = False) -> Iterator[tuple]:
    counts = targets.grades_by_kind(cases)
    counts.loc[TOTAL] = counts.sum()
    for kind, row in counts.iterrows():
        by_grade, rest = ([int(row[name]) for name in names] for names in (GRADES, UNGRADED))
        graded = sum(by_grade)
        yield (kind, _label("kind", kind, county.language), graded + sum(rest), graded, *by_grade, *rest,
               *(share(count, graded) for count in by_grade if shares))


# ---- coverage


def coverage(county: County) -> Report:
    """How private firms and social organizations are organized (W8), of those operating and of those due an organization."""
    columns = ("among", "among_label", "unit_kind", "unit_kind_label", *MODES, "covered", "units", "covered_pct")
    rows = []
    for code in DENOMINATORS:
        among = targets.names(county.tables["census"], code)
        for kind in (*UNIT_KINDS, TOTAL):
            own = among if kind == TOTAL else among[among["unit_kind"] == kind]
            modes = own["mode"].where(own["mode"].isin(MODES), "none").value_counts()
            found = targets.figure(own, code, county.program)
            label = _label("kind", kind if kind == TOTAL else UNIT_KINDS[kind], county.language)
            rows.append((code, phrases.text(f"measure.{code}", county.language), kind, label, *(int(modes.get(mode, 0)) for mode in MODES),
                         found.count, found.total, rate(found)))
    return Report("coverage", columns, tuple(rows))


# ---- the ledger


def sign_off(county: County) -> Report:
    """The rectification ledger by township and by where problems were found: how many items, on the ledger, overdue, signed off."""
    columns = ("township", "township_name", "source", "source_label", "items", "on_ledger", "overdue", "signed_off", "signed_off_pct")
    rows = []
    for code, name, own in county.places(county.tables["items"]):
        for source in (*Source, TOTAL):
            items = own if source == TOTAL else own[own["source"] == source]
            if not len(items) and source != TOTAL:
                continue
            found = targets.figure(items, "signed_off", county.program)
            rows.append((code, name, str(source), _label("source", str(source), county.language), found.total, found.total - found.count,
                         int((items["light"] == Light.OVERDUE).sum()), found.count, rate(found)))
    return Report("sign_off", columns, tuple(rows))


# ---- figures


def figures(county: County) -> Report:
    """Every figure of the programme against its target, over the whole county."""
    columns = ("figure", "figure_label", "count", "total", "rate", "target", "target_is", "gap", "status", "status_label", "among_count", "met",
               "unit")
    rows = []
    for code in targets.shown(county.program):
        found = targets.figure(targets.rows_of(county.tables, code), code, county.program)
        rows.append((code, phrases.text(f"measure.{code}", county.language), found.count, found.total, rate(found), Decimal(str(found.target)),
                     "at_most" if found.at_most else "at_least", None if found.gap is None else Decimal(found.gap).scaleb(-2), found.status or "",
                     _label("status", found.status, county.language) if found.status else "", found.among, found.met, found.unit))
    return Report("targets", columns, tuple(rows))


def townships(county: County) -> Report:
    """The overview's figures by township: count, denominator and rate of each; county-level organizations apart, then the county."""
    codes = county.program.headline
    columns = ("township", "township_name", *(f"{code}_{part}" for code in codes for part in PARTS))
    by_place: dict[str, list] = {}
    for code in codes:
        for place, name, own in county.places(targets.rows_of(county.tables, code)):
            found = targets.figure(own, code, county.program)
            shared = place == TOTAL or not targets.MEASURES[code].fixed  # a number fixed for the county has no place's share
            by_place.setdefault(place, [name, {}])[1][code] = (found.count, found.total, rate(found)) if shared else (None, None, None)
    order = [place for place in (*county.townships, standings.COUNTY_LEVEL, TOTAL) if place in by_place]
    rows = ((place, by_place[place][0], *(part for code in codes for part in by_place[place][1].get(code, (0, 0, None)))) for place in order)
    return Report("townships", columns, tuple(rows))


REPORTS: Mapping[str, Callable[[County], Report]] = {"grades": grades, "grade_by_township": grade_by_township, "coverage": coverage,
                                                    "sign_off": sign_off, "targets": figures, "townships": townships}


def make(db: Database, name: str, today: dt.date | None = None, language: str = "zh", tables: Tables | None = None) -> Report:
    """A report by its name, of the live store or a frozen one, as of the county's `today`. Raises Refused for an unknown name.

    `tables` are those of lib.store.programme where somebody has read them already.
    """
    if name not in REPORTS:
        raise Refused("report.unknown", name=name[:40], known=", ".join(REPORTS))
    round_ = rounds.current(db)
    tables = tables or programme.tables(db, round_, today or rounds.local(db, iso(now(db))).date())
    names = {row["code"]: row["name_en" if language == "en" else "name"] for row in organizations.townships(db)}
    return REPORTS[name](County(tables, round_.program, names, language))
