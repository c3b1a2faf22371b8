"""Making a store: schema, and what a real, empty county begins with."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from lib.core.model import SYSTEM, Refused, Role
from lib.store import accounts, db, organizations, pack, records, rounds
from lib.store.db import Database, command, meta, set_meta, value
from lib.store.migrations import migrations

DEMO = "demo"
UNFINISHED = "unfinished"
"""The value of `demo` in a store whose simulated year is still being made."""
ADMINISTRATOR = "admin"


class NewerStore(RuntimeError):
    """The store was written by a newer version of the program."""


@contextmanager
def locked() -> Iterator[None]:
    """One process at a time may create or migrate a store."""
    db.home().mkdir(parents=True, exist_ok=True)
    with (db.home() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrate() -> Database:
    """Open the store and bring its schema up to date. Call it under `locked`, before serving. Raises NewerStore."""
    store = db.connect()
    if db.wal_is_safe():
        store.conn.execute("pragma journal_mode=wal")
    else:
        store.conn.execute("pragma journal_mode=delete")
        db.log.warning("This SQLite has the WAL-reset bug; the store uses journal_mode=delete, which is safe and slower.")
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    applied = {migration.name for migration in migrations.applied(store)}
    if applied - known:
        store.close()
        raise NewerStore("setup.newer_store")
    migrations.apply(store)
    return store


def is_empty(store: Database) -> bool:
    return value(store, "select count(*) from rounds") == 0


def is_demo(store: Database) -> bool:
    return meta(store, DEMO) in ("1", UNFINISHED)


def clear(store: Database) -> None:
    """Empty a demo's store that could not be finished, with its snapshots: the schema is made anew. Never a real one. Raises Refused."""
    if meta(store, DEMO) == "0":
        raise Refused("setup.not_empty")
    store.conn.rollback()
    store.conn.execute("pragma foreign_keys=off")
    for table in [name for name, in store.conn.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")]:
        store.conn.execute(f"drop table [{table}]")
    store.conn.execute("pragma foreign_keys=on")
    migrations.apply(store)
    shutil.rmtree(db.home() / "snapshots", ignore_errors=True)


def committee_name(township: str) -> str:
    """Name of a township's party committee; a sub-district's is a working committee."""
    return f"{township}党工委" if township.endswith("街道") else f"{township}党委"


def found(store: Database, year: int, at: str) -> None:
    """What every store begins with: the round under the pack's programme, townships, their committees, the questionnaires.

    Raises Refused when the store has something already, FormError, ProgramError.
    """
    if not is_empty(store):
        raise Refused("setup.not_empty")
    program = pack.program_text()
    bodies = pack.form_bodies(year, program)
    with command(store):
        rounds.open_round(store, SYSTEM, str(year), year, program, at)
        for body in (*bodies.values(), *pack.register_bodies(year, program).values()):
            rounds.publish_form(store, SYSTEM, str(year), body, at)
        for position, row in enumerate(pack.townships()):
            organizations.add_township(store, SYSTEM, row["code"], row["name"], row["name_en"], position, at)
            organizations.add_committee(store, SYSTEM, f"{row['code']}000", committee_name(row["name"]), row["code"], at)


def add_registers(store: Database, at: str) -> tuple[str, ...]:
    """Publish the pack's registers that the current round does not have yet: a new data file, or a store made before there were any.

    Those that it has stay as they were published. Returns the names added. Raises FormError.
    """
    round_ = rounds.current(store)
    known = set(records.names(store))
    missing = {name: body for name, body in pack.register_bodies(round_.year).items() if name not in known}
    with command(store):
        for body in missing.values():
            rounds.publish_form(store, SYSTEM, round_.code, body, at)
    return tuple(missing)


def init(store: Database, year: int, password: str, at: str) -> None:
    """A real, empty store with an administrator's account. Raises Refused."""
    hashed = accounts.hash_password(password)
    with command(store):
        found(store, year, at)
        accounts.create(store, SYSTEM, ADMINISTRATOR, "系统管理员", Role.COUNTY, hashed, at, administrator=True)
        set_meta(store, DEMO, "0")
