"""What changed between two states of the county (变动榜): who rose and fell, who submitted, what was signed off, what fell overdue.

Both states are the tables of `lib.store.programme`, each as of its own day. Every list has the columns of `COLUMNS`; its length is the
count that is shown, and the lists by township add up to it.
"""

from collections.abc import Mapping

import pandas as pd

from lib.core.ledger import ItemState, Light
from lib.core.model import Grade, Stars, VillageClass
from lib.core.targets import Tables
from lib.core.workflow import HANDED_IN, State

KINDS = ("risen", "fallen", "submitted", "graded", "signed_off", "overdue", "caught_up", "raised", "added", "closed")
"""Kinds of change, in the order they are told in. A first grade is `graded`, neither a rise nor a fall."""
COLUMNS = ("code", "name", "organization", "township", "township_name", "committee", "committee_name", "what", "before", "after")
"""`what` says on which scale (`grade`, `class`, `state`, `item`), `before` and `after` are its codes; of an item the problem is `after`."""
SCALES = {"grade": tuple(each.value for each in Grade), "class": (*(each.value for each in VillageClass), *(each.value for each in Stars))}
PLACES = ("code", "name", "township", "township_name", "committee", "committee_name")
READ = (*PLACES, "grade", "class_now", "state")


def between(before: Tables, after: Tables) -> Mapping[str, pd.DataFrame]:
    """Every kind of change with its rows; kinds without a change have an empty table."""
    found = {kind: [] for kind in KINDS}
    old, new = (tables["organizations"][list(READ)].set_index("code", drop=False) for tables in (before, after))
    both = new.loc[new.index.intersection(old.index)]
    for row, was in zip(both.to_dict("records"), old.loc[both.index].to_dict("records"), strict=True):
        for scale, column in (("grade", "grade"), ("class", "class_now")):
            then, now = _code(was[column]), _code(row[column])
            if then == now or now is None:
                continue
            order = SCALES[scale]
            if then is not None:
                found["risen" if order.index(now) < order.index(then) else "fallen"].append(_row(row, scale, then, now))
            elif scale == "grade" and row["state"] == State.APPROVED:
                found["graded"].append(_row(row, scale, then, now))
        if row["state"] in HANDED_IN and was["state"] not in HANDED_IN:
            found["submitted"].append(_row(row, "state", was["state"], row["state"]))
    found["added"] = [_row(row, "state", None, row["state"]) for row in new.loc[new.index.difference(old.index)].to_dict("records")]
    found["closed"] = [_row(row, "state", row["state"], None) for row in old.loc[old.index.difference(new.index)].to_dict("records")]
    _items(before["items"], after["items"], found)
    return {kind: pd.DataFrame(rows, columns=list(COLUMNS)) for kind, rows in found.items()}


def _items(old: pd.DataFrame, new: pd.DataFrame, found: dict[str, list[tuple]]) -> None:
    was = old.set_index("code")[["state", "light"]].to_dict("index")
    for row in new[[*PLACES, "organization", "state", "light", "problem"]].to_dict("records"):
        then = was.get(row["code"])
        if then is None:
            found["raised"].append(_item(row, None))
        if row["state"] == ItemState.SIGNED_OFF and (then is None or then["state"] != ItemState.SIGNED_OFF):
            found["signed_off"].append(_item(row, then))
        late, before_late = row["light"] == Light.OVERDUE, then is not None and then["light"] == Light.OVERDUE
        if late and not before_late:
            found["overdue"].append(_item(row, then))
        if before_late and not late and row["state"] != ItemState.SIGNED_OFF:
            found["caught_up"].append(_item(row, then))


def _code(value: object) -> str | None:
    """A code, None for a cell that is empty."""
    return value if isinstance(value, str) else None


def _row(row: Mapping, what: str, before: str | None, after: str | None) -> tuple:
    code, name, township, township_name, committee, committee_name = (row[column] for column in PLACES)
    return code, name, code, _code(township), _code(township_name), committee, committee_name, what, before, after


def _item(row: Mapping, then: Mapping | None) -> tuple:
    _, name, township, township_name, committee, committee_name = (row[column] for column in PLACES)
    return (row["code"], name, row["organization"], _code(township), _code(township_name), committee, committee_name, "item",
            then and then["state"], row["problem"])


def counts(changes: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """How many of each kind."""
    return {kind: len(rows) for kind, rows in changes.items()}


def by_township(changes: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Counts by township (index; "" for the county level), a column for each kind; the columns' sums are `counts`."""
    columns = {kind: rows["township"].fillna("").value_counts() for kind, rows in changes.items()}
    return pd.DataFrame(columns).reindex(columns=list(KINDS)).fillna(0).astype(int)
