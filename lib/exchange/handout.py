"""Tables that are handed out to be edited and handed in again, and templates to fill in: every cell text, the header in sight.

Workbooks, since every cell is text there: a CSV opened in a spreadsheet loses the end of a long code and the zero before a telephone.
What is written here, `lib.exchange.tabular` reads back as it was.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format

from lib.core import phrases
from lib.exchange import safe_csv, tabular

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_ROWS = 2000
"""Rows of a template that are set to text and offer their words."""
LONGEST_LIST = 300
"""Choices that a template offers; beyond it nobody scrolls, and the file grows."""
WIDTH = 18
"""Characters that a column shows where nothing else is said."""
UNHELD = re.compile("[\0\ud800-\udfff\ufffe\uffff]")
"""What one of the file formats cannot hold; like everything that cannot be seen it is read as a blank."""


def cell(text: str) -> str:
    """A text as a file can hold it."""
    return UNHELD.sub(" ", text)


def csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV."""
    return safe_csv.data(header, ([cell(text) for text in row] for row in rows))


def workbook(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as XLSX; the column with the version of each row is grey."""
    file = io.BytesIO()
    with book(file) as out:
        sheet, head, text = out.add_worksheet(), *formats(out)
        grey = out.add_format({"num_format": "@", "font_color": "#8A8378"})
        versions = {tabular.key(each) for each in (tabular.VERSION, *tabular.VERSION_HEADERS)}
        written = [grey if tabular.key(title) in versions else text for title in header]
        for position, title in enumerate(header):
            sheet.write_string(0, position, title, head)
            sheet.set_column(position, position, WIDTH, written[position])
        for number, row in enumerate(rows, 1):
            for position, told in enumerate(row):
                sheet.write_string(number, position, marked(cell(told)), written[position])
        sheet.freeze_panes(1, 0)
    return file.getvalue()


FORMATS = {"xlsx": (workbook, MEDIA), "csv": (csv, "text/csv")}
"""Ending of a file → what makes it of header and rows, and its media type."""


def marked(text: str) -> str:
    """A text as a cell of a workbook: nothing there is run, so only what a reader would take for a mark gets one."""
    return text if safe_csv.unguarded(text) == text else safe_csv.guarded(text)


def book(file: io.BytesIO) -> xlsxwriter.Workbook:
    """A workbook that takes no text for a formula, a number or an address."""
    return xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})


def formats(out: xlsxwriter.Workbook) -> tuple[Format, Format]:
    """How headers and cells look."""
    return out.add_format({"bold": True, "bg_color": "#F2EEE6", "border": 1, "num_format": "@"}), out.add_format({"num_format": "@"})


# ---- templates


@dataclass(frozen=True)
class Column:
    """One column of a template: its header, whether it must be filled in, what it wants, an example, and words to choose from."""

    title: str
    note: str
    required: bool = False
    example: str = ""
    offered: Sequence[str] = ()
    width: int = WIDTH


def template(columns: Sequence[Column], language: str) -> bytes:
    """An empty table to fill in: headers with a note each (those with * must be filled in), one example row, drop-downs."""
    file = io.BytesIO()
    with book(file) as out:
        sheet, lists = out.add_worksheet(), out.add_worksheet(phrases.text("templates.lists", language))
        head, text = formats(out)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, column.title + ("*" if column.required else ""), head)
            required = [phrases.text("templates.required", language)] if column.required else []
            sheet.write_comment(0, position, "\n".join([*required, column.note]), {"x_scale": 2})
            sheet.set_column(position, position, column.width, text)
            sheet.write_string(1, position, column.example, text)
            if 0 < len(column.offered) <= LONGEST_LIST:
                lists.write_column(0, position, column.offered)
                place = tabular.letter(position)
                # a warning only: what is not offered is judged when the table is handed in, in words
                sheet.data_validation(1, position, TEMPLATE_ROWS, position, {
                    "validate": "list", "source": f"='{lists.get_name()}'!${place}$1:${place}${len(column.offered)}", "error_type": "warning"})
        sheet.freeze_panes(1, 0)
    return file.getvalue()
