"""Workbooks in tests: read as rows of values, changed as somebody would in WPS, and written again."""

import io

import xlsxwriter
from python_calamine import CalamineWorkbook


def rows_of(content: bytes) -> dict[str, list[list]]:
    """Every sheet's rows, header first."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def workbook(sheets: dict[str, list[list]]) -> bytes:
    """A workbook of such rows; numbers become numbers, texts stay texts."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, value in enumerate(row):
                    if value not in ("", None):
                        (sheet.write_string if isinstance(value, str) else sheet.write)(number, position, value)
    return file.getvalue()


class Edited:
    """A questionnaire's workbook that is being edited: cells by the name of the item and the header of the column."""

    def __init__(self, content: bytes):
        self.sheets = rows_of(content)

    def column(self, header: str, sheet: str = "survey") -> int:
        return next(place for place, title in enumerate(self.sheets[sheet][0]) if title.split("::")[0] == header or title == header)

    def row(self, name: str, sheet: str = "survey", type_: str = "") -> int:
        """Index of the row with a name; its number in the file is one more."""
        named, typed = self.column("name", sheet), 0
        return next(place for place, row in enumerate(self.sheets[sheet]) if row[named] == name and row[typed].startswith(type_))

    def set(self, name: str, header: str, value, sheet: str = "survey") -> "Edited":
        self.sheets[sheet][self.row(name, sheet)][self.column(header, sheet)] = value
        return self

    def insert(self, after: str, values: dict[str, object], sheet: str = "survey") -> "Edited":
        """A new row under another one."""
        row = [""] * len(self.sheets[sheet][0])
        for header, value in values.items():
            row[self.column(header, sheet)] = value
        self.sheets[sheet].insert(self.row(after, sheet) + 1, row)
        return self

    def remove(self, *names: str) -> "Edited":
        named = self.column("name")
        self.sheets["survey"] = [row for row in self.sheets["survey"] if row[named] not in names]
        return self

    def bytes(self) -> bytes:
        return workbook(self.sheets)
