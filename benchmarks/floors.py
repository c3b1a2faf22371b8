"""Floors of the store: what the same disk and the same library do at the least."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from lib.store import db

IN_MEMORY = 0.00005
"""Seconds below which a durable insert has not waited for any disk."""


class BareInsert:
    """One row in one durable transaction, in a file beside the store, opened as the store is opened."""

    def __init__(self, folder: Path):
        self.db = db.connect(folder / "floor.db")
        self.db.conn.execute(f"pragma journal_mode={'wal' if db.wal_is_safe() else 'delete'}")
        self.db.conn.execute("create table rows(id integer primary key, body text not null) strict")

    def __call__(self) -> None:
        self.db.conn.execute("begin immediate")
        self.db.conn.execute("insert into rows(body) values(?)", ("x" * 100,))
        self.db.conn.commit()


class FlatTable:
    """A ready table of the same rows and columns, read whole into the same data frame."""

    def __init__(self, folder: Path, frame: pd.DataFrame, dtypes: dict[str, str]):
        self.dtypes = dtypes
        self.db = db.connect(folder / "floor.db")
        self.db.conn.execute("drop table if exists flat")
        self.db.conn.execute(f"create table flat({', '.join(dtypes)})")
        rows = [tuple(None if pd.isna(value) else value for value in row) for row in frame.astype(object).itertuples(index=False)]
        self.db.conn.executemany(f"insert into flat values({', '.join('?' * len(dtypes))})", rows)
        self.db.conn.commit()

    def __call__(self) -> pd.DataFrame:
        return pd.DataFrame(self.db.conn.execute("select * from flat").fetchall(), columns=list(self.dtypes)).astype(self.dtypes)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(work: Iterable[Callable[[], object]], floor: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Seconds of every piece of work and of a floor run before each: a disk that is busy for a while is so for both."""
    taken, least = [], []
    for each in work:
        least.append(seconds(floor))
        taken.append(seconds(each))
    return taken, least
