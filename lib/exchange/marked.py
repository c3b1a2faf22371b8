"""A table that was refused, handed back: the same lines in the same places, what is wrong in red tint with a note in words.

Its first column says what is wrong with each row, and is not read when the corrected table is handed in again.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping

from lib.core import phrases
from lib.core.model import Problem
from lib.exchange import handout, tabular
from lib.exchange.tabular import Table

MOST_NOTES = 2000
"""Cells that get a note; the tint and the words before the row are there for all."""
CELL_LIMIT = 32_767
"""Characters that a cell holds."""
REASONS_WIDTH = 60


def has_places(problems: Iterable[Problem]) -> bool:
    """Whether anything is wrong with a row: else there is nothing to mark."""
    return any("row" in dict(problem.params) for problem in problems)


def workbook(table: Table, problems: Iterable[Problem], language: str) -> bytes:
    """The table as XLSX with its problems marked."""
    header = table.lines.get(table.header, ("",))
    shift = 0 if header and tabular.key(header[0]) in map(tabular.key, tabular.PROBLEMS) else 1  # it was handed back before
    rows, places = _placed(problems, shift, language)
    file = io.BytesIO()
    with handout.book(file) as book:
        sheet, head, text = book.add_worksheet(), *handout.formats(book)
        bad = book.add_format({"num_format": "@", "bg_color": "#F6D8D2", "border": 1, "border_color": "#B4232A"})
        why = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "font_color": "#9C1F26"})
        sheet.set_column(0, 0, REASONS_WIDTH, why)
        sheet.set_column(1, max(len(line) for line in table.lines.values()), handout.WIDTH, text)
        for number, line in table.lines.items():
            sheet.write_string(number - 1, 0, _cut("\n".join(rows.get(number, ()))), why)
            for position, told in enumerate(line):
                if position + shift:
                    sheet.write_string(number - 1, position + shift, _cut(told), head if number == table.header else text)
        sheet.write_string(table.header - 1, 0, tabular.PROBLEMS[phrases.LANGUAGES.index(language)], head)
        for count, ((number, position), words) in enumerate(places.items()):
            line = table.lines[number]
            sheet.write_string(number - 1, position + shift, _cut(line[position]) if position < len(line) else "", bad)
            if count < MOST_NOTES:
                sheet.write_comment(number - 1, position + shift, "\n".join(words), {"x_scale": 2.5})
        sheet.freeze_panes(table.header, 1)
    return file.getvalue()


def _placed(problems: Iterable[Problem], shift: int, language: str) -> tuple[Mapping[int, list[str]], Mapping[tuple[int, int], list[str]]]:
    """What is wrong in words, by row and by cell (row from 1, column from 0); the words name the columns as they are called in the new file."""
    positions = {tabular.letter(position): position for position in range(tabular.COLUMN_LIMIT)}
    rows, places = defaultdict(list), defaultdict(list)
    for problem in problems:
        params = dict(problem.params)
        if "row" not in params:
            continue
        position = positions.get(params.get("letter"))
        if position is not None:
            params["letter"] = tabular.letter(position + shift)
        words = phrases.explain(Problem.of(problem.code, **params), language)
        rows[params["row"]].append(words)
        if position is not None:
            places[params["row"], position].append(words)
    return rows, places


def _cut(text: str) -> str:
    return handout.cell(text)[:CELL_LIMIT]
