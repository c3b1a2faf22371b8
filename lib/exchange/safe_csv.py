"""The one place that writes CSV, so that Excel and WPS open it rightly and no cell of it is ever run as a formula.

UTF-8 with its mark, lines ended by CR LF, cells quoted where needed. A text that a spreadsheet would take for a formula gets an
apostrophe in front (OWASP: CSV injection); `unguarded` takes exactly that one away again. Numbers are written as they are.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TextIO

ENCODING = "utf-8-sig"
MARK = "'"
RISKY = re.compile(r"'*(?:[^\S\t\r\n]|[\u200b\ufeff])*[=+\-@\t\r\n\0＝＋－＠]")
"""A formula's first character after blanks, or what looks so behind apostrophes: those are marked too, so that unmarking is exact."""
NEEDS_MARKS = re.compile(r'[",\r\n]')
EPOCH = (1980, 1, 1, 0, 0, 0)

Cell = str | int | float | Decimal | bool | None


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return MARK + text if RISKY.match(text) else text


def unguarded(text: str) -> str:
    """A text as it was before `guarded`."""
    return text[1:] if text.startswith(MARK) and RISKY.match(text[1:]) else text


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return guarded(cell) if isinstance(cell, str) else str(cell)


def cell(text: str) -> str:
    """A text as a finished cell: guarded, in quotation marks where something in it asks for them."""
    text = guarded(text)
    return '"' + text.replace('"', '""') + '"' if NEEDS_MARKS.search(text) else text


def line(row: Sequence[Cell]) -> str:
    """A row as a finished line."""
    return ",".join([cell(each) if isinstance(each, str) else _written(each) for each in row]) + "\r\n"


def write(file: TextIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a table to a text file opened with `newline=""`. Returns the number of rows below the header."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([guarded(title) for title in header])
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 (the last value is the result)
        writer.writerow([_written(cell) for cell in row])
    return count


def text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A small table as text, without the encoding's mark: for a pipe or a screen."""
    file = io.StringIO(newline="")
    write(file, header, rows)
    return file.getvalue()


def data(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A small table as a file's bytes."""
    return text(header, rows).encode(ENCODING)


def member(name: str) -> zipfile.ZipInfo:
    """A zip member whose bytes depend on its name and content alone: no clock, no user, no system."""
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info
