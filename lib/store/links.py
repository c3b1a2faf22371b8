"""View links: how a leader opens the overview without a password. The token is kept only as a hash."""

import datetime as dt
import hashlib
import re
import secrets

from lib.core import access
from lib.core.access import Action
from lib.core.model import Actor, Refused, Role
from lib.store import events
from lib.store.db import Database, command, iso, one, value

LONGEST = dt.timedelta(days=366)
NAME_LIMIT = 100
PIN = re.compile(r"[0-9]{4,8}")
PIN_TRIES, PIN_WAIT = 5, dt.timedelta(minutes=10)
"""So many wrong PINs, and a link asks for none until the wait is over."""
JOIN = "."
"""Between token and pass in the cookie of a link with a PIN; no token contains it."""


def _hash(token: str) -> str:
    return hashlib.sha256(f"link:{token}".encode()).hexdigest()


def _pass(salt: str, token: str, pin: str) -> str:
    """What the right PIN is traded for. Who has the address cannot work it out, for want of the salt, and so cannot try PINs as cookies past
    the count of failures; who has the store cannot guess the PIN, for want of the token.
    """
    return hashlib.sha256(f"pin:{salt}:{token}:{pin}".encode()).hexdigest()


def _locked(token: str, pin: str) -> str:
    """What is stored of a PIN: a salt, and the hash of the pass."""
    salt = secrets.token_urlsafe(16)
    return f"{salt}{JOIN}{_hash(_pass(salt, token, pin))}"


def _opens(stored: str, given: str) -> bool:
    """Whether a pass is the one that was stored."""
    return secrets.compare_digest(stored.partition(JOIN)[2], _hash(given))


def every(db: Database) -> list[dict]:
    """Links without their tokens, newest first."""
    return list(db.query("select id, name, townships, snapshot, meeting, pin_hash is not null pin, created_at, created_by, expires_at, used_at, "
                         "revoked_at from links order by created_at desc, id"))


def find(db: Database, token: str | None, at: dt.datetime) -> dict | None:
    """The link of a token; wrong, expired and revoked ones are all None."""
    if not token:
        return None
    return one(db, "select id, name, townships, snapshot, meeting, pin_hash, expires_at, used_at from links where token_hash = ? and expires_at > ? "
                   "and revoked_at is null", (_hash(token), iso(at)))


def actor_for(db: Database, cookie: str | None, at: dt.datetime) -> Actor | None:
    """The leader that a view link lets in. The cookie of a link with a PIN holds token and pass, and both are checked each time."""
    token, _, given = (cookie or "").partition(JOIN)
    row = find(db, token, at)
    if row is None or (row["pin_hash"] and not _opens(row["pin_hash"], given)):
        return None
    return Actor(f"link:{row['id']}", Role.LEADER, label=row["name"], townships=tuple(row["townships"].split()), snapshot=row["snapshot"])


def open_with_pin(db: Database, token: str, pin: str, at: dt.datetime) -> str:
    """What the cookie of a link with a PIN holds, for the right PIN. Raises Refused: unknown link, wrong PIN, or too many wrong ones."""
    row = find(db, token, at)
    if row is None:
        raise Refused("link.unknown")
    with command(db):
        failures = value(db, "select count(*) from pin_failures where link = ? and at > ?", (row["id"], iso(at - PIN_WAIT)))
        if failures >= PIN_TRIES:
            raise Refused("link.pin_wait", minutes=PIN_WAIT.seconds // 60)
        traded = row["pin_hash"] and _pass(row["pin_hash"].partition(JOIN)[0], token, pin)
        right = not traded or _opens(row["pin_hash"], traded)
        if right:
            db.conn.execute("delete from pin_failures where link = ?", (row["id"],))
        else:
            db.conn.execute("insert into pin_failures(link, at) values(?, ?)", (row["id"], iso(at)))
    if not right:
        raise Refused("link.pin_wrong")
    return f"{token}{JOIN}{traded}" if traded else token


def check(db: Database, name: str, expires: dt.datetime, at: dt.datetime, townships: tuple[str, ...] = (), pin: str = "") -> None:
    """Raises Refused when a link cannot be made like this."""
    name = name.strip()
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise Refused("link.name")
    if not at < expires <= at + LONGEST:
        raise Refused("link.expiry", days=LONGEST.days)
    if pin and not PIN.fullmatch(pin):
        raise Refused("link.pin")
    for township in townships:
        if value(db, "select 1 from townships where code = ?", (township,)) is None:
            raise Refused("link.township", code=township)


def create(db: Database, actor: Actor, name: str, expires: dt.datetime, at: dt.datetime, *, townships: tuple[str, ...] = (),
           snapshot: str | None = None, meeting: str | None = None, pin: str = "") -> str:
    """Make a link and return its token, which is shown once. With a `pin` (4 to 8 digits) whoever opens it is asked for that too.

    Raises Refused.
    """
    access.require(actor, Action.MANAGE_LINKS)
    check(db, name, expires, at, townships, pin)
    name, token = name.strip(), secrets.token_urlsafe(32)
    with command(db):
        seq = events.append(db, actor, "link.created", name, {"expires": iso(expires), "townships": list(townships), "snapshot": snapshot,
                                                              "pin": bool(pin)}, iso(at), quiet=True)
        db.conn.execute("""insert into links(id, token_hash, name, townships, snapshot, meeting, pin_hash, created_at, created_by, expires_at)
                           values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                        (f"v{seq}", _hash(token), name, " ".join(townships), snapshot, meeting, _locked(token, pin) if pin else None, iso(at),
                         actor.name, iso(expires)))
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
