"""Accounts for many at once, as slips: user name and first password, shown once and to be changed at the first login."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from lib.core import access
from lib.core.access import Action
from lib.core.model import Actor, Refused, Role
from lib.exchange import safe_csv
from lib.store import accounts, organizations
from lib.store.db import Database, command

HEADER = ("unit", "committee", "username", "password")
THREADS = 2  # bcrypt releases the interpreter's lock


@dataclass(frozen=True)
class Slip:
    """One account to be made; `unit` is what its holder is called."""

    username: str
    password: str
    unit: str
    committee: str
    role: Role
    organization: str | None = None
    committee_code: str | None = None
    administrator: bool = False


def _free(code: str, taken: set[str]) -> str:
    """A user name from a unit's code; with a number where the code is taken already."""
    names = (code.lower() if number == 1 else f"{code.lower()}-{number}" for number in count(1))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def for_organizations(db: Database, actor: Actor, committee: str | None = None) -> list[Slip]:
    """A slip for every organization without an account, of all committees or one. Raises Refused."""
    access.require(actor, Action.MANAGE_ACCOUNTS)
    existing = accounts.every(db)
    have = {account["organization"] for account in existing}
    # a committee's code stays free for the committee itself
    taken = {account["username"] for account in existing} | {each["code"].lower() for each in organizations.committees(db)}
    return [Slip(_free(each.code, taken), accounts.new_password(), each.name, each.committee_name, Role.ORGANIZATION, organization=each.code)
            for each in organizations.every(db, actor) if each.code not in have and committee in (None, each.committee)]


def for_committees(db: Database, actor: Actor) -> list[Slip]:
    """A slip for every committee without an account. Raises Refused."""
    access.require(actor, Action.MANAGE_ACCOUNTS)
    existing = accounts.every(db)
    have, taken = {account["committee"] for account in existing}, {account["username"] for account in existing}
    return [Slip(_free(each["code"], taken), accounts.new_password(), each["name"], each["name"], Role.COMMITTEE, committee_code=each["code"])
            for each in organizations.committees(db) if each["code"] not in have]


def hashes(slips: Iterable[Slip], progress: Callable[[int], None] = lambda done: None) -> list[str]:
    """Password hashes in the slips' order; about a tenth of a second each, so `progress` hears how many are done."""
    found = []
    pool = ThreadPoolExecutor(THREADS)
    try:
        for hashed in pool.map(accounts.hash_password, (slip.password for slip in slips)):
            found.append(hashed)
            progress(len(found))
    finally:
        # who no longer listens (a closed tab) also stops the hashing
        pool.shutdown(cancel_futures=True)
    return found


def create(db: Database, actor: Actor, slips: Iterable[Slip], hashed: Iterable[str], at: str) -> None:
    """Make the accounts, all or none. Raises Refused."""
    slips = list(slips)
    if not slips:
        raise Refused("slips.none")
    with command(db):
        for slip, password in zip(slips, hashed, strict=True):
            accounts.create(db, actor, slip.username, slip.unit, slip.role, password, at, organization=slip.organization,
                            committee=slip.committee_code, administrator=slip.administrator)


def table(slips: Iterable[Slip], header: tuple[str, ...] = HEADER) -> bytes:
    """The slips as a CSV file: unit, committee, user name, password."""
    return safe_csv.data(header, ((slip.unit, slip.committee, slip.username, slip.password) for slip in slips))
