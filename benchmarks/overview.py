"""A run of the overview, and a live tick, on a store that does not change, against the same page from constants.

Both pages are served by servers of their own over the same home; one tab is open on each, and blocks of runs alternate between
them, so that a busy machine is busy for both. What is measured is processor time of the server process, from the websocket's
message in to the last one out: waiting for the network is not in it.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from benchmarks import homes
from benchmarks.figures import Line, median, quantile
from benchmarks.load import cookies
from benchmarks.server import Server, serving
from benchmarks.tab import Numbers, Tab

PAGE_RUN = 1.3
"""A page run on an unchanged store may cost so many times the same page from constants (issue 2)."""
TICK_MS = 5.0
"""Server time of a live tick that finds nothing new, above that of an empty fragment (issue 2)."""
WARM = 5
TICKS = 5
"""A tick takes so much less than a page run that so many more go into a block, and blocks are fewer."""


def measure(home: Path, size: int, *, blocks: int, runs: int, bounded: bool = True) -> list[Line]:
    """Lines for a county of `size` organizations: `blocks` of `runs` page runs each, and as many ticks again."""
    with homes.at(home):
        keys = cookies([homes.COUNTY] * 2)
    with serving(home, "app.py") as app, serving(home, "benchmarks/constants_app.py") as constants:
        return asyncio.run(_measure((app, constants), keys, size, blocks, runs, bounded))


async def _measure(servers: tuple[Server, Server], keys: list[str], size: int, blocks: int, runs: int, bounded: bool) -> list[Line]:
    numbers = Numbers()
    tabs = [Tab(server.url, numbers, cookie=key) for server, key in zip(servers, keys, strict=True)]
    for tab in tabs:
        await tab.open()
        for _ in range(WARM):
            await tab.run("warm")
    if _drawn(tabs[0]) != _drawn(tabs[1]):
        raise RuntimeError("the page from constants is not the same page: compare benchmarks/tape.py with the overview")

    async def rerun(tab: Tab) -> None:
        await tab.run("rerun")

    async def tick(tab: Tab) -> None:
        await tab.run("tick", fragment=next(iter(tab.timers)), automatic=True)

    page = await alternating(servers, tabs, rerun, blocks, runs)
    ticks = await alternating(servers, tabs, tick, max(3, blocks // TICKS), TICKS * runs)
    for tab in tabs:
        await tab.close()
    own = [ours - least for ours, least in zip(*ticks, strict=True)]
    return [_line(f"overview, a page run, {size:,}", page, ratio_limit=PAGE_RUN if bounded else None),
            _line(f"overview, a live tick, {size:,}", ticks),
            Line("– of it the watcher's own", median(own), p95=quantile(own, 0.95), limit=TICK_MS if bounded else None),
            Line("– errors", sum(numbers.errors.values()), "", limit=0)]


def _drawn(tab: Tab) -> list[tuple[str, str, str]]:
    """Which elements a page shows; their words may differ by the minute that has gone by."""
    return [(element.kind, element.key, element.label) for element in tab.shown()]


async def alternating(servers: tuple[Server, Server], tabs: list[Tab], work: Callable, blocks: int, runs: int) -> tuple[list[float], list[float]]:
    """Processor milliseconds a run of each server, by block."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(blocks):
        for server, tab, kept in zip(servers, tabs, taken, strict=True):
            before = server.used()
            for _ in range(runs):
                await work(tab)
            kept.append(1000 * (server.used() - before) / runs)
    return taken


def _line(name: str, taken: tuple[list[float], list[float]], **limits: float | None) -> Line:
    paired = median(ours / least for ours, least in zip(*taken, strict=True))
    return Line(name, median(taken[0]), p95=quantile(taken[0], 0.95), floor=median(taken[1]), paired=paired, **limits)
