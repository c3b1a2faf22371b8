"""Load on a running app: many tabs that do the same steps at once, over Streamlit's own protocol. Only for a server on this machine.

    python -m benchmarks.load --url http://127.0.0.1:8501 --sessions 50 --as county --reruns 3
    python -m benchmarks.load --sessions 200 --as county --hold 20 --assert "tick.p95_ms<250" --assert "errors==0" --json out.json
    python -m benchmarks.load --page assessment --as v1 --as v2 --steps steps.json --repeat 5

`--as` opens login sessions directly in the store of `$CHENGPING_HOME` (the passwords' hashes are slow on purpose); the step
`login` goes through the login form. Steps are a JSON list; `{i}` in a text is the tab's number, `{k}` the repetition:

    {"do": "login", "username": "county", "password": "…"}
    {"do": "set", "key": "review.search", "value": "村{i}"}      or "label" in place of "key"; a choice by its label, "*" is any
    {"do": "press", "key": "submit"}        {"do": "page", "page": "ratings", "query": "kind=village"}
    {"do": "rerun"}    {"do": "wait", "seconds": [1, 5]}    {"do": "expect", "text": "已保存"}    {"do": "absent", "text": "…"}

A phase is named after its step ("set review.search") or by the step's "name"; connecting and the first run are phase `open`.
Latency is from a request to the end of its last run, chains of `st.rerun` included.
"""

import asyncio
import contextlib
import json
import math
import operator
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil

from benchmarks.figures import quantile
from benchmarks.server import processor
from benchmarks.tab import VALUES, Numbers, Tab, TabError, loopback
from lib.core import phrases
from lib.store import accounts, db

BOUND = 300.0
"""Seconds after which a whole measurement is broken off."""
BUTTONS = ("button", "download_button")
COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
Story = Callable[[Tab, int], Awaitable[None]]
"""What a tab does once it is open; the number is the tab's."""


def cookies(usernames: Sequence[str]) -> list[str]:
    """A Cookie header for a new login session of each account, in the store of `$CHENGPING_HOME`."""
    with db.session() as store:
        now = db.now(store)
        return [f"cp_session={accounts.open_session(store, username, now).sid}" for username in usernames]


# ---- steps


async def login(tab: Tab, username: str, password: str) -> None:
    """Come in through the login form, as a person does."""
    for field_, value in (("username", username), ("password", password)):
        await tab.set(tab.find(("text_input",), label=phrases.text(f"login.{field_}", "zh")), value, "login")
    await tab.press(tab.find(BUTTONS, label=phrases.text("login.enter", "zh")), "login")


def filled(value, words: Mapping[str, object]):
    """A step with `{i}` and `{k}` replaced in its texts."""
    if isinstance(value, str):
        return re.sub(r"\{([ik])\}", lambda found: str(words[found[1]]), value)
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    return {name: filled(each, words) for name, each in value.items()} if isinstance(value, dict) else value


async def play(tab: Tab, step: Mapping) -> None:
    """One step. Raises TabError when it cannot be done, ValueError when there is no such step."""
    name = {"key": step.get("key", ""), "label": step.get("label", "")}
    phase = step.get("name") or " ".join(filter(None, (step["do"], name["key"] or name["label"] or step.get("page", ""))))
    match step["do"]:
        case "login":
            await login(tab, step["username"], step["password"])
        case "set":
            element = tab.find(VALUES, **name)
            await tab.set(element, random.choice(element.options) if step["value"] == "*" else step["value"], phase)
        case "press":
            await tab.press(tab.find(BUTTONS, **name), phase)
        case "page":
            await tab.go(step["page"], phase, step.get("query", ""))
        case "rerun":
            await tab.run(phase)
        case "wait":
            least, most = step["seconds"] if isinstance(step["seconds"], list) else (step["seconds"], step["seconds"])
            await asyncio.sleep(random.uniform(least, most))
        case "expect" | "absent":
            if (step["text"] in tab.words()) != (step["do"] == "expect"):
                tab.numbers.failed(f"{step['do']} {step['text']}", tab.words())
        case unknown:
            raise ValueError(f"no such step: {unknown}")


# ---- many tabs


@dataclass
class Outcome:
    """A finished measurement."""

    numbers: Numbers
    wall: float
    """Seconds from the first story's beginning to the last one's end, opening not counted."""
    server: Mapping[str, float] = field(default_factory=dict)
    """The server's processor seconds and memory, where its process is known."""

    @property
    def errors(self) -> int:
        return sum(self.numbers.errors.values())

    def phase(self, name: str) -> dict[str, float]:
        """Count, milliseconds (quantiles, greatest), runs a second and bytes a run of one phase."""
        seconds, sizes = self.numbers.seconds.get(name, []), self.numbers.sizes.get(name, [])
        began, ended = self.numbers.spans.get(name, (0.0, 0.0))
        times = {f"p{round(100 * share)}_ms": 1000 * quantile(seconds, share) for share in (0.5, 0.95, 0.99)}
        return {"count": len(seconds), **times, "max_ms": 1000 * max(seconds, default=math.nan),
                "per_second": len(seconds) / (ended - began) if ended > began else 0.0, "bytes": sum(sizes) / max(1, len(sizes))}

    def data(self) -> dict:
        """Everything, for a JSON file."""
        return {"phases": {name: self.phase(name) for name in self.numbers.seconds}, "errors": self.errors, "wall_s": self.wall,
                "error_kinds": dict(self.numbers.errors), "samples": self.numbers.samples, "alerts": dict(self.numbers.alerts),
                "skipped_ticks": self.numbers.skipped_ticks, "server": dict(self.server)}


async def drive(tabs: Sequence[Tab], story: Story, *, bound: float = BOUND, process: psutil.Process | None = None) -> Outcome:
    """Open all tabs, then let all play the story at once. `tabs` share their Numbers. A tab that cannot go on is an error, and stops."""
    numbers = tabs[0].numbers

    async def guarded(work: Awaitable[None]) -> bool:
        try:
            await work
        except TabError as error:
            numbers.failed(f"given up: {error}")
            return False
        except OSError as error:
            numbers.failed("no connection", error)
            return False
        return True

    began = time.perf_counter()
    used = processor(process) if process else 0.0
    try:
        async with asyncio.timeout(bound):
            opened = await asyncio.gather(*(guarded(tab.open()) for tab in tabs))
            began, used = time.perf_counter(), processor(process) if process else 0.0
            await asyncio.gather(*(guarded(story(tab, number)) for number, tab in enumerate(tabs) if opened[number]))
    except TimeoutError:
        numbers.failed("broken off", f"not done within {bound:g} s")
    wall = time.perf_counter() - began
    server = {"cpu_s": processor(process) - used, "rss_mb": process.memory_info().rss / 2**20} if process else {}
    await asyncio.gather(*(tab.close() for tab in tabs), return_exceptions=True)
    return Outcome(numbers, wall, server)


# ---- a change while all look on


UNCHANGED, CHANGED, COST, SETTLES = "tick", "change seen", "processor", 15.0
"""Phases: ticks before the change; from the change until a tab's page is drawn with it. Seconds after it until a tab is given up."""


def waiting_for_a_change(tabs: Sequence[Tab], seconds: float, change: Callable[[], None], spent: Callable[[], float] = lambda: 0.0) -> Story:
    """A story: all stay open for `seconds`; then one thing changes in the store, and each stays until it has been drawn anew.

    `spent` gives the server's processor seconds so far; phase COST has what it used from the change until each tab was done.
    """
    numbers, ready, done = tabs[0].numbers, asyncio.Event(), asyncio.Event()
    waiting, moment, used = set(range(len(tabs))), [0.0], [0.0]

    async def story(tab: Tab, number: int) -> None:
        await tab.hold(seconds, UNCHANGED)
        waiting.discard(number)
        if not waiting:
            ready.set()
        if number == 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ready.wait(), SETTLES)
            used[0], moment[0] = spent(), time.perf_counter()
            await asyncio.to_thread(change)
            done.set()
        await done.wait()
        await tab.hold(SETTLES, "tick after the change", lambda: tab.drawn > moment[0])
        if tab.drawn < moment[0]:
            numbers.failed("change not seen", tab.page)
        else:
            numbers.seconds[CHANGED].append(tab.drawn - moment[0])
            numbers.seconds[COST].append(spent() - used[0])

    return story


# ---- command line


def holds(data: Mapping, claim: str) -> tuple[bool, float | None]:
    """Whether a claim (`errors==0`, `rerun.p95_ms<500`, `server.rss_mb<900`) is true of an outcome's data, and the figure. Raises ValueError."""
    found = re.fullmatch(r"\s*(.+?)\s*(<=|>=|==|<|>)\s*(-?[\d.]+)\s*", claim)
    if not found:
        raise ValueError(f"not a claim: {claim}")
    place, _, name = found[1].rpartition(".")
    part = data if not place else data["server"] if place == "server" else data["phases"].get(place, {})
    figure = part.get(name)
    return figure is not None and COMPARED[found[2]](figure, float(found[3])), figure


def listener(url: str) -> psutil.Process | None:
    """The process that listens on an address of this machine, where the system says so."""
    port = int(url.rpartition(":")[2])
    try:
        found = next((each.pid for each in psutil.net_connections("tcp") if each.status == "LISTEN" and each.laddr.port == port and each.pid), None)
    except psutil.AccessDenied:
        return None
    return psutil.Process(found) if found else None


def told(outcome: Outcome) -> str:
    """An outcome as text."""
    lines = [f"{'phase':<28}{'count':>7}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}{'a second':>10}{'KB':>8}"]
    for name in outcome.numbers.seconds:
        part = outcome.phase(name)
        lines.append(f"{name[:27]:<28}{part['count']:>7}{part['p50_ms']:>9.1f}{part['p95_ms']:>9.1f}{part['p99_ms']:>9.1f}{part['max_ms']:>9.1f}"
                     f"{part['per_second']:>10.1f}{part['bytes'] / 1024:>8.1f}")
    lines.append(f"errors {outcome.errors}, wall {outcome.wall:.1f} s, skipped ticks {outcome.numbers.skipped_ticks}, "
                 + ", ".join(f"server {name} {value:.1f}" for name, value in outcome.server.items()))
    lines += [f"  ! {count} × {kind}: {outcome.numbers.samples[kind]}" for kind, count in outcome.numbers.errors.items()]
    lines += [f"  page says {count} ×: {said}" for said, count in outcome.numbers.alerts.items()]
    return "\n".join(lines)


@click.command(help=__doc__.partition("\n")[0])
@click.option("--url", default="http://127.0.0.1:8501", show_default=True)
@click.option("--sessions", default=1, show_default=True, help="Tabs at once.")
@click.option("--as", "usernames", multiple=True, help="Account of the store; several are taken in turn.")
@click.option("--page", default="", help="Page's name, as in its address.")
@click.option("--query", default="", help="Query of the address.")
@click.option("--steps", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON list of steps.")
@click.option("--repeat", default=1, show_default=True, help="How often a tab plays the steps.")
@click.option("--reruns", default=0, show_default=True, help="Runs of the whole page after the first.")
@click.option("--hold", default=0.0, help="Seconds to stay open afterwards, refreshing as the page asks (phase `tick`).")
@click.option("--bound", default=BOUND, show_default=True, help="Seconds after which all is broken off.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")
@click.option("--assert", "claims", multiple=True, help="What must be true, else exit code 1; without one: errors==0.")
def main(url: str, sessions: int, usernames: Sequence[str], page: str, query: str, steps: Path | None, repeat: int, reruns: int, hold: float,
         bound: float, json_file: Path | None, claims: Sequence[str]) -> None:
    try:
        loopback(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    playlist = json.loads(steps.read_text(encoding="utf-8")) if steps else []

    async def story(tab: Tab, number: int) -> None:
        for _ in range(reruns):
            await tab.run("rerun")
        for turn in range(repeat):
            for step in playlist:
                await play(tab, filled(step, {"i": number, "k": turn}))
        if hold:
            await tab.hold(hold)

    async def measured() -> Outcome:
        numbers = Numbers()
        keys = cookies([usernames[number % len(usernames)] for number in range(sessions)]) if usernames else [""] * sessions
        return await drive([Tab(url, numbers, page=page, query=query, cookie=key) for key in keys], story, bound=bound, process=listener(url))

    outcome = asyncio.run(measured())
    print(told(outcome))
    if json_file:
        json_file.write_text(json.dumps(outcome.data(), ensure_ascii=False, indent=1), encoding="utf-8")
    kept = [(claim, *holds(outcome.data(), claim)) for claim in claims or ("errors==0",)]
    for claim, kept_, figure in kept:
        print("yes" if kept_ else "NO ", claim, f"({figure})")
    sys.exit(0 if all(kept_ for _, kept_, _ in kept) else 1)


if __name__ == "__main__":
    main()
