"""Tables that people hand in, CSV or spreadsheet, as rows of text that know where they stood.

Nothing of a file is trusted: its size, what a packed one unpacks to, its rows and columns are bounded before and while it is read.
A cell becomes the text that a person sees in it; what Excel has already rounded keeps its exponent, so that it can be refused.
"""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from lib.core.model import Problem, Refused
from lib.exchange import safe_csv

SIZE_LIMIT = 10 * 2**20
ROW_LIMIT = 20_000
COLUMN_LIMIT = 200
LINE_LIMIT = 100_000
"""Lines of a file, blank ones too."""
UNPACKED_LIMIT = 64 * 2**20
RATIO_LIMIT = 100
MEMBER_LIMIT = 200
RATIO_FROM = 2**20
"""Small members may be packed as tightly as they like: an empty sheet is."""
SECONDS = 30
DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number."""
HEADER_WITHIN = 10
"""Lines that are not blank among which the header is looked for: above it offices write a title, often in merged cells."""
PROBLEMS = ("问题（不导入）", "problems (not imported)")
"""Headers of the column that `lib.exchange.marked` puts before a table that is handed back: never read."""
VERSION = "version"
"""The column that says of what state of the store a row was made; it comes with every table that is handed out to be edited."""
VERSION_HEADERS = ("版本号（请勿改）", "version (do not change)")

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BLANKS = re.compile(r"[\s\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]+")
EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
WHOLE = re.compile(r"([+-]?\d+)\.0+")


@dataclass(frozen=True)
class Row:
    """One row of a table: its number in the file, and the text under each column that was recognised."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """The rows under the header; `letters` gives the file's own letter of each recognised column, `ignored` the headers of the others.

    `lines` are all lines that are not blank as they stood, by number; the header is line `header`.
    """

    letters: Mapping[str, str]
    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()
    header: int = 1
    lines: Mapping[int, Sequence[str]] = field(default_factory=dict, compare=False, repr=False)

    def place(self, row: Row, column: str) -> dict[str, object]:
        """Parameters of a problem that say where it is."""
        return {"row": row.number, "letter": self.letters.get(column, "?"), "column": column}


def letter(position: int) -> str:
    """Letter of a column counted from 0: A, B, … Z, AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


def clean(text: str) -> str:
    """Text without what cannot be seen and without blanks around it; line breaks inside become blanks."""
    return BLANKS.sub(" ", "".join(c if c.isprintable() else " " for c in text)).strip()


def key(text: str) -> str:
    """What two spellings of the same word or number have in common: width, case and blanks do not count."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def digits(text: str) -> str:
    """A code or number as typed: half-width, without blanks, and without the `.0` that a spreadsheet adds to whole numbers."""
    plain = BLANKS.sub("", unicodedata.normalize("NFKC", text))
    whole = WHOLE.fullmatch(plain)
    return whole[1] if whole else plain


def lost_digits(text: str) -> bool:
    """Whether a spreadsheet has already rounded a long number (1.38E+10): what it was cannot be known any more."""
    return EXPONENT.fullmatch(digits(text)) is not None


# ---- reading


def read(content: bytes, columns: Mapping[str, Sequence[str]], required: Iterable[str], most_columns: int = COLUMN_LIMIT) -> Table:
    """A table from a CSV, XLSX or XLS file's bytes. `columns` maps each column's code to other headers that mean the same.

    The header is the first row with every required column (without such, the one with most) of the first that are not blank: above it may
    stand a title, and it may have a second storey. Columns may stand in any order, and a header may end in the * of a template. Raises Refused,
    naming every missing column.
    """
    if len(content) > SIZE_LIMIT:
        raise Refused("table.too_large", limit=SIZE_LIMIT // 2**20)
    if content.startswith((ZIP, OLE)):
        lines = _sheets(content, (), most_columns).get("", [])
    else:
        lines = _csv(content, {key(header) for code, others in columns.items() for header in (code, *others)})
    return _table(lines, columns, tuple(required), most_columns)


def sheets(content: bytes, names: Sequence[str]) -> dict[str, list[list[str]]]:
    """Lines of the named sheets of an XLSX or XLS file, by lower-case name; one that the file lacks is left out. Raises Refused."""
    if len(content) > SIZE_LIMIT:
        raise Refused("table.too_large", limit=SIZE_LIMIT // 2**20)
    if not content.startswith((ZIP, OLE)):
        raise Refused("table.unreadable")
    return {name: [list(_trimmed(line, number)) for number, line in _bounded(lines)]
            for name, lines in _sheets(content, names, COLUMN_LIMIT).items()}


def _table(lines: Iterable[Sequence[str]], columns: Mapping[str, Sequence[str]], required: tuple[str, ...], most: int) -> Table:
    meaning = {key(header): code for code, others in columns.items() for header in (code, *others)}
    numbered = ((number, line) for number, line in _bounded(lines) if any(clean(cell) for cell in line))
    first = [(number, _trimmed(line, number, most)) for number, line in islice(numbered, HEADER_WITHIN)]
    if not first:
        raise Refused("table.empty")
    place, titles, under = _header([line for _, line in first], meaning, required)
    header, kept = first[place], dict(first)
    positions, ignored, problems = {}, [], []
    for position, title in enumerate(titles):
        code = _meant(title, meaning)
        if code is None:
            ignored += [clean(title)] if clean(title) and key(title) not in map(key, PROBLEMS) else []
        elif code in positions:
            problems.append(Problem.of("table.column_twice", column=code, first=letter(positions[code]), second=letter(position)))
        else:
            positions[code] = position
    problems += [Problem.of("table.column_missing", column=code, row=header[0]) for code in required if code not in positions]
    if problems:
        raise Refused(problems=tuple(problems))
    rows = []
    below = ((number, _trimmed(line, number, most)) for number, line in numbered)
    for number, line in chain(first[under:], below):
        kept[number] = line
        cells = {code: clean(safe_csv.unguarded(line[position])) if position < len(line) else "" for code, position in positions.items()}
        if any(cells.values()):
            rows.append(Row(number, cells))
        if len(rows) > ROW_LIMIT:
            raise Refused("table.too_many_rows", limit=ROW_LIMIT)
    if not rows:
        raise Refused("table.no_rows")
    return Table({code: letter(position) for code, position in positions.items()}, tuple(rows), tuple(ignored), header[0],
                 kept)


def _meant(title: str, meaning: Mapping[str, str]) -> str | None:
    """The column that a header names."""
    told = key(title)
    return meaning.get(told) or meaning.get(told.rstrip("*"))


def _header(lines: Sequence[Sequence[str]], meaning: Mapping[str, str], required: tuple[str, ...]) -> tuple[int, Sequence[str], int]:
    """Place of the header among the first lines, its titles, and the place of the line under it; it may have two storeys, 人员 over 党员数 and 书记.

    Where nothing is required, two columns tell a header from a title that is called like one.
    """
    def codes(titles: Sequence[str]) -> set[str]:
        return {code for title in titles if (code := _meant(title, meaning))}

    def whole(titles: Sequence[str]) -> bool:
        return codes(titles).issuperset(required) if required else len(codes(titles)) > 1

    def storeys(place: int) -> Sequence[str]:
        """The line with the one under it, where that one says what columns are that the line itself does not."""
        top, under = lines[place], lines[place + 1] if place + 1 < len(lines) else ()
        filled = {position: title for position, title in enumerate(under) if clean(title)}
        if not codes(filled.values()) or any(_meant(top[position], meaning) for position in filled if position < len(top)):
            return top
        return [filled.get(position, top[position] if position < len(top) else "") for position in range(max(len(top), len(under)))]

    places = range(len(lines))
    place = next((place for place in places if whole(lines[place])), None)
    if place is None:
        place = next((place for place in places if codes(lines[place]) and whole(storeys(place))), None)
    elif place and codes(lines[place - 1]) and storeys(place - 1) is not lines[place - 1]:
        place -= 1  # everything required stands in the lower storey
    if place is None:
        place = max(places, key=lambda place: len(codes(lines[place])))
    titles = storeys(place)
    return place, titles, place + (1 if titles is lines[place] else 2)


def _bounded(lines: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    for number, line in enumerate(lines, 1):
        if number > LINE_LIMIT:
            raise Refused("table.too_many_rows", limit=ROW_LIMIT)
        yield number, line


def _trimmed(line: Sequence[str], number: int, most: int = COLUMN_LIMIT) -> Sequence[str]:
    """A line without the blank columns at its end. Raises Refused when too many remain."""
    end = len(line)
    while end and not clean(line[end - 1]):
        end -= 1
    if end > most:
        raise Refused("table.too_many_columns", limit=most, row=number)
    return line[:end]


# ---- CSV


def _decoded(content: bytes) -> str:
    """Text of a CSV file: UTF-8, UTF-16 by its mark (Excel's "Unicode text"), else GB 18030, which contains GBK."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused("table.unreadable")


def _csv(content: bytes, known: set[str]) -> Iterator[list[str]]:
    text = _decoded(content)
    first = list(islice((line for line in io.StringIO(text, newline=None) if line.strip(" ,;\t\r\n")), HEADER_WITHIN))

    def recognised(delimiter: str) -> tuple[int, int]:
        found = [line.split(delimiter) for line in first]
        return max(((sum(key(cell.strip('" \r\n')).rstrip("*") in known for cell in cells), len(cells)) for cells in found), default=(0, 0))

    delimiter = max(",;\t", key=recognised)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            line = next(reader, None)
        except csv.Error:
            raise Refused("table.bad_quotes", row=reader.line_num) from None
        if line is None:
            return
        yield line


# ---- spreadsheets


def _sheets(content: bytes, names: Sequence[str], most_columns: int) -> dict[str, list[list[str]]]:
    """Lines of the sheets asked for, or of the first one under ""."""
    if content.startswith(ZIP):
        content = _repacked(content)
    limits = map(str, (LINE_LIMIT, most_columns, UNPACKED_LIMIT))
    try:
        # our own reader with no argument from outside; it limits its own memory and time
        child = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(Path(__file__).with_name("sheet_child.py")), *limits, *names],
            input=content, capture_output=True, timeout=SECONDS, check=True)
        return {name: [[_cell(value) for value in line] for line in lines] for name, lines in json.loads(child.stdout).items()}
    except (subprocess.SubprocessError, ValueError):
        raise Refused("table.unreadable") from None


def _repacked(content: bytes) -> bytes:
    """The same archive with its members unpacked, none of them larger than it declared. Raises Refused before unpacking a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len({info.filename for info in members}) < len(members):
                raise Refused("table.unreadable")
            tight = any(info.file_size > RATIO_FROM and info.file_size > RATIO_LIMIT * max(info.compress_size, 1) for info in members)
            if len(members) > MEMBER_LIMIT or tight or sum(info.file_size for info in members) > UNPACKED_LIMIT:
                raise Refused("table.bomb", limit=UNPACKED_LIMIT // 2**20)
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as plain:
                for info in members:
                    # reads no more than declared: an archive that lies about its sizes fails on its checksum
                    plain.writestr(zipfile.ZipInfo(info.filename), archive.read(info))
            return out.getvalue()
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError):
        raise Refused("table.unreadable") from None


def _cell(value: str | bool | int | float) -> str:
    """A spreadsheet's cell as the text that a person sees; a number with more digits than it keeps gets an exponent."""
    if isinstance(value, (bool, str)):
        return str(value)
    if value == int(value) and abs(value) < 10**DIGITS:
        return str(int(value))
    return f"{value:.{DIGITS}g}" if abs(value) < 10**DIGITS else f"{value:.{DIGITS - 1}e}"
