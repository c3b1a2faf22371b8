"""What differs between two versions of a table: rows added, removed, and changed field by field.

Rows are tuples of text and are told apart by their key. A table may have millions of rows: of each only two numbers are held, and the
rows themselves pass by again for those that differ, so memory grows with what differs and hardly with the table.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import pandas as pd

Row = tuple[str, ...]
Rows = Callable[[], Iterable[Row]]
"""A table that can be gone through more than once, each time with the same rows."""
ADDED, REMOVED, CHANGED = KINDS = ("added", "removed", "changed")


@dataclass(frozen=True)
class Difference:
    """One row that differs: as it was (None: added) and as it is (None: removed)."""

    before: Row | None
    after: Row | None

    @property
    def kind(self) -> str:
        return ADDED if self.before is None else REMOVED if self.after is None else CHANGED

    @property
    def row(self) -> Row:
        """The row that says what it is about: as it is, or as it last was."""
        return self.after or self.before or ()

    @property
    def fields(self) -> tuple[int, ...]:
        """Places of the cells that changed; none of a row that came or went whole."""
        if self.before is None or self.after is None:
            return ()
        return tuple(place for place, (was, now) in enumerate(zip(self.before, self.after, strict=True)) if was != now)


def between(before: Rows, after: Rows, key: Sequence[int]) -> Iterator[Difference]:
    """Every difference: what was removed and what changed in the order of `before`, then what was added in the order of `after`.

    `key` are the places of the cells that tell rows apart; no key may stand in a table twice.
    """
    old, new = _numbers(before, key), _numbers(after, key)
    both = old.index.intersection(new.index)
    altered = set(both[(old[both] != new[both]).to_numpy()])
    gone, come = set(old.index.difference(both)), set(new.index.difference(both))
    del old, new, both
    added, now = [], {}
    for row in after() if come or altered else ():
        mark = _number(_key(row, key))
        if mark in altered:
            now[mark] = row
        elif mark in come:
            added.append(row)
    for row in before() if gone or altered else ():
        mark = _number(_key(row, key))
        if mark in altered:
            yield Difference(row, now.pop(mark))
        elif mark in gone:
            yield Difference(row, None)
    for row in added:
        yield Difference(None, row)


def _numbers(rows: Rows, key: Sequence[int]) -> pd.Series:
    """A number for each row, by the number of its key."""
    marks, digests = array("Q"), array("Q")
    for row in rows():
        marks.append(_number(_key(row, key)))
        digests.append(_number(row))
    return pd.Series(digests, index=pd.Index(marks, dtype="uint64"), dtype="uint64")


def _key(row: Row, key: Sequence[int]) -> Row:
    return tuple(row[place] for place in key)


def _number(cells: Row) -> int:
    """64 bits: among a million rows two share one about once in forty million tables."""
    return int.from_bytes(blake2b(repr(cells).encode("utf-8", "surrogatepass"), digest_size=8).digest())
