"""Whether a store is whole: its pages, its references, and the chain of its events."""

from lib.core.model import Problem
from lib.store import events
from lib.store.db import Database, SQLiteError

SHOWN = 5


def faults(db: Database) -> tuple[Problem, ...]:
    """Everything that is wrong with a store, empty when it is sound. A damaged page hides what stands behind it."""
    try:
        pages = [row[0] for row in db.conn.execute(f"pragma integrity_check({SHOWN})") if row[0] != "ok"]
        if pages:
            return tuple(Problem.of("integrity.page", detail=line) for line in pages)
        dangling: dict[str, int] = {}
        for table, *_ in db.conn.execute("pragma foreign_key_check"):
            dangling[table] = dangling.get(table, 0) + 1
        found = [Problem.of("integrity.reference", table=table, count=count) for table, count in sorted(dangling.items())]
        broken = events.first_broken(db)
    except SQLiteError as error:
        return (Problem.of("integrity.page", detail=str(error)),)
    return (*found, *(() if broken is None else (Problem.of("integrity.chain", seq=broken),)))
