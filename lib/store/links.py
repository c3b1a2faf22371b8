"""View links: how a leader opens the overview without a password. The token is kept only as a hash."""

import datetime as dt
import hashlib
import secrets

from lib.core import access
from lib.core.access import Action
from lib.core.model import Actor, Refused, Role
from lib.store import events
from lib.store.db import Database, command, iso, one, value

LONGEST = dt.timedelta(days=366)
NAME_LIMIT = 100


def _hash(token: str) -> str:
    return hashlib.sha256(f"link:{token}".encode()).hexdigest()


def every(db: Database) -> list[dict]:
    """Links without their tokens, newest first."""
    return list(db.query("select id, name, townships, snapshot, created_at, created_by, expires_at, used_at, revoked_at from links "
                         "order by created_at desc, id"))


def find(db: Database, token: str | None, at: dt.datetime) -> dict | None:
    """The link of a token; wrong, expired and revoked ones are all None."""
    if not token:
        return None
    return one(db, "select id, name, townships, snapshot, expires_at, used_at from links where token_hash = ? and expires_at > ? "
                   "and revoked_at is null", (_hash(token), iso(at)))


def actor_for(db: Database, token: str | None, at: dt.datetime) -> Actor | None:
    """The leader that a view link lets in."""
    row = find(db, token, at)
    return row and Actor(f"link:{row['id']}", Role.LEADER, label=row["name"], townships=tuple(row["townships"].split()), snapshot=row["snapshot"])


def create(db: Database, actor: Actor, name: str, expires: dt.datetime, at: dt.datetime, *, townships: tuple[str, ...] = (),
           snapshot: str | None = None) -> str:
    """Make a link and return its token, which is shown once. Raises Refused."""
    access.require(actor, Action.MANAGE_LINKS)
    name = name.strip()
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise Refused("link.name")
    if not at < expires <= at + LONGEST:
        raise Refused("link.expiry", days=LONGEST.days)
    for township in townships:
        if value(db, "select 1 from townships where code = ?", (township,)) is None:
            raise Refused("link.township", code=township)
    token = secrets.token_urlsafe(32)
    with command(db):
        seq = events.append(db, actor, "link.created", name, {"expires": iso(expires), "townships": list(townships), "snapshot": snapshot},
                            iso(at), quiet=True)
        db.conn.execute("""insert into links(id, token_hash, name, townships, snapshot, created_at, created_by, expires_at)
                           values(?, ?, ?, ?, ?, ?, ?, ?)""",
                        (f"v{seq}", _hash(token), name, " ".join(townships), snapshot, iso(at), actor.name, iso(expires)))
    return token


def used(db: Database, link: str, at: dt.datetime) -> None:
    """Note the last use of a link; no event, since it changes nothing of the county's."""
    with command(db):
        db.conn.execute("update links set used_at = ? where id = ?", (iso(at), link))


def revoke(db: Database, actor: Actor, link: str, at: dt.datetime) -> None:
    """End a link: open screens lose it at their next tick. Raises Refused."""
    access.require(actor, Action.MANAGE_LINKS)
    row = one(db, "select name, revoked_at from links where id = ?", (link,))
    if row is None:
        raise Refused("link.unknown")
    if row["revoked_at"]:
        return
    with command(db):
        events.append(db, actor, "link.revoked", row["name"], {"link": link}, iso(at), quiet=True)
        db.conn.execute("update links set revoked_at = ? where id = ?", (iso(at), link))
