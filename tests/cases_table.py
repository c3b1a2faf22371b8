"""Small tables of cases for tests: `table` fills in what a row leaves out, with the columns and types of the store's."""

import pandas as pd

from lib.store.cases import COLUMNS

EMPTY = {"kind": "village", "committee": "C1", "committee_name": "甲镇党委", "township": "T1", "township_name": "甲镇", "members": 30,
         "state": "not_submitted", "issued": 0, "returned": 0, "satisfied": 0, "basically_satisfied": 0}


def table(*rows: dict) -> pd.DataFrame:
    filled = [{"code": f"O{number}", "name": f"第{number}党支部", **EMPTY, **row} for number, row in enumerate(rows, 1)]
    return pd.DataFrame(filled, columns=list(COLUMNS)).astype(COLUMNS)


def approved(grade: str, **columns: object) -> dict:
    return {"state": "approved", "grade": grade, "decided_on": "2012-04-10", **columns}
