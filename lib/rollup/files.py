"""An overview as files: CSV and JSON with a line for each figure of each county, XLSX with a sheet to read, one to compute with, and the grades."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from lib.core.phrases import text
from lib.core.targets import Figure
from lib.exchange import safe_csv, spreadsheet
from lib.exchange.safe_csv import Cell
from lib.exchange.spreadsheet import Sheet
from lib.rollup.overview import GRADES, Overview

TOTAL = "total"
COLUMNS = ("county", "county_name", "day", "figure", "figure_label", "count", "total", "rate", "target", "target_is", "gap", "status", "rank",
           "counties")
MISSING = "not_available"
"""Status of a figure that a county's snapshot has no tables or columns for."""


def day(overview: Overview, county: str) -> str:
    """The day of a county's snapshot, on its clock."""
    at = next(given.at for given in overview.counties if given.county == county)
    return dt.datetime.fromisoformat(at).astimezone(ZoneInfo(overview.program.timezone)).date().isoformat()


def lines(overview: Overview, language: str) -> Iterator[tuple[Cell, ...]]:
    """Under COLUMNS: the figures of every county, then those of all together; `counties` is how many a line is about."""
    for given in overview.counties:
        for code in overview.codes:
            yield (given.county, given.name, day(overview, given.county), code, text(f"measure.{code}", language),
                   *_cells(overview.figures[given.county][code], overview, code), overview.ranks[given.county][code],
                   int(overview.figures[given.county][code] is not None))
    for code in overview.codes:
        figure, counties = overview.totals[code]
        yield TOTAL, text("rollup.total", language), None, code, text(f"measure.{code}", language), *_cells(figure, overview, code), None, counties


def _cells(figure: Figure | None, overview: Overview, code: str) -> tuple[Cell, ...]:
    target = overview.program.target(code)
    bounds = Decimal(str(target.value)), "at_most" if target.at_most else "at_least"
    if figure is None:
        return None, None, None, *bounds, None, MISSING
    return (figure.count, figure.total, _hundredths(figure.rate), *bounds, _hundredths(figure.gap), figure.status or "")


def _hundredths(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-2)


def csv(overview: Overview, language: str) -> bytes:
    return safe_csv.data(COLUMNS, lines(overview, language))


def as_json(overview: Overview, language: str) -> bytes:
    """Counties, lines and grades as one object; rates are numbers, what is not available is null."""
    def plain(cell: Cell) -> Cell:
        return float(cell) if isinstance(cell, Decimal) else cell

    content = {
        "counties": [{"county": given.county, "county_name": given.name, "snapshot": given.snapshot, "day": day(overview, given.county),
                      "organizations": overview.organizations(given.county)} for given in overview.counties],
        "figures": [dict(zip(COLUMNS, map(plain, line), strict=True)) for line in lines(overview, language)],
        "grades": [{"county": county, "kind": kind, "grade": grade, "organizations": count}
                   for county, grades in overview.grades.items() for (kind, grade), count in sorted(grades.items())]}
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def xlsx(overview: Overview, language: str) -> bytes:
    file = io.BytesIO()
    head = [text(f"rollup.column.{column}", language) for column in COLUMNS]
    spreadsheet.write(file, (
        Sheet(text("rollup.overview", language), *_wide(overview, language)),
        Sheet(text("rollup.figures", language), head, lines(overview, language)),
        Sheet(text("rollup.grades", language), *_grades(overview, language))))
    return file.getvalue()


def _wide(overview: Overview, language: str) -> tuple[list[str], Iterator[tuple[Cell, ...]]]:
    """A line for each county: its rates, in per cent."""
    header = [*(text(f"rollup.column.{column}", language) for column in ("county", "county_name", "day", "organizations")),
              *(text(f"measure.{code}", language) for code in overview.codes)]

    def rows() -> Iterator[tuple[Cell, ...]]:
        for given in overview.counties:
            found = overview.figures[given.county]
            yield (given.county, given.name, day(overview, given.county), overview.organizations(given.county),
                   *(figure and _hundredths(figure.rate) for figure in (found[code] for code in overview.codes)))
        yield (TOTAL, text("rollup.total", language), None, overview.organizations(),
               *(figure and _hundredths(figure.rate) for figure, _ in (overview.totals[code] for code in overview.codes)))

    return header, rows()


def _grades(overview: Overview, language: str) -> tuple[list[str], Iterator[tuple[Cell, ...]]]:
    """County × kind × grade, and the kinds of all together."""
    header = [*(text(f"rollup.column.{column}", language) for column in ("county", "county_name", "kind", "organizations")),
              *(text(f"report_column.{grade}", language) for grade in GRADES)]
    own = [(given.county, given.name, overview.grades[given.county]) for given in overview.counties]
    every = {(kind, grade): overview.grade(kind, grade) for kind in overview.kinds for grade in GRADES}
    rows = ((county, name, text(f"kind.{kind}", language), sum(counts), *counts)
            for county, name, grades in (*own, (TOTAL, text("rollup.total", language), every)) for kind in overview.kinds
            for counts in [[grades.get((kind, grade), 0) for grade in GRADES]])
    return header, rows


WRITERS: Mapping[str, Callable[[Overview, str], bytes]] = {".csv": csv, ".json": as_json, ".xlsx": xlsx}
"""Ending → what writes it."""
