"""Empty tables to fill in and hand back: a header, one example row, words to choose from.

Workbooks, since every cell is text there: a CSV opened in a spreadsheet loses the end of a long code and the zero before a telephone.
The example's code is no code, so that a template handed back with its example is refused in words.
"""

import io
from collections.abc import Mapping, Sequence

import xlsxwriter

from lib.core import phrases
from lib.core.model import Grade, Kind
from lib.exchange import registry_import, results_import
from lib.store import organizations
from lib.store.db import Database

ROWS = 2000
"""Rows that are set to text and offer their words."""
LONGEST_LIST = 255
"""Characters that a spreadsheet allows for words to choose from."""
WIDTHS = {"code": 22, "name": 34, "committee": 26, "secretary": 16, "phone": 16}
EXAMPLES = {
    "organizations": {"name": "templates.name", "secretary": "templates.secretary", "members": "32", "start_class": "class.second"},
    "results": {"self_score": "91.5", "satisfaction": "95", "review_score": "90", "grade": "grade.good", "decided_on": "2012-04-10"},
}


def _workbook(columns: Mapping[str, Sequence[str]], example: Mapping[str, str], words: Mapping[str, Sequence[str]], language: str) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                    "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        head, text = book.add_format({"bold": True, "bg_color": "#F2EEE6", "border": 1, "num_format": "@"}), book.add_format({"num_format": "@"})
        for position, code in enumerate(columns):
            # the header in Chinese or as codes: both are understood
            sheet.write_string(0, position, phrases.text(f"column.{code}", "zh") if language == "zh" else code, head)
            sheet.set_column(position, position, WIDTHS.get(code, 12), text)
            sheet.write_string(1, position, example.get(code, ""), text)
            if code in words and len(",".join(words[code])) <= LONGEST_LIST:
                sheet.data_validation(1, position, ROWS, position, {"validate": "list", "source": list(words[code]), "error_type": "warning"})
        sheet.freeze_panes(1, 1)
    return file.getvalue()


def _example(name: str, language: str) -> dict[str, str]:
    known = phrases.catalogue()
    return {"code": phrases.text("templates.code", language),
            **{column: known[code][language] if code in known else code for column, code in EXAMPLES[name].items()}}


def organizations_table(db: Database, language: str) -> bytes:
    """Template of an organizations file, with the county's own townships to choose from."""
    places = organizations.townships(db)
    township = places[0] if places else {"code": "", "name": ""}
    committee = next((row["name"] for row in organizations.committees(db) if row["township"] == township["code"]), "")
    kinds = [phrases.text(f"kind.{kind}", language) for kind in Kind]
    example = {**_example("organizations", language), "kind": kinds[0], "committee": committee, "township": township["name"]}
    return _workbook(registry_import.COLUMNS, example, {"kind": kinds, "township": [row["name"] for row in places]}, language)


def results_table(language: str) -> bytes:
    """Template of a file with results decided on paper."""
    grades = [phrases.text(f"grade.{grade}", language) for grade in Grade]
    return _workbook(results_import.COLUMNS, _example("results", language), {"grade": grades}, language)
