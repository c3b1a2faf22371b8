"""A simulated year, made through the real commands: what a newcomer sees first, and a county of any size for tests and benchmarks."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from functools import partial
from zoneinfo import ZoneInfo

import click

from lib.core import phrases
from lib.core.forms import FormError
from lib.core.model import SYSTEM, Role
from lib.core.program import Program, parse
from lib.demo.courses import SHOWN, decide
from lib.demo.places import MINIMUM as MINIMUM
from lib.demo.places import County, county, register
from lib.demo.programme import Programme
from lib.demo.rectification import Rectification
from lib.demo.year import ADMINISTRATOR, COUNTY, REPORT_EVERY, Year
from lib.store import accounts, links, organizations, pack, rounds, setup, snapshots
from lib.store.db import Database, command, home, iso, meta, now, set_meta

log = logging.getLogger(__name__)

ORGANIZATIONS = 500
SEED = 2012
LINK_KEY = "demo_link"
"""Meta key of the token that opens the leaders' view; only a demo keeps one in the clear."""
BCRYPT_COST = 10
LINK_LASTS = dt.timedelta(days=360)
Progress = Callable[[int, int], None]


def password() -> str:
    """The password that every account of a demo has. The pack decides it."""
    return pack.demo()["password"]


def shown_accounts() -> tuple[tuple[str, str], ...]:
    """The accounts that the login page offers: username, and phrase code of what it shows."""
    source = pack.demo()
    township = next(row for row in pack.townships() if row["name"] == source["shown"]["township"])
    return (("admin", "demo.account.admin"), ("county", "demo.account.county"), (township["name_en"].lower(), "demo.account.committee"),
            *((username, f"demo.account.{username}") for username in SHOWN))


def build(store: Database, organizations: int = ORGANIZATIONS, seed: int = SEED, progress: Progress | None = None) -> str:
    """Fill an empty store with a simulated year, all or nothing, and return the token of its leaders' link.

    The same size and seed give the same tables, but for secrets (password hash, ballot codes, link). The store's clock then stands
    at 09:30 of the demo's day and goes on. `progress(done, total)` is called now and then. Raises Refused when the store is not empty.
    """
    progress = progress or (lambda done, total: None)
    source = pack.demo()
    program = parse(pack.program_text(), source["day"].year)
    hashed = accounts.hash_password(source["password"], BCRYPT_COST)
    try:
        return _build(store, organizations, seed, progress, source, program, hashed)
    except BaseException:
        if meta(store, setup.DEMO) == setup.UNFINISHED:
            setup.clear(store)
        raise


def _build(store: Database, organizations: int, seed: int, progress: Progress, source: Mapping, program: Program, hashed: str) -> str:
    """The year up to each snapshot of the shelf in one command, the snapshot, and so on: a copy is made of what is committed."""
    with command(store):
        begun = dt.datetime.combine(program.phases[0].starts, dt.time(8, 30), ZoneInfo(program.timezone))
        setup.found(store, program.year, iso(begun))
        round_ = rounds.current(store)
        people = county(organizations, seed, source, pack.townships())
        _enrol(store, people, seed, program.office["zh"], begun, hashed)
        forms = {place.kind: rounds.form_for(store, round_.code, place.kind) for place in people.places}
        token = links.create(store, ADMINISTRATOR, source["shown"]["link"], begun + LINK_LASTS, begun + dt.timedelta(days=1))
        year = Year(store, decide(people, seed), round_.program, round_.code, forms, source)
        year.plan()
        programme = Programme(year, people, seed, source)
        programme.plan()
        Rectification(year, programme).plan()
        set_meta(store, setup.DEMO, setup.UNFINISHED)
    for shelved in source["shelf"]:
        moment = dt.datetime.combine(shelved["day"], dt.time(17, 30), ZoneInfo(program.timezone))
        with command(store):
            year.run(progress, moment)
        snapshots.create(store, COUNTY, shelved["label"], iso(moment))
    with command(store):
        year.run(progress)
        set_meta(store, setup.DEMO, "1")
        set_meta(store, LINK_KEY, token)
        set_meta(store, "clock_shift_seconds", str((year.now - dt.datetime.now(dt.UTC)).total_seconds()))
    return token


def _enrol(store: Database, people: County, seed: int, office: str, begun: dt.datetime, hashed: str) -> None:
    """Committees, organizations and their accounts; people are there as offices only."""
    at = iso(begun + dt.timedelta(hours=1))
    used = {place.committee.code for place in people.places}
    for committee in people.committees:
        if committee.township is None and committee.code in used:
            organizations.add_committee(store, SYSTEM, committee.code, committee.name, None, at)
    for place in people.places:
        organizations.save_organization(store, ADMINISTRATOR, register(place, seed), at)
    at = iso(begun + dt.timedelta(days=1))

    def account(username: str, name: str, role: Role, **columns: object) -> None:
        accounts.create(store, SYSTEM, username, name, role, hashed, at, must_change=False, **columns)

    account(ADMINISTRATOR.name, "系统管理员", Role.COUNTY, administrator=True)
    account(COUNTY.name, office, Role.COUNTY)
    for committee in people.committees:
        if committee.township or committee.code in used:
            account(committee.username, committee.name, Role.COMMITTEE, committee=committee.code)
    shown = {code: username for username, code in people.shown.items()}
    for place in people.places:
        account(shown.get(place.code, place.code.lower()), place.name, Role.ORGANIZATION, organization=place.code)


def _clear_unfinished(store: Database) -> None:
    """A demo that was cut off in the middle is made anew."""
    if meta(store, setup.DEMO) == setup.UNFINISHED:
        log.warning("the demo in %s was not finished: making it anew", home())
        setup.clear(store)


def start(organizations: int = ORGANIZATIONS) -> None:
    """Before serving: bring the store up to date and, where there is none at all, make a demo. A store with a round is never touched."""
    with setup.locked():
        store = setup.migrate()
        try:
            _clear_unfinished(store)
            if setup.is_empty(store):
                log.warning("%s holds no store: making a demo", home())
                build(store, organizations, progress=tell)
            try:
                setup.add_registers(store, iso(now(store)))
            except FormError as error:  # a register that cannot be read keeps nobody from the others
                log.error("registers: %s", error)
        finally:
            store.close()


def make(organizations: int, seed: int, language: str) -> None:
    """The command line's `demo`: into an empty home, with progress on stderr. Raises Refused when there is a store."""
    with setup.locked():
        store = setup.migrate()
        try:
            _clear_unfinished(store)
            build(store, organizations, seed, partial(tell, language=language))
        finally:
            store.close()
    click.echo(phrases.text("demo.made", language, count=organizations, password=pack.demo()["password"]))


def tell(done: int, total: int, language: str = "zh") -> None:
    """Progress on stderr, a line a tenth."""
    if done == total or 10 * done // total > 10 * max(0, done - REPORT_EVERY) // total:
        click.echo(phrases.text("demo.progress", language, percent=100 * done // total), err=True)
