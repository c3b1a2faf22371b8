"""The first view in a real browser: how long until map and figures are seen, and until the last chart, against an empty page of Streamlit.

Both pages are served by servers of their own over the same home, and opened by turns in the same browser: *cold*, in a fresh profile that has
nothing cached, by the view link as a leader opens it; *warm*, opened again in the same profile; each at full speed and with the processor
slowed four times (Chromium's own throttling, which slows the page and not the server). Times are the page's own clock, from the beginning
of the navigation until the picture has a size on the screen. The server has been asked once before, so that what it keeps per revision is
there; the first visitor after a change, for whom all is read anew, is printed too. `crowd` measures many open pages, and one change.
"""

import asyncio
import base64
import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import homes
from benchmarks.figures import Line, median, quantile
from benchmarks.load import CHANGED, COST, UNCHANGED, Outcome, cookies, drive, waiting_for_a_change
from benchmarks.pages import change
from benchmarks.server import Server, serving
from benchmarks.tab import Numbers, Tab
from lib import demo
from lib.store import db

MAP = 1.3
"""The map may be seen so many times as late as the heading of an empty page (issue 4)."""
TICK_P95_MS, ALL_WITHIN_S = 150.0, 5.0
"""200 open overviews on two processors: a tick on an unchanged store, and all of them after one change (issue 4)."""
SPEEDS = {"": 1, ", processor / 4": 4}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
PATIENCE = 60_000  # milliseconds
VIEW, EMPTY = ("heading", "map", "figures", "live", "charts"), ("heading",)
"""What must be seen of the overview, and of the empty page. Map and figures come with the page itself; `live` is the map that takes their place."""
OPENING = 10.0
TICKS = 8.0
"""Seconds that a page is left open for its ticks' bytes."""
WATCH = """(() => {
    const seen = window.__seen = {};
    const find = (root, selector) => root.querySelector(selector) ?? [...root.querySelectorAll('*')].reduce(
        (found, each) => found ?? (each.shadowRoot ? find(each.shadowRoot, selector) : null), null);
    const shown = each => each && each.getBoundingClientRect().height > 0;
    const look = () => {
        const mark = (name, is) => { if (is && !(name in seen)) seen[name] = performance.now(); };
        if (!('heading' in seen)) mark('heading', shown(document.querySelector('h1, h2')));
        const map = document.querySelector('.st-key-overview-map');
        if (!('live' in seen) && map) mark('live', shown(find(map, 'svg text')));
        for (const [name, of] of [['figures', 'b'], ['map', 'svg text']])
            mark(name, 'live' in seen || shown(document.querySelector(`#first-view ${of}`)));
        const charts = document.querySelectorAll('.js-plotly-plot .main-svg .infolayer').length;
        if (charts >= 4) mark('charts', true);
        if (Object.keys(seen).length < 5) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})()"""


@dataclass
class Traffic:
    """Bytes that came to one page, as they went over the wire, and those of the websocket apart."""

    http: int = 0
    socket: int = 0
    frames: int = 0
    began: dict[str, float] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: self._loaded(event["encodedDataLength"]))
        session.on("Network.webSocketFrameReceived", lambda event: self._frame(event["response"]))

    def _loaded(self, size: float) -> None:
        self.http += int(size)

    def _frame(self, frame: dict) -> None:
        self.frames += 1
        self.socket += len(base64.b64decode(frame["payloadData"])) if frame["opcode"] == 2 else len(frame["payloadData"])


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's chromium. Raises RuntimeError without one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise RuntimeError("no chromium here (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def profile(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_init_script(WATCH)
    return context


def opened(context: BrowserContext, address: str, slower: int, until: Sequence[str], traffic: Traffic | None = None) -> dict[str, float]:
    """Milliseconds from the navigation to what is seen (VIEW) on an address, in a tab of its own."""
    page = context.new_page()
    try:
        if traffic:
            traffic.watch(page)
        if slower > 1:
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(address, timeout=PATIENCE)
        page.wait_for_function("names => window.__seen && names.every(name => name in window.__seen)", arg=list(until), timeout=PATIENCE)
        if traffic:
            arrived = traffic.frames, traffic.socket
            page.wait_for_timeout(1000 * TICKS)
            traffic.began = {"frames": arrived[0], "socket": arrived[1]}
        return page.evaluate("window.__seen")
    finally:
        page.close()


def measure(home: Path, size: int, *, rounds: int) -> list[Line]:
    """Lines for a county of `size` organizations, for all of which the limit is: cold and warm, at both speeds, `rounds` times by turns."""
    with homes.at(home), db.session() as store:
        link = db.meta(store, demo.LINK_KEY)
    with serving(home, "app.py") as app, serving(home, "benchmarks/empty_page_app.py") as empty, browsing() as browser:
        return list(_measure(browser, app, empty, link, home, size, rounds))


def _measure(browser: Browser, app: Server, empty: Server, link: str, home: Path, size: int, rounds: int) -> Iterator[Line]:
    first = profile(browser)
    opened(first, f"{app.url}/v/{link}", 1, VIEW)  # the server's own caches, once
    opened(first, empty.url, 1, EMPTY)
    for words, slower in SPEEDS.items():
        taken: dict[str, list[tuple[dict, dict]]] = {"cold": [], "warm": []}
        for _ in range(rounds):
            one, other = profile(browser), profile(browser)
            for state, address in (("cold", f"{app.url}/v/{link}"), ("warm", app.url)):
                taken[state].append((opened(one, address, slower, VIEW), opened(other, empty.url, slower, EMPTY)))
            one.close()
            other.close()
        for state, pairs in taken.items():
            floor = [least["heading"] for _, least in pairs]
            for what in VIEW[1:]:
                times = [seen[what] for seen, _ in pairs]
                yield Line(f"{state}{words}: {what} seen, {size:,}", median(times), p95=quantile(times, 0.95), floor=median(floor),
                           ratio_limit=MAP if what == "map" else None,
                           paired=median(time_ / least for time_, least in zip(times, floor, strict=True)))
    change(home)
    seen = opened(first, app.url, 1, VIEW)
    yield Line(f"warm, the first visitor after a change: map seen, {size:,}", seen["map"])
    first.close()
    fresh, traffic = profile(browser), Traffic()
    opened(fresh, f"{app.url}/v/{link}", 1, VIEW, traffic)
    ticks = max(traffic.frames - traffic.began["frames"], 1)
    yield Line("bytes of a first visit: files", traffic.http / 1024, "KB")
    yield Line("bytes of a first visit: the page itself", traffic.began["socket"] / 1024, "KB")
    yield Line("bytes a second while nothing changes", (traffic.socket - traffic.began["socket"]) / TICKS, "B")
    yield Line("– messages in that time", ticks, "")
    fresh.close()


# ---- many open pages


async def _looking_on(tabs: Sequence[Tab], seconds: float, home: Path, app: Server) -> Outcome:
    story = waiting_for_a_change(tabs, seconds, lambda: change(home), app.used)

    async def whole(tab: Tab, number: int) -> None:
        await tab.hold(OPENING, "second part")  # the charts, which every tab asks for once
        await story(tab, number)

    return await drive(tabs, whole, process=app.process)


def crowd(home: Path, size: int, sessions: int, seconds: float, *, bounded: bool = True) -> list[Line]:
    """Lines for `sessions` open overviews: ticks for `seconds` on an unchanged store, then one change, and how long until all have it."""
    with homes.at(home):
        keys = cookies([homes.COUNTY]) * sessions
    with serving(home, "app.py") as app:
        numbers = Numbers()
        tabs = [Tab(app.url, numbers, cookie=key) for key in keys]
        outcome = asyncio.run(_looking_on(tabs, seconds, home, app))
    ticks, seen = outcome.phase(UNCHANGED), numbers.seconds[CHANGED]
    name = f"{sessions} open overviews, {size:,}"
    return [Line(f"{name}: a tick", ticks["p50_ms"], p95=ticks["p95_ms"]),
            Line("– p95 of it", ticks["p95_ms"], limit=TICK_P95_MS if bounded else None),
            Line("– bytes of it", ticks["bytes"], "B"),
            Line("– after one change half have it within", quantile(seen, 0.5), "s"),
            Line("– all have it within", max(seen, default=float("nan")), "s", limit=ALL_WITHIN_S if bounded else None),
            Line("– processor time for all of them", max(numbers.seconds[COST], default=float("nan")), "s"),
            Line("– without it", sessions - len(seen), "", limit=0),
            Line("– errors", outcome.errors, "", limit=0)]
