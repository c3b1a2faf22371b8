"""Filling in under load: many organizations answer at once, each answer is saved, and afterwards every one is looked for in the store."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks import homes
from benchmarks.figures import Line
from benchmarks.load import Outcome, cookies, drive
from benchmarks.server import Server, serving
from benchmarks.tab import Element, Numbers, Tab, TabError
from lib.core import forms
from lib.core.forms import Item
from lib.store import assessments, db, events
from lib.store.db import Database
from lib.ui.text import plain

ANSWER = "answer."
"""Keys of the form's widgets begin with it."""
PAUSE = (1.0, 5.0)
"""Seconds between the answers of somebody in a hurry."""
UNHURRIED = (10.0, 30.0)
"""Seconds that people take: a question is meant to be answered in 20."""
EVENT = "assessment.answered"
KINDS = ("radio", "number_input")
MOST = 99
"""The greatest number given as an answer."""


@dataclass(frozen=True)
class Load:
    """How many answer at once, how often each, and with what pause (seconds, at least and at most) between."""

    sessions: int
    answers: int
    pause: tuple[float, float] = (0.0, 0.0)

    @property
    def name(self) -> str:
        return f"{self.sessions} filling in, " + (f"{self.pause[0]:g}–{self.pause[1]:g} s between" if self.pause[1] else "no pause")


@dataclass
class Filler:
    """Somebody who answers whatever question is on the page."""

    load: Load
    rng: random.Random
    given: dict[str, object] = field(default_factory=dict)
    """By key of the widget: what was answered last."""
    count: int = 0

    async def story(self, tab: Tab) -> None:
        for _ in range(self.load.answers):
            await asyncio.sleep(self.rng.uniform(*self.load.pause))
            element = self.rng.choice(questions(tab))
            value = self._other(element, tab.value(element))
            await tab.set(element, value, "answer")
            self.given[element.key], self.count = value, self.count + 1

    def _other(self, element: Element, held: object) -> str | int:
        """An answer that is not there already: the same again would change, and so save, nothing."""
        return self.rng.choice([value for value in element.options or range(MOST + 1) if value != held])


def questions(tab: Tab) -> list[Element]:
    """The choices and numbers on the page. Raises TabError where there are none."""
    found = [element for element in tab.widgets(KINDS) if element.key.startswith(ANSWER) and not element.message.disabled]
    if not found:
        raise TabError("no question on the page")
    return found


def answering(server: Server, load: Load, keys: Sequence[str], page: str) -> tuple[Outcome, list[Filler]]:
    """Let one session for each cookie fill in a page."""
    numbers = Numbers()
    fillers = [Filler(load, random.Random(number)) for number in range(load.sessions)]
    tabs = [Tab(server.url, numbers, page=page, cookie=key) for key in keys]
    outcome = asyncio.run(drive(tabs, lambda tab, number: fillers[number].story(tab), process=server.process))
    return outcome, fillers


def measure(home: Path, load: Load) -> list[Line]:
    """Lines for one load: latency and processor time against an empty fragment, and whether all answers are in the store."""
    usernames = homes.new_county(home, load.sessions)
    with homes.at(home):
        keys = cookies(usernames)
    with serving(home, "benchmarks/empty_fragment_app.py") as server:
        floor, _ = answering(server, load, [""] * load.sessions, "")
    with serving(home) as server:
        outcome, fillers = answering(server, load, keys, "assessment")
    with homes.at(home), db.session() as store:
        lost = missing(store, usernames, fillers)
        broken = events.first_broken(store)
    for kind, told in {**floor.numbers.samples, **outcome.numbers.samples}.items():
        click.echo(f"  ! {kind}: {told}", err=True)
    errors = outcome.errors + floor.errors + (broken is not None)
    return _lines(load, outcome, floor, lost, errors)


def missing(store: Database, usernames: Sequence[str], fillers: Sequence[Filler]) -> int:
    """How many answers are not in the store as they were to be given: events too few or too many, last values that differ."""
    saved = db.value(store, "select count(*) from events where kind = ?", (EVENT,))
    lost = abs(saved - sum(filler.load.answers for filler in fillers))
    for username, filler in zip(usernames, fillers, strict=True):
        draft = assessments.draft(store, username.upper())
        for key, given in filler.given.items():
            item = draft.form.items[key.removeprefix(ANSWER)]
            lost += forms.decode(item, draft.answers.get(item.name)) != (_code(item, given) if item.choices else given)
    return lost


def _code(item: Item, label: object) -> str:
    return next(choice.name for choice in item.choices if plain(choice.label["zh"]) == label)


def _lines(load: Load, outcome: Outcome, floor: Outcome, lost: int, errors: int) -> list[Line]:
    ours, least, answers = outcome.phase("answer"), floor.phase("answer"), load.sessions * load.answers
    return [Line(load.name, ours["p50_ms"], p95=ours["p95_ms"], floor=least["p50_ms"]),
            Line("– processor time an answer", 1000 * outcome.server["cpu_s"] / answers, floor=1000 * floor.server["cpu_s"] / answers),
            Line("– answers a second", ours["per_second"], "/s"),
            Line(f"– missing of {answers:,} answers", lost, "", limit=0),
            Line("– errors, breaks of the chain", errors, "", limit=0)]
