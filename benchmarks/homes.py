"""Counties to measure on: a demo in the middle of its year, one at the year's beginning, and a very large one."""

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib import demo
from lib.core.model import SYSTEM, Actor, Role
from lib.demo import places
from lib.store import accounts, db, events, organizations, pack, programme, rounds, setup
from lib.store.db import Database

COUNTY = "county"
"""Account of the county's staff, in every home made here."""
NOT_COPIED = ("draft_answers",)
"""Tables that no page reads of more than one organization: a large county goes without its copies of them."""
FIGURES_READ = "where name in ('{}')".format("', '".join(programme.ANSWERS))
RECORDS = "(organization is not null and register <> 'exemplars' or register = 'census')"
"""Of the committees' own records the census; a county has a hundred exemplars however large it is."""
COPIED = {"submitted_answers": FIGURES_READ, "registry_facts": FIGURES_READ, "records": f"where {RECORDS}",
          "accounts": "where organization is not null"}
"""Rows copied of a table that is not copied whole: of the answers those that figures read, of the accounts the organizations'."""
ANSWERS = ("submitted_answers", "registry_facts")
OWN_KEYS = ("organization", "id", "submission", "receipt", "code_hash")
"""Columns that tell one organization's rows from another's, besides those of MORE_KEYS."""
MORE_KEYS = {"ledger_moves": ("item",), "ledger_items": ("number", "source_id"), "evidence": ("subject",), "records": ("body",),
             "accounts": ("username",)}


@contextmanager
def at(home: Path) -> Iterator[None]:
    """Work with the store of a home in this process."""
    before = os.environ.get("CHENGPING_HOME")
    os.environ["CHENGPING_HOME"] = str(home)
    try:
        yield
    finally:
        db.forget_connections()
        os.environ.pop("CHENGPING_HOME") if before is None else os.environ.update(CHENGPING_HOME=before)


@contextmanager
def made(home: Path) -> Iterator[Database]:
    """A new home's store, empty but for its schema."""
    with at(home):
        with setup.locked():
            store = setup.migrate()
        try:
            yield store
        finally:
            store.close()


def demo_county(home: Path, size: int) -> None:
    """A demo of `size` organizations, made through the real commands."""
    with made(home) as store:
        demo.build(store, size)


def new_county(home: Path, size: int) -> list[str]:
    """A county in which nobody has begun yet: `size` organizations, each with an account. Returns the accounts' names."""
    source = pack.demo()
    usernames = []
    with made(home) as store, db.command(store):
        moment = db.now(store)
        year, when = source["day"].year, db.iso(moment)
        setup.found(store, year, when)
        hashed = accounts.hash_password(source["password"], demo.BCRYPT_COST)
        county = places.county(max(size, places.MINIMUM), demo.SEED, source, pack.townships())
        known = {row["code"] for row in organizations.committees(store)}
        for place in county.places[:size]:
            if place.committee.code not in known:
                organizations.add_committee(store, SYSTEM, place.committee.code, place.committee.name, place.committee.township, when)
                known.add(place.committee.code)
            organizations.save_organization(store, SYSTEM, places.register(place, demo.SEED), when)
            usernames.append(place.code.lower())
            accounts.create(store, SYSTEM, usernames[-1], place.name, Role.ORGANIZATION, hashed, when, organization=place.code, must_change=False)
        accounts.create(store, SYSTEM, COUNTY, COUNTY, Role.COUNTY, hashed, when, must_change=False)
        db.set_meta(store, setup.DEMO, "1")
        day = dt.datetime.combine(source["day"], dt.time(1, 30), dt.UTC)
        db.set_meta(store, "clock_shift_seconds", str((day - moment).total_seconds()))
    return usernames


def enlarge(home: Path, times: int, *, answers: bool = False) -> None:
    """Make a county `times` as large by copies of all its organizations, with their events appended to the chain.

    The copies are written row by row, without the commands: a demo of 20,000 takes minutes, this takes seconds, and what is read
    from it is the same, but for the answers that no figure reads; with `answers` for those too. Committees stay as they are: their leading
    members have more on hand.
    """
    with at(home), db.session() as store, db.command(store):
        tables = [row[0] for row in store.conn.execute("select name from sqlite_master where type = 'table' order by rowid")]
        past = [(*row, json.loads(body)) for *row, body in store.conn.execute(
            f"""select e.at, e.actor, e.role, e.kind, e.subject, e.quiet, e.body from events e
                where e.subject in (select code from organizations) or e.subject in (select id from records where {RECORDS}) order by e.seq""")]
        columns = _columns(store, "organizations")
        originals = store.conn.execute(f"select {', '.join(columns)} from organizations").fetchall()
        for copy in range(2, times + 1):
            _insert(store, "organizations", columns, [(f"{code}~{copy}", *rest) for code, *rest in originals])
        numbers, round_ = db.value(store, "select max(number) from ledger_items") or 0, rounds.current_code(store)
        for table in tables:
            columns = _columns(store, table)
            if table in NOT_COPIED or not ({"organization", "submission"} & set(columns) or table in MORE_KEYS):
                continue
            keys = (*OWN_KEYS, *MORE_KEYS.get(table, ()))
            part = "" if answers and table in ANSWERS else COPIED.get(table, "")
            rows = store.conn.execute(f"select {', '.join(columns)} from {table} {part}").fetchall()
            for copy in range(2, times + 1):
                _insert(store, table, columns, [tuple(_own(name, value, copy, numbers, round_) if name in keys else value
                                                      for name, value in zip(columns, row, strict=True)) for row in rows])
        for copy in range(2, times + 1):
            for when, actor, role, kind, subject, quiet, body in past:
                events.append(store, Actor(actor, Role(role)), kind, f"{subject}~{copy}", body, when, quiet=bool(quiet))


def _own(name: str, value: str | int | None, copy: int, numbers: int, round_: str) -> str | int | None:
    """What stands in a copy where the original has `value`. `numbers` is how many items the original ledger has; the round is everybody's."""
    if name == "number":
        return value + numbers * (copy - 1)
    if name == "body":  # a unit of the census has a name of its own, and is covered by the copy of what covers the original
        said = json.loads(value)
        return json.dumps(said | {key: f"{said[key]}~{copy}" for key in ("unit", "covering") if key in said}, ensure_ascii=False)
    if value is None or (name == "source_id" and value in ("", round_)):
        return value
    return f"{value}~{copy}"


def _columns(store: Database, table: str) -> list[str]:
    return [row[1] for row in store.conn.execute(f"pragma table_info({table})")]


def _insert(store: Database, table: str, columns: list[str], rows: list[tuple]) -> None:
    store.conn.executemany(f"insert into {table}({', '.join(columns)}) values({', '.join('?' * len(columns))})", rows)
