"""A separate process that turns a spreadsheet (stdin) into rows as JSON (stdout), with a limit on memory and time.

Arguments: most rows, most columns, most characters, then names of the sheets that are wanted; without a name the first one, called "".

Run by `lib.exchange.tabular` only: two cells far apart make the parser ask for more memory than a machine has, and a parser
that runs out of memory takes its process with it. Imports nothing of the project, so that it starts quickly.
"""

import datetime as dt
import io
import json
import math
import resource
import sys

from python_calamine import CalamineWorkbook

MEMORY = 2**30
SECONDS = 20


def plain(value: object) -> object:
    """A cell as JSON can carry it: text, true or false, a number, or a date as ISO text."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    return value if isinstance(value, str | bool | int | float) else str(value)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most_rows, most_columns, most_text = map(int, sys.argv[1:4])
    book, wanted = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())), sys.argv[4:]
    sheets = {name.strip().casefold(): book.get_sheet_by_name(name) for name in book.sheet_names if name.strip().casefold() in wanted}
    found = {}
    for name, sheet in (sheets if wanted else {"": book.get_sheet_by_index(0)}).items():
        # one more than allowed is enough for the caller to see that there are too many
        rows = sheet.to_python(skip_empty_area=False, nrows=most_rows + 1) if sheet.width else []
        found[name] = [[plain(cell) for cell in row[:most_columns + 1]] for row in rows]
    # one long text may be shared by all cells of a small file
    if sum(len(cell) for rows in found.values() for row in rows for cell in row if isinstance(cell, str)) > most_text:
        sys.exit("too much text")
    sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
