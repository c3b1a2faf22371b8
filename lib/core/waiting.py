"""My work: what waits for whom, how urgent it is and where it is done. The tasks are a table; how many there are of each is counted elsewhere.

An organization fills in, answers and works off its ledger; a committee reviews and chases; the county approves and signs off.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lib.core.model import Role
from lib.core.program import Program

LONG_DAYS = 7
"""A self-assessment that was returned is to come back within so many days; then its committee chases it."""
REMIND_DAYS = 7
"""What a reminder asks for is to be done within so many days of it."""


class Urgency(StrEnum):
    """Most urgent first: its date is over, its date is near (the ledger's `near_days`), no date presses."""

    OVERDUE = "overdue"
    NEAR = "near"
    OPEN = "open"


@dataclass(frozen=True)
class Task:
    """One kind of work of a role: the page it is done on, with the codes of its address.

    It waits from the beginning of `phase` on, and is due on the round's `submit_by` (`due="submit"`), at the end of that phase
    (`due="phase"`), or on days of its own (""). What is only chased `once_near` waits from shortly before its due date.
    """

    code: str
    role: Role
    page: str
    query: Mapping[str, str] = field(default_factory=dict)
    phase: str = ""
    due: str = ""
    once_near: bool = False


ORG, COM, CTY = Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY
GRADING, MOBILIZATION = "classification", "mobilization"
LEDGER = "rectification"
WORKERS = (ORG, COM, CTY)

TASKS: tuple[Task, ...] = (
    Task("correct", ORG, "assessment"),
    Task("answer", ORG, "assessment"),
    Task("assess", ORG, "assessment", phase=GRADING, due="submit"),
    Task("rewrite", ORG, LEDGER, {"state": "returned"}),
    Task("confirm", ORG, LEDGER, {"state": "drafted"}),
    Task("overdue", ORG, LEDGER, {"state": "open", "light": "overdue"}),
    Task("near", ORG, LEDGER, {"state": "open", "light": "near"}),
    Task("kickoff", ORG, "registers", {"register": "mobilization"}, phase=MOBILIZATION, due="phase"),
    Task("objection", COM, "review", {"state": "noticed"}),
    Task("review", COM, "review", {"state": "submitted"}),
    Task("notice", COM, "review", {"state": "proposed"}),
    Task("tally", COM, "appraisal", {}, phase=GRADING),
    Task("check", COM, LEDGER, {"state": "applied"}),
    Task("chase", COM, "review", {"state": "not_submitted"}, phase=GRADING, due="submit", once_near=True),
    Task("returned", COM, "review", {"state": "returned"}),
    Task("unconfirmed", COM, LEDGER, {"state": "drafted", "light": "overdue"}),
    Task("unwritten", COM, LEDGER, {"state": "returned", "light": "overdue"}),
    Task("overdue", COM, LEDGER, {"state": "open", "light": "overdue"}),
    Task("near", COM, LEDGER, {"state": "open", "light": "near"}),
    Task("kickoff", COM, "registers", {"register": "mobilization"}, phase=MOBILIZATION, due="phase"),
    Task("send_back", CTY, "review", {"state": "noticed"}),
    Task("approve", CTY, "review", {"state": "noticed"}),
    Task("sign_off", CTY, LEDGER, {"state": "checked"}),
    Task("exemplars", CTY, "exemplars", {"state": "nominated"}),
    Task("honours", CTY, "honours", {"state": "nominated"}),
    Task("nominations", CTY, "registers"),
    Task("returned", CTY, "review", {"state": "returned"}),
)
"""In the order in which equally urgent ones stand."""
NOMINATED_IN = ("exemplars", "honours")
"""Registers whose nominations have a page of their own; those of other registers are one task together."""
GAPS: Mapping[Role, tuple[str, ...]] = {
    COM: ("backward_ledger", "leaders_complete", "mobilized"),
    CTY: ("overdue", "backward_ledger", "leaders_complete", "committees_mobilized"),
}
"""Figures whose names are to be seen to besides what waits: short of their targets, though no single step of one's own is next."""


@dataclass(frozen=True)
class Count:
    """How many of a task wait; of how many the date is over, of how many it is near."""

    count: int
    overdue: int = 0
    near: int = 0


@dataclass(frozen=True)
class Waiting:
    """A task of which something waits. `due_on` is the one date of all of it, where it has one."""

    task: Task
    count: int
    overdue: int
    near: int
    due_on: dt.date | None

    @property
    def urgency(self) -> Urgency:
        return Urgency.OVERDUE if self.overdue else Urgency.NEAR if self.near else Urgency.OPEN


def due_on(task: Task, program: Program) -> dt.date | None:
    """The one date that everything of a task is due on, None where each has its own or there is none."""
    if task.due == "submit":
        return program.submit_by
    return next((phase.ends for phase in program.phases if task.due and phase.code == task.phase), None)


def asked(task: Task, program: Program, today: dt.date) -> bool:
    """Whether a task waits at all by now."""
    if any(phase.starts > today for phase in program.phases if phase.code == task.phase):
        return False
    due = due_on(task, program)
    return not (task.once_near and due) or (due - today).days <= program.ledger.near_days


def waiting(role: Role, counts: Mapping[str, Count], program: Program, today: dt.date) -> tuple[Waiting, ...]:
    """What waits for a role, the most urgent first. `counts` by task code; a task with a due date of its own is judged by that here."""
    found = []
    for task in TASKS:
        given = counts.get(task.code)
        if task.role != role or not given or not given.count or not asked(task, program, today):
            continue
        due = due_on(task, program)
        if due:
            over = today > due
            near = not over and (due - today).days <= program.ledger.near_days
            given = Count(given.count, given.count * over, given.count * near)
        found.append(Waiting(task, given.count, given.overdue, given.near, due))
    order = list(Urgency)
    return tuple(sorted(found, key=lambda each: order.index(each.urgency)))


def total(waits: Iterable[Waiting]) -> int:
    return sum(each.count for each in waits)


def by_page(waits: Iterable[Waiting]) -> dict[str, int]:
    """How many wait on each page."""
    found: dict[str, int] = {}
    for each in waits:
        found[each.task.page] = found.get(each.task.page, 0) + each.count
    return found


# ---- who is to be reminded


@dataclass(frozen=True)
class Late:
    """An organization that keeps others waiting: nothing submitted though it is due, returned and not come back, items over their date.

    `returned_on` and `unanswered` only while it is returned; `overdue` counts its items, `since` is the earliest of their dates.
    """

    code: str
    name: str
    committee: str
    committee_name: str
    township: str | None
    not_submitted: bool = False
    secretary: str = ""
    phone: str = ""
    returned_on: dt.date | None = None
    unanswered: int = 0
    overdue: int = 0
    since: dt.date | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """`not_submitted` or `returned`, and `overdue`."""
        return tuple(reason for reason, holds in (("not_submitted", self.not_submitted), ("returned", self.returned_on is not None),
                                                  ("overdue", self.overdue > 0)) if holds)


REASONS = ("not_submitted", "returned", "overdue")


@dataclass(frozen=True)
class LateCommittee:
    """A committee with its late organizations."""

    code: str
    name: str
    townships: tuple[str, ...]
    organizations: tuple[Late, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(reason for reason in REASONS if self.of(reason))

    @property
    def overdue(self) -> int:
        """Items over their date, of all its organizations."""
        return sum(each.overdue for each in self.organizations)

    def of(self, reason: str) -> tuple[Late, ...]:
        return tuple(each for each in self.organizations if reason in each.reasons)


def late_committees(late: Collection[Late]) -> tuple[LateCommittee, ...]:
    """The committees of late organizations, those with most of them first."""
    own: dict[str, list[Late]] = {}
    for each in late:
        own.setdefault(each.committee, []).append(each)
    found = [LateCommittee(code, each[0].committee_name, tuple(dict.fromkeys(one.township for one in each if one.township)), tuple(each))
             for code, each in own.items()]
    return tuple(sorted(found, key=lambda each: (-len(each.organizations), each.code)))
