"""The hash chain: every change is an event, and nothing else writes. The highest seq is the store's revision."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from lib.core.model import Actor
from lib.store.db import Database, value

GENESIS = ""


def _digest(previous: str, seq: int, at: str, actor: str, role: str, kind: str, subject: str, body: str, quiet: int) -> str:
    text = "\n".join((previous, str(seq), at, actor, role, kind, subject, body, str(quiet)))
    return hashlib.sha256(text.encode()).hexdigest()


def head(db: Database) -> tuple[int, str]:
    """Seq and hash of the last event; (0, "") in an empty store."""
    return db.conn.execute("select seq, hash from events order by seq desc limit 1").fetchone() or (0, GENESIS)


def append(db: Database, actor: Actor, kind: str, subject: str, body: Mapping[str, object], at: str, *, quiet: bool = False) -> int:
    """Add an event inside the running command and return its seq. A quiet one (a draft's answer, a login) changes no figure."""
    seq, previous = head(db)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    row = (seq + 1, at, actor.name, actor.role.value, kind, subject, text, int(quiet))
    db.conn.execute("insert into events(seq, at, actor, role, kind, subject, body, quiet, hash) values(?,?,?,?,?,?,?,?,?)",
                    (*row, _digest(previous, *row)))
    return seq + 1


def last(db: Database) -> tuple[int, str]:
    """Seq and time of the last event of a store that has one."""
    return db.conn.execute("select seq, at from events order by seq desc limit 1").fetchone()


def revision(db: Database) -> int:
    """Seq of the last event that can change a figure: what live pages watch and caches are keyed by."""
    return value(db, "select max(seq) from events where quiet = 0") or 0


def seen(db: Database) -> tuple[str, int]:
    """Names what a connection sees, for what is kept of it: which file, at which revision."""
    return value(db, "select file from pragma_database_list where name = 'main'"), revision(db)


def first_broken(db: Database) -> int | None:
    """Seq of the first event that was changed, removed or reordered; None when the chain is whole."""
    previous, expected = GENESIS, 1
    for seq, *fields, digest in db.conn.execute(
            "select seq, at, actor, role, kind, subject, body, quiet, hash from events order by seq"):
        if seq != expected or digest != _digest(previous, seq, *fields):
            return expected
        previous, expected = digest, expected + 1
    return None


def history(db: Database, subject: str, kinds: tuple[str, ...] = (), limit: int = 200) -> Iterator[dict]:
    """Events of one subject, newest first, bodies as data."""
    where = f"and kind in ({','.join('?' * len(kinds))})" if kinds else ""
    for row in db.query(f"select seq, at, actor, role, kind, body from events where subject = ? {where} "
                        "order by seq desc limit ?", (subject, *kinds, limit)):
        yield {**row, "body": json.loads(row["body"])}
