"""Any table as a workbook: codes and telephones stay text, the header stays in sight and can be filtered, and no cell is ever a formula.

A text's cell holds exactly that text; only what XML itself cannot hold is replaced, and what is longer than a cell is cut with a mark.
A table longer than a sheet goes on in the next one. Rows are written as they come: memory does not grow with them.
"""

import datetime as dt
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_576
CELL_LIMIT = 32_767
CUT = "…"
NAME_LIMIT = 31
"""Characters that the name of a sheet may have."""
LOOKED_AT = 200
"""Rows that widths and the kinds of columns are told from."""
NARROW, WIDE = 8, 48
BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What no XML file holds."""
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")

Cell = str | int | float | Decimal | bool | dt.date | None


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its header, its rows."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def text(value: str) -> str:
    """A text as a cell can hold it."""
    held = BROKEN.sub("\ufffd", value)
    return held if len(held) <= CELL_LIMIT else held[:CELL_LIMIT - 1] + CUT


def write(file: BinaryIO, sheets: Iterable[Sheet]) -> None:
    """Write tables to a binary file, each to a sheet of its own; without any, one empty sheet."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        formats = {"head": book.add_format({"bold": True, "bg_color": "#F2EEE6", "bottom": 1, "num_format": "@", "text_wrap": True, "valign": "top"}),
                   "text": book.add_format({"num_format": "@"}), "number": book.add_format(), "date": book.add_format({"num_format": "yyyy-mm-dd"})}
        taken: set[str] = set()
        for sheet in sheets:
            _table(book, sheet, formats, taken)
        if not taken:
            book.add_worksheet()


def data(sheets: Iterable[Sheet]) -> bytes:
    """Tables as a workbook's bytes."""
    file = io.BytesIO()
    write(file, sheets)
    return file.getvalue()


def _name(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have and none has yet; spreadsheets compare them without case."""
    base = NOT_IN_NAMES.sub(" ", text(wanted)).strip(" '")[:NAME_LIMIT] or "1"
    name, number = base, 1
    while name.casefold() in taken or name.casefold() == "history":  # Excel keeps that one for itself
        number += 1
        name = f"{base[:NAME_LIMIT - len(str(number)) - 1].rstrip()} {number}"
    taken.add(name.casefold())
    return name


def _table(book: xlsxwriter.Workbook, sheet: Sheet, formats: dict[str, Format], taken: set[str]) -> None:
    rows = iter(sheet.rows)
    first = list(islice(rows, LOOKED_AT))
    columns = list(enumerate(zip(sheet.header, *first, strict=True)))
    rows = chain(first, rows)
    more = True
    while more:
        page = book.add_worksheet(_name(sheet.name, taken))
        for place, cells in columns:
            page.set_column(place, place, _width(cells), formats["text" if any(isinstance(cell, str) for cell in cells[1:]) else "number"])
        page.freeze_panes(1, 0)
        for place, title in enumerate(sheet.header):
            page.write_string(0, place, text(title), formats["head"])
        last, more = _fill(page, rows, formats)
        if sheet.header:
            page.autofilter(0, 0, last, len(sheet.header) - 1)


def _fill(page: Worksheet, rows: Iterator[Sequence[Cell]], formats: dict[str, Format]) -> tuple[int, bool]:
    """Write rows until the sheet is full. Gives the last row's number, and whether there may be more."""
    number = 0
    for number, row in enumerate(islice(rows, SHEET_ROWS - 1), 1):
        for place, cell in enumerate(row):
            _put(page, number, place, cell, formats)
    return number, number == SHEET_ROWS - 1


def _put(page: Worksheet, number: int, place: int, cell: Cell, formats: dict[str, Format]) -> None:
    match cell:
        case None | "":
            return
        case bool():
            page.write_boolean(number, place, cell)
        case str():
            page.write_string(number, place, text(cell), formats["text"])
        case dt.date():
            page.write_datetime(number, place, cell, formats["date"])
        case _:
            if math.isfinite(cell):
                page.write_number(number, place, cell)


def _width(cells: Sequence[Cell]) -> float:
    """Characters that a column shows; a Chinese one counts for two."""
    return min(WIDE, max(NARROW, *(2 + sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(cell or "")[:WIDE]) for cell in cells)))
