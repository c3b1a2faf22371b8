"""Cells of a handed-in table as values, with every complaint gathered by row and column instead of stopping at the first."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from lib.core.model import Problem
from lib.core.model import Words as Text
from lib.exchange import tabular
from lib.exchange.tabular import Row, Table

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,39}")
SCORE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?")
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\d{1,2}:\d{2}(?::\d{2})?)?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
SERIAL = re.compile(r"\d{5}")
SERIAL_EPOCH = dt.date(1899, 12, 30)
"""Day 0 of a spreadsheet's date numbers, as they appear in a cell that lost its date format."""
ALIKE = 50
"""Least likeness (per cent) of a word offered as "did you mean": one wrong character of three still counts."""


@dataclass(frozen=True)
class Changed:
    """One cell that an import changes: its row in the file, whom or what the row is about, its column, and what stands there before and after."""

    row: int
    name: str
    column: str | Text
    before: str | Text
    after: str | Text


@dataclass(frozen=True)
class Added:
    """One row of a file that an import adds, and whom or what it is about."""

    row: int
    name: str


class Words:
    """The words that a column may hold: codes and every way to write them, and what to offer for one that is none of them."""

    def __init__(self, spellings: Iterable[tuple[str, str]], shown: Mapping[str, str]):
        """`spellings` are pairs of word and code; of a word with two codes neither counts. `shown` is how a code is offered."""
        self._codes: dict[str, str | None] = {}
        for word, code in spellings:
            known = self._codes.setdefault(tabular.key(word), code)
            if known != code:
                self._codes[tabular.key(word)] = None
        self._shown = shown
        self._guesses: dict[str, str | None] = {}

    def find(self, text: str) -> str | None:
        return self._codes.get(tabular.key(text))

    def guess(self, text: str, alike: int = ALIKE) -> str | None:
        """The nearest word as it is shown, None when nothing is near."""
        if text not in self._guesses:
            words = {word: code for word, code in self._codes.items() if code}
            best = process.extractOne(tabular.key(text), words.keys(), scorer=fuzz.ratio, score_cutoff=alike)
            self._guesses[text] = best and self._shown[words[best[0]]]
        return self._guesses[text]


class Checker:
    """Reads the cells of one table; `problems` and `warnings` fill up in the order of the rows.

    `overwrite` is for rows that somebody else changed since the table was handed out: the file's word counts, with a warning.
    """

    def __init__(self, table: Table, *, overwrite: bool = False):
        self.table, self.overwrite = table, overwrite
        self.unversioned = 0
        """Rows that change something and do not say of what state of the store they were made."""
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def has(self, column: str) -> bool:
        return column in self.table.letters

    def refuse(self, row: Row, column: str, code: str, **params: object) -> None:
        self.problems.append(Problem.of(code, **self.table.place(row, column), **params))

    def warn(self, row: Row, column: str, code: str, **params: object) -> None:
        self.warnings.append(Problem.of(code, **self.table.place(row, column), **params))

    def made_of(self, row: Row, versions: Collection[str]) -> bool:
        """Whether a row that changes something was made of what stands now, as far as it says: of one of these."""
        told = tabular.digits(row.cells.get(tabular.VERSION, ""))
        self.unversioned += not told
        return not told or told in versions

    def outdated(self, row: Row, name: str, author: str, when: Text) -> None:
        """Note that somebody changed what a row is about since the table was handed out."""
        if self.overwrite:
            self.warn(row, tabular.VERSION, "import.overwrites", name=name, author=author, when=when)
        else:
            self.refuse(row, tabular.VERSION, "import.changed_since", name=name, author=author, when=when)

    def told(self) -> tuple[Problem, ...]:
        """The warnings, first of all that nobody can tell whether somebody else changed the same meanwhile."""
        unsure = [Problem.of("import.no_versions", count=self.unversioned)] if self.unversioned else []
        return (*unsure, *self.warnings)

    def text(self, row: Row, column: str, limit: int, *, required: bool = False) -> str:
        """A cell's text, half-width digits and all as typed."""
        text = row.cells.get(column, "")
        if required and not text:
            self.refuse(row, column, "cell.empty")
        if len(text) > limit:
            self.refuse(row, column, "cell.too_long", limit=limit)
        return text

    def number_text(self, row: Row, column: str, limit: int) -> str:
        """A cell that holds digits but is no number: a telephone. Refused where a spreadsheet has rounded it."""
        text = self.text(row, column, limit)
        if tabular.lost_digits(text):
            self.refuse(row, column, "cell.lost_digits", value=text)
        plain = tabular.digits(text)
        return plain if plain.isascii() and plain.isdigit() else text

    def code(self, row: Row) -> str | None:
        """The organization's code; None, with a complaint, when it is none."""
        text = tabular.digits(row.cells.get("code", ""))
        if not text:
            self.refuse(row, "code", "cell.empty")
        elif tabular.lost_digits(text):
            self.refuse(row, "code", "cell.lost_digits", value=text)
        elif not CODE.fullmatch(text):
            self.refuse(row, "code", "cell.code", value=text[:40])
        else:
            return text
        return None

    def chosen(self, row: Row, column: str, words: Words) -> str | None:
        """The code that a word stands for; None, with a complaint that offers the nearest, when it is no word of the column."""
        text = row.cells.get(column, "")
        if not text:
            self.refuse(row, column, "cell.empty")
            return None
        found = words.find(text)
        if found is None:
            guess = words.guess(text)
            offered = {"guess": guess} if guess else {}
            self.refuse(row, column, "cell.no_such_guess" if guess else "cell.no_such", value=text[:40], **offered)
        return found

    def whole(self, row: Row, column: str, most: int) -> int | None:
        text = tabular.digits(row.cells.get(column, ""))
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
            self.refuse(row, column, "cell.not_whole", value=text[:40], most=most)
            return None
        return int(text)

    def hundredths(self, row: Row, column: str) -> int | None:
        """A score of 0 to 100 with up to two decimals, or a rate in per cent, in hundredths; None when empty or refused."""
        text = tabular.digits(row.cells.get(column, "")).removesuffix("%").removesuffix("分")
        if not text:
            return None
        match = SCORE.fullmatch(text)
        value = match and 100 * int(match[1]) + int((match[2] or "").ljust(2, "0"))
        if value is None or value > 10000:
            self.refuse(row, column, "cell.score", value=row.cells[column][:40])
            return None
        return value

    def date(self, row: Row, column: str, today: dt.date) -> dt.date | None:
        """A day that is not after `today`: 2012-04-25, 2012/4/25, 2012.4.25, 2012年4月25日, 20120425 or a spreadsheet's date."""
        text = tabular.digits(row.cells.get(column, ""))
        if not text:
            self.refuse(row, column, "cell.empty")
            return None
        try:
            match = DATE.fullmatch(text) or COMPACT.fullmatch(text)
            day = dt.date(*map(int, match.groups())) if match else SERIAL_EPOCH + dt.timedelta(days=int(SERIAL.fullmatch(text)[0]))
        except (ValueError, TypeError):
            self.refuse(row, column, "cell.date", value=row.cells[column][:40])
            return None
        if day > today:
            self.refuse(row, column, "cell.future", value=day.isoformat())
            return None
        return day
