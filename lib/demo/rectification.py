"""The rectification ledger in a demo's year: what becomes of every problem that submissions, visits and approvals put on it."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass

from lib.core.access import Action
from lib.core.ledger import FINISHED, PLANNED, ItemState, Plan, Source, possible
from lib.core.model import Actor, Grade, VillageClass
from lib.core.workflow import State
from lib.demo.courses import Course
from lib.demo.programme import Leader, Programme
from lib.demo.year import COUNTY, Year
from lib.store import ledger, records

FATES = {"done": 11, "working": 17, "fresh": 13, "near": 2, "overdue": 1, "left": 1, "dismissed": 2, "waiting": 1, "refused": 1, "again": 1,
         "late": 1, "vague": 1, "rewritten": 1}
"""What becomes of the items, how many of each in a deck of cards that is shuffled anew when it has been used up."""
NEVER_BACKWARD = frozenset({"left", "vague", "dismissed"})
"""What a backward organization's committee does not let happen (W6)."""
W6_GAPS = 0.1
"""Share of the backward organizations whose ledger is still wanting."""
LED = 0.25
"""Share of the other organizations' items that have a leader."""
TERMS = (30, 45, 60, 60, 75, 90, 105, 120)
Change = Callable[[dt.date], dict[str, object]]


@dataclass
class Way:
    """One item on its way: when its last step was planned for."""

    item: str
    course: Course
    rng: random.Random
    moment: dt.datetime


class Rectification:
    """Looks through the ledger every morning and plans what is done about what is new on it."""

    def __init__(self, year: Year, programme: Programme):
        self.year, self.programme, self.texts = year, programme, programme.texts
        self.known: set[str] = set()
        self._deck: list[str] = []
        self._shuffle = programme.rng("fates")
        candidates = [course for course in year.courses if self._may_be_backward(course)]
        surely = [course for course in candidates
                  if course.aim.grade == Grade.POOR and course.state == State.APPROVED and "reopened" not in course.flags]
        surely.sort(key=lambda course: (-course.lateness, course.place.code))
        wanting = surely[:max(1, round(W6_GAPS * len(surely)))]
        self.backward = {course.place.code: course for course in candidates}
        self.no_ledger = {course.place.code for course in wanting[::2]}
        self.no_leader = {course.place.code for course in wanting[1::2]}

    @staticmethod
    def _may_be_backward(course: Course) -> bool:
        return course.aim.grade == Grade.POOR or course.known.get("village_class") == VillageClass.FOURTH

    def plan(self) -> None:
        day = self.year.program.phases[1].starts
        while day <= self.programme.yesterday:
            self.year.add(self.year.at(day, self._shuffle, (7.5, 8)), self._look_through)
            day += dt.timedelta(days=1)
        for course in self.backward.values():
            if course.place.code not in self.no_ledger | self.no_leader:
                self.year.add(self.year.at(self.year.day, course.rng, (8.5, 9.4)), self._checking(course))

    def _look_through(self, at: str, today: dt.date) -> None:
        for code in sorted(self.year.looked_at):
            for item in ledger.every(self.year.store, organization=code):
                if item.id not in self.known:
                    self.known.add(item.id)
                    if item.state == ItemState.DRAFTED:
                        self._decide(item, today)
        self.year.looked_at.clear()

    def _fate(self, code: str) -> str:
        if code in self.no_ledger:
            return "left"
        if not self._deck:
            self._deck = [fate for fate, number in FATES.items() for _ in range(number)]
            self._shuffle.shuffle(self._deck)
        fate = self._deck.pop()
        return "working" if code in self.backward and fate in NEVER_BACKWARD else fate

    # ---- one item

    def _decide(self, item: ledger.Item, today: dt.date) -> None:
        """Plan an item's whole way; what would lie in the future is not planned, and what no longer fits is not done."""
        course, fate = self.programme.by_code[item.organization], self._fate(item.organization)
        rng = self.programme.rng(f"item/{item.number}")
        way = Way(item.id, course, rng, self.year.at(today, rng, (8, 8.4)))
        if fate == "left" and (course.place.code in self.no_ledger or rng.random() < 0.5):
            return
        if fate == "dismissed":
            self._move(way, rng.randint(1, 4), course.reviewer, Action.DISMISS_ITEM, note=self._say("not_a_problem", rng))
            return
        overstayed = self.year.program.ledger.confirm_days + rng.randint(2, 5)  # an item left lying is confirmed at last
        self._confirm(way, item, fate, overstayed if fate == "left" else rng.choice((0, 1, 1, 2, 2, 3, 4)))
        if fate in ("vague", "rewritten"):
            self._move(way, rng.randint(1, 3), course.reviewer, Action.RETURN_MEASURE, note=self._say("too_vague", rng))
            if fate == "rewritten":
                self._confirm(way, item, "working", rng.randint(1, 3))
        elif fate in ("working", "near", "overdue"):
            percent = 0
            for _ in range(rng.choice((1, 1, 2))):
                percent += rng.choice((10, 20, 30, 40))
                self._move(way, rng.randint(3, 7), course.actor, Action.REPORT_PROGRESS, note=self._say("progress", rng), progress=percent)
        elif fate not in ("fresh", "left"):
            self._finish(way, fate)

    def _finish(self, way: Way, fate: str) -> None:
        """Applied for, and what the reviewers make of it."""
        rng, course = way.rng, way.course
        if fate == "done" and rng.random() < 0.5:
            self._move(way, rng.randint(1, 2), course.actor, Action.REPORT_PROGRESS, note=self._say("progress", rng),
                       progress=rng.choice((40, 50, 60, 80)))
        left = (self.programme.yesterday - way.moment.date()).days
        self._apply(way, max(0, left - rng.randint(0, 5)) if fate == "waiting" else 8 if fate == "late" else rng.randint(2, 5))
        if fate in ("refused", "again"):
            self._move(way, rng.randint(1, 2), course.reviewer, Action.REFUSE_ITEM, note=self._say("refused", rng))
            if fate == "refused":
                self._move(way, rng.randint(1, 3), course.actor, Action.REPORT_PROGRESS, note=self._say("redone", rng),
                           progress=rng.choice((60, 70, 80)))
                return
            self._apply(way, rng.randint(1, 4))
        if fate != "waiting" or rng.random() < 0.5:
            self._move(way, rng.randint(0, 2), course.reviewer, Action.CHECK_ITEM, note=self._say("checked", rng))
        if fate != "waiting":
            self._move(way, rng.randint(0, 3), COUNTY, Action.SIGN_OFF, note=self._say("signed", rng))

    def _apply(self, way: Way, days: int) -> None:
        self._move(way, days, way.course.actor, Action.APPLY_SIGN_OFF, note=self._say("applied", way.rng))

    def _confirm(self, way: Way, item: ledger.Item, fate: str, days: int) -> None:
        """The organization says what it will do, who sees to it, until when."""
        rng, code, kind = way.rng, way.course.place.code, way.course.place.kind
        measure = self._say("vague", rng) if fate in ("vague", "rewritten") else self._measure(item, rng)
        responsible, post = rng.choice(next(row["offices"] for row in self.texts["responsible"] if kind in row["kinds"]))
        leader = self._leader(way.course, rng) if code in self.backward or rng.random() < LED else None
        term = rng.choice(TERMS) + rng.randint(-3, 3)
        early, near = rng.randint(5, 12), rng.randint(1, self.year.program.ledger.near_days)

        def due(today: dt.date) -> dt.date:
            soon = today + dt.timedelta(days=6 if fate == "late" else early)
            if fate in ("overdue", "late") and soon <= self.programme.yesterday:
                return soon
            if fate == "near":
                return self.year.day + dt.timedelta(days=near)
            later = today + dt.timedelta(days=term)
            return later if later > self.year.day + dt.timedelta(days=self.year.program.ledger.near_days) else later + dt.timedelta(days=30)

        self._move(way, days, way.course.actor, Action.CONFIRM_ITEM, lambda today: {
            "measure": measure, "responsible": responsible, "post": post, "due_on": due(today).isoformat(),
            **({"leader": leader.id} if leader and leader.id and code not in self.no_leader else {})})

    def _move(self, way: Way, days: int, actor: Actor, action: Action, changes: Change | None = None, *, note: str = "", **fixed: object) -> None:
        """Plan a move some days after the one before, unless that is in the future; it is left out where the item's state no longer allows it."""
        moment = self.year.at(self.year.workday(way.moment.date() + dt.timedelta(days=days)), way.rng)
        if moment <= way.moment:
            moment = way.moment + dt.timedelta(minutes=way.rng.randint(15, 90))
        way.moment = moment
        if moment >= self.year.now:
            return

        def step(at: str, today: dt.date) -> None:
            if possible(ledger.get(self.year.store, way.item).state, action):
                ledger.act(self.year.store, actor, way.item, action, at, note=note, **fixed, **(changes(today) if changes else {}))

        self.year.add(moment, step)

    def _measure(self, item: ledger.Item, rng: random.Random) -> str:
        """By the question that found the problem, else by the problem's usual cause."""
        measures, causes = self.texts["measures"], self.year.texts["item_why"]
        cause = "satisfaction" if item.source == Source.APPRAISAL else next((cause for cause, names in causes.items() if item.name in names), "other")
        return rng.choice(measures.get(item.name) or measures[cause])

    def _leader(self, course: Course, rng: random.Random) -> Leader | None:
        """Who has taken the organization on, else one of its committee's leading members."""
        own = self.programme.paired.get(course.place.code) or [
            leader for leader in self.programme.leaders[course.place.committee.code] if leader.rank in ("secretary", "member", "county_leader")]
        return rng.choice(own) if own else None

    def _say(self, what: str, rng: random.Random) -> str:
        return rng.choice(self.texts[what])

    # ---- W6

    def _checking(self, course: Course) -> Callable[[str, dt.date], None]:
        """On the morning of the demo's day a committee goes through its backward organizations: what their ledgers still lack is filled in."""
        code, rng = course.place.code, self.programme.rng(f"check/{course.place.code}")
        leader = self._leader(course, rng)

        def step(at: str, today: dt.date) -> None:
            store = self.year.store
            facts = records.facts(store, code, today)
            if not leader or not leader.id or not (facts["grade"] == Grade.POOR or facts["class_now"] == VillageClass.FOURTH):
                return
            planned = [item for item in ledger.every(store, organization=code) if item.state in PLANNED]
            if any(item.plan.leader for item in planned):
                return
            if open_ := [item for item in planned if item.state not in FINISHED]:
                ledger.act(store, course.reviewer, open_[0].id, Action.REVISE_ITEM, at, leader=leader.id, note=self.texts["checked_up"])
                return
            responsible, post = rng.choice(next(row["offices"] for row in self.texts["responsible"] if course.place.kind in row["kinds"]))
            plan = Plan(**self.texts["backward"], responsible=responsible, post=post, leader=leader.id,
                        due_on=(today + dt.timedelta(days=self.year.program.ledger.term_days)).isoformat())
            ledger.raise_item(store, course.reviewer, code, Source.HAND, plan, at)
        return step
