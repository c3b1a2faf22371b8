"""The load driver against a real server, and the figures it makes. No time is a test: machines differ."""

import asyncio
import datetime as dt
import math
import random
import shutil

import pytest

from benchmarks import autosave, homes, pages
from benchmarks.figures import Line, quantile
from benchmarks.load import cookies, drive, holds, login
from benchmarks.server import serving
from benchmarks.tab import Numbers, Tab, loopback
from lib import demo
from lib.core import access, phrases, targets
from lib.core.model import Role
from lib.store import db, events, programme, rounds

RETURNED = "returned"
"""The demo's account whose assessment was returned: it may answer."""
COUNTED_OVER = ("organizations", "items", "census")
"""Tables of figures whose rows a larger county has more of."""


@pytest.mark.parametrize("url", ["http://127.0.0.1:8501", "http://localhost:8501/", "http://127.9.9.9", "http://[::1]:8501"])
def test_load_goes_to_this_machine(url):
    assert loopback(url) == url.rstrip("/")


@pytest.mark.parametrize("url", ["http://example.org:8501", "http://10.0.0.1", "http://0.0.0.0:8501", "http://localhost.example.org", "8501"])
def test_load_goes_nowhere_else(url):
    with pytest.raises(ValueError, match="only a server on this machine"):
        loopback(url)


@pytest.mark.parametrize(("values", "share", "expected"), [
    ([5], 0.5, 5), ([1, 2], 0.5, 1), ([3, 1, 2], 0.5, 2), (range(1, 101), 0.95, 95), (range(1, 21), 0.95, 19), ([1, 2, 3], 1.0, 3)])
def test_quantile(values, share, expected):
    assert quantile(values, share) == expected


@pytest.mark.parametrize(("line", "ok"), [
    (Line("ratio at the limit", 3.0, floor=1.0, ratio_limit=3.0), True),
    (Line("ratio above it", 3.1, floor=1.0, ratio_limit=3.0), False),
    (Line("no floor", 3.0, ratio_limit=3.0), False),
    (Line("not measured", math.nan, limit=5.0), False),
    (Line("figure at the limit", 5.0, limit=5.0), True),
    (Line("figure above it", 1.0, limit=0.0), False),
    (Line("only looked at", 7.0, floor=1.0), None)])
def test_a_limit_is_kept_or_missed(line, ok):
    assert line.ok is ok


@pytest.mark.parametrize(("claim", "kept"), [
    ("errors==0", True), ("rerun.p95_ms<500", True), ("rerun.p95_ms<100", False), ("set a.count >= 2", True), ("tick.p95_ms<500", False)])
def test_a_claim_is_held_against_the_figures(claim, kept):
    data = {"errors": 0, "phases": {"rerun": {"p95_ms": 120.0}, "set a": {"count": 2}}, "server": {}}
    assert holds(data, claim)[0] is kept


def test_an_enlarged_county_has_the_same_figures(tmp_path):
    """But for those that count committees and their leading members, which are not copied, or against a number of the whole county."""
    times, day = 3, dt.date(2012, 4, 20)

    def figures() -> dict[str, tuple[int, int]]:
        with homes.at(tmp_path), db.session() as store:
            round_ = rounds.current(store)
            tables = programme.tables(store, round_, day)
            assert (events.first_broken(store), store.conn.execute("pragma foreign_key_check").fetchall()) == (None, [])
            return {code: (each.met, each.among) for code in targets.shown(round_.program) if targets.MEASURES[code].over in COUNTED_OVER
                    for each in [targets.figure(targets.rows_of(tables, code), code, round_.program)]}

    homes.demo_county(tmp_path, 20)
    before = figures()
    homes.enlarge(tmp_path, times)
    assert figures() == {code: (times * met, times * among) for code, (met, among) in before.items()}
    assert {"villages_paired", "village_venue", "signed_off", "covered_operating", "windows_appraised"} <= before.keys()


def test_an_enlarged_county_has_all_answers_where_they_are_asked_for(tmp_path):
    def answers() -> int:
        with homes.at(tmp_path), db.session() as store:
            return db.value(store, "select count(*) from submitted_answers")

    homes.demo_county(tmp_path, 20)
    before = answers()
    homes.enlarge(tmp_path, 3, answers=True)
    assert answers() == 3 * before > 0


def test_the_driver_speaks_to_a_real_server(tmp_path):
    homes.demo_county(tmp_path, 20)
    load = autosave.Load(sessions=1, answers=1)
    with homes.at(tmp_path):
        keys = ["", *cookies([homes.COUNTY, RETURNED])]
        with db.session() as store:
            before = answered(store)
    filler, said = autosave.Filler(load, random.Random(1)), {}

    async def story(tab: Tab, number: int) -> None:
        if number == 0:
            await login(tab, homes.COUNTY, demo.password())
        elif number == 1:
            await tab.run("tick", fragment=next(iter(tab.timers)), automatic=True)
        else:
            await tab.go("assessment", "page")
            await filler.story(tab)
        said[number] = [title for title in ("page.work", "overview.title") if phrases.text(title, "zh") in tab.words()]

    with serving(tmp_path) as server:
        numbers = Numbers()
        outcome = asyncio.run(drive([Tab(server.url, numbers, cookie=key) for key in keys], story, bound=60, process=server.process))
    assert (outcome.errors, dict(numbers.samples)) == (0, {})
    assert {name: len(seconds) for name, seconds in numbers.seconds.items()} == {"open": 3, "login": 1, "tick": 1, "page": 1, "answer": 1}
    assert said == {0: ["page.work"], 1: ["overview.title"], 2: []}
    with homes.at(tmp_path), db.session() as store:
        assert answered(store) == before + 1
        assert events.first_broken(store) is None


def answered(store: db.Database) -> int:
    return db.value(store, "select count(*) from events where kind = ?", (autosave.EVENT,))


def test_every_page_is_opened_by_whoever_may(demo_home):
    with db.session() as store:
        opened = {role: {visit.page for visit in pages.visits(store) if visit.role == role} for role in pages.people()}
        named = [visit.page for visit in pages.visits(store, ("review", "registry"))]
    assert opened[Role.COUNTY] == set(access.PAGES)
    assert {"review", "appraisal"} <= opened[Role.COMMITTEE]
    assert not {"review", "registry"} & opened[Role.ORGANIZATION]
    assert set(named) == {"review", "registry"}


@pytest.fixture
def counties(demo_home, tmp_path):
    """A county and one twice as large."""
    large = tmp_path / "large"
    shutil.copytree(demo_home, large)
    homes.enlarge(large, 2)
    return demo_home, large


def test_pages_of_two_counties_are_measured_side_by_side(counties):
    lines = pages.measure(*counties, 2, blocks=1, runs=4, only=("registry", "review"))
    *runs, grown, errors = lines
    assert {line.name.split("?")[0] for line in runs} == {"county: registry", "county: review", "committee: review", "– the first run after a change"}
    assert all(line.measured > 0 and line.floor > 0 for line in runs)
    assert {line.ratio_limit for line in runs if line.name.startswith("–")} == {None}
    assert {line.ratio_limit for line in runs if not line.name.startswith("–")} == {pages.GROWTH}
    assert (errors.measured, errors.ok, grown.limit) == (0, True, 0)


def test_a_page_that_is_not_there_is_no_measurement(counties, monkeypatch):
    monkeypatch.setattr(pages, "visits", lambda store, only: [pages.Visit(Role.ORGANIZATION, "nowhere")])
    with pytest.raises(RuntimeError, match="organization: nowhere leads elsewhere"):
        pages.measure(*counties, 2, blocks=1, runs=1)


def test_a_refused_page_counts_as_an_error(counties, monkeypatch):
    monkeypatch.setattr(pages, "visits", lambda store, only: [pages.Visit(Role.ORGANIZATION, "organization", "organization=nobody")])
    assert pages.measure(*counties, 2, blocks=1, runs=1)[-1].ok is False
