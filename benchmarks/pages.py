"""A run of every page on a store that does not change, in a county of the usual size and in a very large one: a page's cost must not grow.

Every page is opened as each account opens it (the county's administrator, a committee, an organization), with the codes in its address
that lead there: an organization, a case, an item, a register. What is measured is processor time of the server process, by turns on
two servers, as for the overview. The first run after a change of the store reads everything anew; it is only printed.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from pathlib import Path

from benchmarks import homes
from benchmarks.figures import Line, median, quantile
from benchmarks.load import cookies
from benchmarks.overview import alternating
from benchmarks.server import Server, serving
from benchmarks.tab import Numbers, Tab
from lib import demo
from lib.core import access
from lib.core.model import SYSTEM, Actor, Role
from lib.core.workflow import State
from lib.store import accounts, db, organizations, records, snapshots
from lib.store.db import Database

GROWTH = 1.5
"""A page run may cost so many times what it costs in the county of the usual size (issue 3)."""
WARM = 3
TICK = 10.0
"""Milliseconds: a process's time is counted in hundredths of a second, and a run that cost less reads as nothing."""
FIGURES = ("submitted", "signed_off", "covered_operating", "leaders_complete")
"""Figures whose names are listed: of organizations, items of the ledger, units of the census, leading members."""
HOME = "overview"
"""The page whose address is the app's own."""
CHANGED = "0913-0000000"


@dataclass(frozen=True)
class Visit:
    """A page as an account opens it: the codes of its address make it what it shows."""

    role: Role
    page: str
    query: str = ""

    @property
    def name(self) -> str:
        return f"{self.role}: {self.page}{'?' if self.query else ''}{self.query}"


def people() -> dict[Role, str]:
    """The demo's accounts that look: who may do most, a committee, and an organization whose assessment is in its hands."""
    shown = [username for username, _ in demo.shown_accounts()]
    return {Role.COUNTY: shown[0], Role.COMMITTEE: shown[2], Role.ORGANIZATION: "returned"}


def visits(store: Database, only: Collection[str] = ()) -> list[Visit]:
    """Every page that each of the accounts may open, `only` those named where some are."""
    found = []
    for role, username in people().items():
        account = accounts.get(store, username)
        actor = Actor(username, role, account["organization"], account["committee"], bool(account["administrator"]))
        queries = _queries(store, actor)
        for page, action in access.PAGES.items():
            if (not only or page in only) and (access.allowed(actor, action) or page in access.PUBLIC_PAGES):
                found += [Visit(role, page, query) for query in queries.get(page, ("",))]
    return found


def _queries(store: Database, actor: Actor) -> dict[str, tuple[str, ...]]:
    """Codes in the address by page, of what is in both counties: the large one has all that the other has."""
    committee = actor.committee or accounts.get(store, people()[Role.COMMITTEE])["committee"]
    code = actor.organization or db.value(store, """select o.code from organizations o join assessments a on a.organization = o.code
                                                    where o.committee = ? and a.state = ? order by o.code""", (committee, State.SUBMITTED.value))
    organization = organizations.get(store, code)
    item = db.value(store, """select i.id from ledger_items i join organizations o on o.code = i.organization where o.committee = ?
                              order by i.organization <> ?, i.number""", (organization.committee, code))
    one = f"organization={code}"
    return {
        "township": (f"township={organization.township}", "township=county"), "ratings": ("", f"figure={FIGURES[0]}"),
        "targets": ("", *(f"figure={figure}" for figure in FIGURES)), "organization": (one,) if actor.organization else ("", one),
        "assessment": (one,), "rectification": ("", f"item={item}", "view=gaps"), "notice": ("", f"state={State.APPROVED}"),
        "registers": ("", *(f"register={name}" for name in records.names(store) if records.register(store, name).may_see(actor))),
        "review": ("", one, *(f"state={state}" for state in (State.NOT_SUBMITTED, State.NOTICED, State.APPROVED))),
        "appraisal": ("", one, "standing=closed"), "registry": ("", one, "view=places"),
    }


def measure(home: Path, large: Path, times: int, *, blocks: int, runs: int, only: Collection[str] = (), first: bool = True) -> list[Line]:
    """Lines for every page: `blocks` of `runs` page runs in each county. `large` is `home` made `times` as large; `first` measures
    the first run after a change too, of what the county's account opens."""
    with homes.at(home), db.session() as store:
        found = visits(store, only)
    keys = []
    for each in (home, large):
        with homes.at(each), db.session() as store:
            if not snapshots.every():  # what changed since then
                snapshots.create(store, SYSTEM, each.name, db.iso(db.now(store)))
            keys.append(dict(zip(people(), cookies(list(people().values())), strict=True)))
    with serving(large, "app.py") as grown, serving(home, "app.py") as usual:
        return asyncio.run(_measure((grown, usual), (large, home), keys[::-1], found, times, blocks, runs, first))


async def _measure(servers: tuple[Server, Server], folders: tuple[Path, Path], keys: list[dict[Role, str]], found: list[Visit], times: int,
                   blocks: int, runs: int, first: bool) -> list[Line]:
    numbers, lines = Numbers(), []
    for role in people():
        tabs = [Tab(server.url, numbers, cookie=cookie[role]) for server, cookie in zip(servers, keys, strict=True)]
        for tab in tabs:
            await tab.open()
        home = tabs[0].at
        for visit in (each for each in found if each.role == role):
            lines += [line async for line in _lines(servers, folders, tabs, home, visit, blocks, runs, first and role == Role.COUNTY)]
        for tab in tabs:
            await tab.close()
    return [*lines, Line(f"– pages that grow more than {GROWTH} ×, {times} times the county", sum(line.ok is False for line in lines), "", limit=0),
            Line("– errors", sum(numbers.errors.values()) + sum(numbers.alerts.values()), "", limit=0)]


async def _lines(servers: tuple[Server, Server], folders: tuple[Path, Path], tabs: list[Tab], home: str, visit: Visit, blocks: int, runs: int,
                 first: bool) -> AsyncIterator[Line]:
    async def rerun(tab: Tab) -> None:
        await tab.run("rerun")

    for tab in tabs:
        await tab.go("" if visit.page == HOME else visit.page, "page", visit.query)
        for _ in range(WARM):
            await tab.run("warm")
        if (tab.at == home) != (visit.page == HOME):
            raise RuntimeError(f"{visit.name} leads elsewhere")
    grown, usual = await alternating(servers, tabs, rerun, blocks, runs)
    yield Line(visit.name, median(grown), p95=quantile(grown, 0.95), floor=median(usual), ratio_limit=GROWTH,
               paired=median(large / max(small, TICK / runs) for large, small in zip(grown, usual, strict=True)))
    if first:
        for folder in folders:
            change(folder)
        grown, usual = await alternating(servers, tabs, rerun, 1, 1)
        yield Line("– the first run after a change", grown[0], floor=usual[0])


def change(home: Path) -> None:
    """Change a telephone number, which no page is about and every one is drawn anew for."""
    with homes.at(home), db.session() as store:
        code, phone = store.conn.execute("select code, phone from organizations order by code limit 1").fetchone()
        organizations.save_organization(store, SYSTEM, {"code": code, "phone": "" if phone == CHANGED else CHANGED}, db.iso(db.now(store)))
