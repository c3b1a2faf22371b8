"""The rectification ledger (整改台账, 挂账销号; P3, W6): the state machine of one item, and its light.

A problem is on the ledger until the committee has checked it on site and the county has signed it off. An item's history is a
list of moves that only grows; its state is the one its last move led to.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from lib.core.access import Action
from lib.core.model import TEXT_LIMIT, Problem, Refused


class ItemState(StrEnum):
    DRAFTED = "drafted"  # found, not yet confirmed by the organization
    RETURNED = "returned"  # its measure was too vague: to be written again
    OPEN = "open"
    APPLIED = "applied"  # the organization says it is done
    CHECKED = "checked"  # the committee has seen it on site
    SIGNED_OFF = "signed_off"
    DISMISSED = "dismissed"  # was no problem; stays in the history


class Source(StrEnum):
    """Where a problem was found."""

    ANSWER = "answer"
    SCORE = "score"
    REMARK = "remark"
    VISIT = "visit"
    INSPECTION = "inspection"
    OBJECTION = "objection"
    APPRAISAL = "appraisal"
    HAND = "hand"


TRANSITIONS: dict[tuple[ItemState, Action], ItemState] = {
    (ItemState.DRAFTED, Action.CONFIRM_ITEM): ItemState.OPEN,
    (ItemState.RETURNED, Action.CONFIRM_ITEM): ItemState.OPEN,
    (ItemState.DRAFTED, Action.DISMISS_ITEM): ItemState.DISMISSED,
    (ItemState.OPEN, Action.RETURN_MEASURE): ItemState.RETURNED,
    **{(state, Action.REVISE_ITEM): state for state in (ItemState.DRAFTED, ItemState.RETURNED, ItemState.OPEN, ItemState.APPLIED, ItemState.CHECKED)},
    (ItemState.OPEN, Action.REPORT_PROGRESS): ItemState.OPEN,
    (ItemState.OPEN, Action.APPLY_SIGN_OFF): ItemState.APPLIED,
    (ItemState.APPLIED, Action.CHECK_ITEM): ItemState.CHECKED,
    (ItemState.APPLIED, Action.REFUSE_ITEM): ItemState.OPEN,
    (ItemState.CHECKED, Action.REFUSE_ITEM): ItemState.OPEN,
    (ItemState.CHECKED, Action.SIGN_OFF): ItemState.SIGNED_OFF,
    (ItemState.SIGNED_OFF, Action.REOPEN_ITEM): ItemState.OPEN,
    (ItemState.DISMISSED, Action.REOPEN_ITEM): ItemState.DRAFTED,
}
ACTIONS = tuple(dict.fromkeys(action for _, action in TRANSITIONS))
FINISHED = (ItemState.SIGNED_OFF, ItemState.DISMISSED)
UNFINISHED = tuple(state for state in ItemState if state not in FINISHED)
COUNTED = tuple(state for state in ItemState if state != ItemState.DISMISSED)
"""Items of every denominator: a problem that nobody has confirmed yet is one too, otherwise not confirming would hide it."""
PLANNED = (ItemState.OPEN, ItemState.APPLIED, ItemState.CHECKED, ItemState.SIGNED_OFF)
"""Confirmed, with a measure that stands: what W6 counts as a ledger."""
NEEDS_NOTE = frozenset({Action.DISMISS_ITEM, Action.RETURN_MEASURE, Action.REPORT_PROGRESS, Action.APPLY_SIGN_OFF, Action.CHECK_ITEM,
                        Action.REFUSE_ITEM, Action.REOPEN_ITEM})
"""Moves that say something: a reason, what was done, what was seen."""


@dataclass(frozen=True)
class Plan:
    """What is to be done about a problem, by whom, until when. `leader` is a record of the register of leaders."""

    problem: str = ""
    measure: str = ""
    responsible: str = ""
    post: str = ""
    leader: str = ""
    due_on: str = ""
    progress: int = 0  # per cent

    def with_(self, changes: Mapping[str, object]) -> "Plan":
        return replace(self, **changes)


FIELDS = tuple(field.name for field in fields(Plan))
NEEDED = ("problem", "measure", "responsible", "post", "due_on")
"""Without these nothing is confirmed; the paired leader may be named later."""
LIMITS = {"problem": 300, "measure": TEXT_LIMIT, "responsible": 60, "post": 60}


@dataclass(frozen=True)
class Move:
    """One step of an item's history: what was done, when (the county's date), and the state it led to."""

    action: str  # "raise", or an Action
    state: ItemState
    on: dt.date


def after(state: ItemState | str, action: Action) -> ItemState:
    """State that an action leads to. Raises Refused when the state does not allow it."""
    try:
        return TRANSITIONS[ItemState(state), action]
    except KeyError:
        raise Refused("ledger.not_now", action=action.value, item_state=ItemState(state).value) from None


def possible(state: ItemState | str, action: Action) -> bool:
    return (ItemState(state), action) in TRANSITIONS


def state_of(moves: Iterable[tuple[str, ItemState]]) -> ItemState | None:
    """State that a history of (action, state it began with) leads to, computed anew from the rules; None for an empty one.

    The first move raises the item in the state given; what the stored rows say of later ones is not believed but derived.
    """
    state = None
    for action, raised in moves:
        state = raised if state is None else after(state, Action(action))
    return state


def plan_problems(plan: Plan, *, complete: bool, today: dt.date | None = None) -> tuple[Problem, ...]:
    """What is wrong with a plan; a `complete` one has everything NEEDED, a draft its problem and the day to confirm it by.

    `today` refuses a due date that is over.
    """
    found = [Problem.of("ledger.missing", ledger_field=name) for name in (NEEDED if complete else ("problem", "due_on")) if not getattr(plan, name)]
    found += [Problem.of("ledger.too_long", ledger_field=name, limit=limit) for name, limit in LIMITS.items() if len(getattr(plan, name)) > limit]
    if not 0 <= plan.progress <= 100:
        found.append(Problem.of("ledger.progress"))
    if plan.due_on:
        try:
            due = dt.date.fromisoformat(plan.due_on)
        except ValueError:
            return (*found, Problem.of("ledger.due"))
        if due.isoformat() != plan.due_on:  # dates are compared as text
            found.append(Problem.of("ledger.due"))
        if today and due < today:
            found.append(Problem.of("ledger.due_over", day=plan.due_on))
    return tuple(found)


# ---- lights


class Light(StrEnum):
    """How an item stands towards its due date; told by shape, colour and word."""

    OVERDUE = "overdue"
    NEAR = "near"
    ON_TIME = "on_time"
    WAITING = "waiting"  # applied for in time; the reviewers' turn
    LATE = "late"  # done after its due date: caught up, and still to be seen
    DONE = "done"
    DISMISSED = "dismissed"


DONE = (ItemState.APPLIED, ItemState.CHECKED, ItemState.SIGNED_OFF)
"""The organization says that it is done, and nobody has refused that."""


@dataclass(frozen=True)
class Dated:
    """What a light is read from: state, due date, and the day on which the organization last said it was done (None before)."""

    state: ItemState
    due_on: dt.date
    applied_on: dt.date | None


def light(item: Dated, today: dt.date, near_days: int) -> Light:
    """The written rule: an unfinished item is overdue from the day after its due date and near within `near_days` days of it.
    Once applied for, the day of the application counts, not the reviewers' day; what was applied for late stays marked as late.
    """
    if item.state == ItemState.DISMISSED:
        return Light.DISMISSED
    if item.state in DONE and item.applied_on:
        if item.applied_on > item.due_on:
            return Light.LATE
        return Light.DONE if item.state == ItemState.SIGNED_OFF else Light.WAITING
    if today > item.due_on:
        return Light.OVERDUE
    return Light.NEAR if (item.due_on - today).days <= near_days else Light.ON_TIME


def days_left(item: Dated, today: dt.date) -> int:
    """Days to the due date; negative when it is over. Of an item applied for, as of that day."""
    return (item.due_on - (item.applied_on if item.applied_on and item.state in DONE else today)).days
