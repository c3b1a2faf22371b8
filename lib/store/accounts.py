"""Accounts, login sessions and the throttle on guessing. Passwords are bcrypt hashes; session ids and tickets are hashed at rest."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

import bcrypt

from lib.core import access
from lib.core.access import Action
from lib.core.model import Actor, Refused, Role
from lib.store import events, organizations
from lib.store.db import Database, command, iso, one, value

SESSION_HOURS = 12
TICKET_SECONDS = 60
BCRYPT_COST = 11
PASSWORD_LENGTH = range(8, 65)
PASSWORD_BYTES = 72  # bcrypt reads no more
NAME_COUNTS_FROM = 4
"""Characters from which a user name may not stand in its password: a shorter one stands in too many good ones by chance."""
USERNAME_LIMIT, NAME_LIMIT = 80, 100
FAILURES_PER_PAIR = 5  # one account from one address
FAILURES_PER_ACCOUNT = 50  # one account from everywhere: slows a spread-out guess, without one office locking another out
FAILURES_PER_ADDRESS = 100  # an office may share one address
FAILURE_WINDOW = dt.timedelta(minutes=15)
SLIP_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
DUMMY_HASH = bcrypt.hashpw(b"nobody", bcrypt.gensalt(BCRYPT_COST)).decode()


@dataclass(frozen=True)
class Opened:
    """A login: the tab keeps `sid`; the browser fetches its HttpOnly cookie with `ticket`, once, within a minute."""

    sid: str
    ticket: str


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _sid(ticket: str) -> str:
    """The session id a ticket stands for: derived, so that neither is ever stored."""
    return hashlib.sha256(f"session:{ticket}".encode()).hexdigest()


def hash_password(password: str, cost: int = BCRYPT_COST) -> str:
    """Slow on purpose: never inside a command."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def new_password() -> str:
    """A password for a slip: 12 characters that are not mistaken for each other, in groups."""
    return "-".join("".join(secrets.choice(SLIP_ALPHABET) for _ in range(4)) for _ in range(3))


def password_problem(password: str, username: str, name: str = "") -> str | None:
    """Code of what is wrong with a new password, None when it will do."""
    if len(password) not in PASSWORD_LENGTH or len(password.encode()) > PASSWORD_BYTES:
        return "password.length"
    if len(set(password)) < 5:
        return "password.simple"
    if any(len(word) >= NAME_COUNTS_FROM and word.lower() in password.lower() for word in (username, name)):
        return "password.has_name"
    return None


# ---- reads


def get(db: Database, username: str) -> dict | None:
    return one(db, "select * from accounts where username = ?", (username.lower(),))


def every(db: Database) -> list[dict]:
    """Accounts without their hashes, county first."""
    return list(db.query("""select username, name, role, organization, committee, administrator, must_change, disabled, created_at
                            from accounts order by role = 'organization', role = 'committee', username"""))


def actor_for(db: Database, sid: str | None, at: dt.datetime) -> Actor | None:
    """Who a session id belongs to; None when it has ended, expired, or the account is disabled."""
    if not sid:
        return None
    row = one(db, """select a.* from sessions s join accounts a using(username)
                     where s.sid_hash = ? and s.expires_at > ? and a.disabled = 0""", (_hash(sid), iso(at)))
    return row and Actor(row["username"], Role(row["role"]), row["organization"], row["committee"], bool(row["administrator"]),
                         row["name"], bool(row["must_change"]))


def throttled(db: Database, username: str, address: str, at: dt.datetime) -> bool:
    """Whether another try must wait: too many failures for this account from this address, from this address, or in all."""
    username, since = username.lower()[:USERNAME_LIMIT], iso(at - FAILURE_WINDOW)
    pair = value(db, "select count(*) from login_failures where username = ? and address = ? and at > ?", (username, address, since))
    account = value(db, "select count(*) from login_failures where username = ? and at > ?", (username, since))
    place = value(db, "select count(*) from login_failures where address = ? and at > ?", (address, since))
    return pair >= FAILURES_PER_PAIR or account >= FAILURES_PER_ACCOUNT or place >= FAILURES_PER_ADDRESS


def failures(db: Database, name: str, address: str, at: dt.datetime) -> int:
    """Failed tries under a name from one address within the window: for pages open to everyone, which set their own limit."""
    return value(db, "select count(*) from login_failures where username = ? and address = ? and at > ?", (name, address, iso(at - FAILURE_WINDOW)))


# ---- commands


def failed(db: Database, username: str, address: str, at: dt.datetime) -> None:
    """Count a wrong password. Kept only as long as it matters; no event, since it changes nothing of the county's."""
    with command(db):
        db.conn.execute("delete from login_failures where at < ?", (iso(at - FAILURE_WINDOW),))
        db.conn.execute("insert into login_failures(username, address, at) values(?, ?, ?)", (username.lower()[:USERNAME_LIMIT], address, iso(at)))


def open_session(db: Database, username: str, at: dt.datetime) -> Opened:
    """Begin a session after a right password."""
    ticket = secrets.token_urlsafe(32)
    sid = _sid(ticket)
    account = get(db, username)
    with command(db):
        db.conn.execute("delete from sessions where expires_at <= ?", (iso(at),))
        db.conn.execute("delete from tickets where expires_at <= ?", (iso(at),))
        db.conn.execute("delete from login_failures where username = ?", (username,))
        db.conn.execute("insert into sessions(sid_hash, username, opened_at, expires_at) values(?, ?, ?, ?)",
                        (_hash(sid), username, iso(at), iso(at + dt.timedelta(hours=SESSION_HOURS))))
        db.conn.execute("insert into tickets(ticket_hash, sid_hash, expires_at) values(?, ?, ?)",
                        (_hash(ticket), _hash(sid), iso(at + dt.timedelta(seconds=TICKET_SECONDS))))
        events.append(db, Actor(username, Role(account["role"])), "session.opened", username, {}, iso(at), quiet=True)
    return Opened(sid, ticket)


def claim(db: Database, ticket: str, at: dt.datetime) -> str | None:
    """The session id for a ticket, once; None when it was used, expired or never given."""
    with command(db):
        found = value(db, "select sid_hash from tickets where ticket_hash = ? and expires_at > ?", (_hash(ticket), iso(at)))
        db.conn.execute("delete from tickets where ticket_hash = ?", (_hash(ticket),))
    sid = _sid(ticket)
    return sid if found == _hash(sid) else None


def end_session(db: Database, actor: Actor, sid: str, at: str) -> None:
    """Log out: the session, and so every copy of its cookie, is dead."""
    with command(db):
        db.conn.execute("delete from sessions where sid_hash = ?", (_hash(sid),))
        events.append(db, actor, "session.ended", actor.name, {}, at, quiet=True)


def create(db: Database, actor: Actor, username: str, name: str, role: Role, password_hash: str, at: str, *, organization: str | None = None,
           committee: str | None = None, administrator: bool = False, must_change: bool = True) -> None:
    """Add an account. `password_hash` comes from `hash_password`, made before the command. Raises Refused."""
    access.require(actor, Action.MANAGE_ACCOUNTS)
    username, name = username.strip().lower(), name.strip()
    if not 0 < len(username) <= USERNAME_LIMIT or not username.isprintable() or " " in username:
        raise Refused("account.username")
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise Refused("account.name", limit=NAME_LIMIT)
    if (role == Role.ORGANIZATION) != bool(organization) or (role == Role.COMMITTEE) != bool(committee):
        raise Refused("account.unit", role=role.value)
    if role not in (Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY) or (administrator and role != Role.COUNTY):
        raise Refused("account.role", role=role.value)
    with command(db):
        if organization:
            organizations.whose(db, organization)
        if committee and value(db, "select 1 from committees where code = ?", (committee,)) is None:
            raise Refused("committee.unknown", code=committee)
        if get(db, username):
            raise Refused("account.exists", username=username)
        events.append(db, actor, "account.created", username, {"role": role.value, "organization": organization, "committee": committee,
                      "administrator": administrator}, at, quiet=True)
        db.conn.execute("""insert into accounts(username, name, role, organization, committee, administrator, password, must_change, created_at)
                           values(?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                        (username, name, role.value, organization, committee, int(administrator), password_hash, int(must_change), at))


def change_password(db: Database, actor: Actor, username: str, password_hash: str, at: str) -> None:
    """A person's own new password: every session of the account ends."""
    access.require(actor, Action.OWN_ACCOUNT)
    if actor.name != username:
        raise Refused("access.refused", action=Action.OWN_ACCOUNT.value, role=actor.role.value)
    _set_password(db, actor, username, password_hash, at, must_change=False)


def reset_password(db: Database, actor: Actor, username: str, password_hash: str, at: str) -> None:
    """An administrator's new password for somebody: to be changed at the next login; every session of the account ends."""
    access.require(actor, Action.MANAGE_ACCOUNTS)
    _set_password(db, actor, username, password_hash, at, must_change=True)


def _set_password(db: Database, actor: Actor, username: str, password_hash: str, at: str, must_change: bool) -> None:
    if get(db, username) is None:
        raise Refused("account.unknown", username=username)
    with command(db):
        events.append(db, actor, "account.password", username, {}, at, quiet=True)
        db.conn.execute("update accounts set password = ?, must_change = ? where username = ?", (password_hash, int(must_change), username))
        db.conn.execute("delete from sessions where username = ?", (username,))
        db.conn.execute("delete from login_failures where username = ?", (username,))


def set_disabled(db: Database, actor: Actor, username: str, disabled: bool, at: str) -> None:
    """Shut or open an account; shutting ends every session of it. Raises Refused."""
    access.require(actor, Action.MANAGE_ACCOUNTS)
    if get(db, username) is None:
        raise Refused("account.unknown", username=username)
    if disabled and username == actor.name:
        raise Refused("account.own")
    with command(db):
        events.append(db, actor, "account.disabled" if disabled else "account.enabled", username, {}, at, quiet=True)
        db.conn.execute("update accounts set disabled = ? where username = ?", (int(disabled), username))
        if disabled:
            db.conn.execute("delete from sessions where username = ?", (username,))
