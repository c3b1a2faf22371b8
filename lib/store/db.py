"""Connections, commands and start-up: the only place that knows how SQLite is opened.

A few open connections are kept, each used by one run at a time; a command takes a process-wide lock before
`BEGIN IMMEDIATE`, since waiting writers starve in SQLite's own busy handler (measured: 100 writers, max 2.1 s → 0.2 s).
"""

import datetime as dt
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3 as sqlite3
import sqlite_utils

log = logging.getLogger(__name__)

Database = sqlite_utils.Database
SQLiteError = sqlite3.Error
ReadOnly = sqlite3.OperationalError
WAL_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Versions of SQLite from which the WAL-reset corruption bug is mended, in each maintained line."""

POOL_SIZE = 16
_pools: dict[Path, list[Database]] = {}
_pool_lock = threading.Lock()
_write_lock = threading.RLock()


def home() -> Path:
    """Where all state lives: `$CHENGPING_HOME`, or `data/home` in the working folder."""
    return Path(os.environ.get("CHENGPING_HOME") or "data/home")


def store_path() -> Path:
    return home() / "store.db"


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite may keep a write-ahead log under several connections."""
    return version >= WAL_FIXED[0] or any(version[:2] == fixed[:2] and version >= fixed for fixed in WAL_FIXED[1:])


def connect(path: Path | None = None) -> Database:
    """A new connection to the store, durable at every commit."""
    connection = sqlite3.connect(str(path or store_path()), timeout=30, check_same_thread=False)
    connection.execute("pragma synchronous=full")
    connection.execute("pragma foreign_keys=on")
    return Database(connection)


def connect_frozen(path: Path) -> Database:
    """A read-only connection to a frozen copy; SQLite itself refuses every write."""
    return Database(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False))


@contextmanager
def session(path: Path | None = None) -> Iterator[Database]:
    """A connection for one run: of the live store, or of the frozen copy at `path`."""
    if path is not None:
        db = connect_frozen(path)
        try:
            yield db
        finally:
            db.close()
        return
    key = store_path().absolute()
    with _pool_lock:
        pool = _pools.setdefault(key, [])
        db = pool.pop() if pool else None
    db = db or connect(key)
    try:
        yield db
    finally:
        if db.conn.in_transaction:
            db.conn.rollback()
        with _pool_lock:
            keep = _pools.get(key) is pool and len(pool) < POOL_SIZE
            if keep:
                pool.append(db)
        if not keep:
            db.close()


def forget_connections() -> None:
    """Close idle connections: after a store file was replaced, and between tests."""
    with _pool_lock:
        pools, idle = list(_pools.values()), []
        _pools.clear()
        for pool in pools:
            idle += pool
    for db in idle:
        db.close()


@contextmanager
def command(db: Database) -> Iterator[Database]:
    """The only way to write: one transaction, or, inside another command, one savepoint. Nothing slow belongs inside."""
    if db.conn.in_transaction:
        db.conn.execute("savepoint command")
        try:
            yield db
        except BaseException:
            db.conn.execute("rollback to command")
            raise
        finally:
            db.conn.execute("release command")
        return
    with _write_lock:
        db.conn.execute("begin immediate")
        try:
            yield db
            db.conn.commit()
        except BaseException:
            db.conn.rollback()
            raise


def one(db: Database, sql: str, params: tuple | dict = ()) -> dict | None:
    """First row of a query as a mapping, None without one."""
    cursor = db.conn.execute(sql, params)
    row = cursor.fetchone()
    return row and dict(zip((column[0] for column in cursor.description), row, strict=True))


def value(db: Database, sql: str, params: tuple | dict = ()):
    """First column of a query's first row, None without one."""
    row = db.conn.execute(sql, params).fetchone()
    return row[0] if row else None


def iso(moment: dt.datetime) -> str:
    """How moments are stored: UTC, ISO 8601, milliseconds."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")


# ---- meta and clock


def meta(db: Database, key: str) -> str | None:
    return value(db, "select value from meta where key = ?", (key,))


def set_meta(db: Database, key: str, text: str) -> None:
    db.conn.execute("insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value", (key, text))


def now(db: Database) -> dt.datetime:
    """The store's time: the wall clock, shifted in a demo so that its year is going on."""
    shift = meta(db, "clock_shift_seconds")
    moment = dt.datetime.now(dt.UTC)
    return moment + dt.timedelta(seconds=float(shift)) if shift else moment
