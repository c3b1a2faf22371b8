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


ITEM = {"code": "l1", "committee": "C1", "township": "T1", "state": "open", "light": "on_time", "signed_off_on": None}


def tables(*rows: dict, items: tuple[dict, ...] = ()) -> dict[str, pd.DataFrame]:
    """The tables that the overview's figures are over: organizations with what the ledger says of them, and its items."""
    organizations = table(*({column: value for column, value in row.items() if column in COLUMNS} for row in rows))
    ledger = {"backward": [row.get("backward", False) for row in rows], "ledger_on": [row.get("ledger_on") for row in rows]}
    return {"organizations": organizations.assign(**ledger),
            "items": pd.DataFrame([{**ITEM, **item} for item in items], columns=list(ITEM), dtype="object")}
