"""The rectification ledger (整改台账): items with an append-only history of moves; state and plan are the last move's.

An item is drafted by a submission's problem answers, raised by hand, or by whatever else found a problem (`raise_item`).
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from lib.core import access, ledger, phrases
from lib.core.access import Action, Whose
from lib.core.ledger import FIELDS, Dated, ItemState, Light, Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role, said
from lib.store import events, organizations, rounds
from lib.store.db import Database, command, value

RAISE = "raise"
NOTED_IN = "zh"
"""Language of what the system itself notes in a ledger: the county's."""


@dataclass(frozen=True)
class Item:
    """One item as it stands. `number` is what people call it by (台账 0217 号)."""

    id: str
    number: int
    round: str
    organization: str
    organization_name: str
    committee: str
    committee_name: str
    township: str | None
    township_name: str
    source: Source
    source_id: str
    name: str  # the form item that found it, empty otherwise
    raised_at: str
    raised_by: str
    state: ItemState
    plan: Plan
    leader_name: str
    note: str
    changed_at: str
    author: str
    seq: int
    applied_on: str | None
    checked_on: str | None
    signed_off_on: str | None
    moves: int

    @property
    def whose(self) -> Whose:
        return Whose(self.organization, self.committee, self.township)

    @property
    def dated(self) -> Dated:
        return Dated(self.state, dt.date.fromisoformat(self.plan.due_on), dt.date.fromisoformat(self.applied_on) if self.applied_on else None)

    def light(self, today: dt.date, near_days: int) -> Light:
        return ledger.light(self.dated, today, near_days)


SQL = """
with last as (select item, max(seq) seq, count(*) moves,
  max(case when action = 'apply_sign_off' then seq end) applied, max(case when action = 'check_item' then seq end) checked,
  max(case when action = 'sign_off' then seq end) signed
  from ledger_moves {inner} group by item)
select i.id, i.number, i.round, i.organization, o.name, o.committee, c.name, o.township, coalesce(t.name, ''), i.source, i.source_id, i.name,
       i.raised_at, i.raised_by, m.state, m.problem, m.measure, m.responsible, m.post, m.leader, m.due_on, m.progress,
       coalesce(r.body, ''), m.note, m.at, m.author, m.seq,
       case when m.state in ('applied', 'checked', 'signed_off') then a.on_day end,
       case when m.state in ('checked', 'signed_off') then k.on_day end, case when m.state = 'signed_off' then s.on_day end, l.moves
from last l
join ledger_items i on i.id = l.item
join ledger_moves m on m.item = l.item and m.seq = l.seq
join organizations o on o.code = i.organization
join committees c on c.code = o.committee
left join townships t on t.code = o.township
left join records r on r.id = m.leader
left join ledger_moves a on a.item = l.item and a.seq = l.applied
left join ledger_moves k on k.item = l.item and k.seq = l.checked
left join ledger_moves s on s.item = l.item and s.seq = l.signed
where o.closed_on is null {outer}
order by i.number
"""


# ---- reads


def person(body: str) -> str:
    """Name and post of a record of the register of leaders, from its body."""
    values = json.loads(body)
    return " ".join(part for part in (values.get("name", ""), values.get("post", "")) if part)


def _item(row: tuple) -> Item:
    plan = Plan(*row[15:22])
    leader = person(row[22]) if row[22] else ""
    return Item(*row[:9], Source(row[9]), *row[10:14], ItemState(row[14]), plan, leader, *row[23:])


def get(db: Database, item: str) -> Item:
    """One item. Raises Refused."""
    row = db.conn.execute(SQL.format(inner="where item = ?", outer=""), (item,)).fetchone()
    if row is None:
        raise Refused("ledger.unknown")
    return _item(row)


def every(db: Database, *, organization: str | None = None, committee: str | None = None, unfinished: bool = False) -> list[Item]:
    """Items of organizations that are not closed, of all rounds, by number."""
    outer, params = "", []
    if organization is not None:
        inner, params = "where item in (select id from ledger_items where organization = ?)", [organization]
    elif committee is not None:
        inner = "where item in (select i.id from ledger_items i join organizations o on o.code = i.organization where o.committee = ?)"
        params = [committee]
    else:
        inner = ""
    if unfinished:
        outer = "and m.state not in ('signed_off', 'dismissed')"
    return [_item(row) for row in db.conn.execute(SQL.format(inner=inner, outer=outer), params)]


def moves(db: Database, item: str) -> list[dict]:
    """The whole history of an item, oldest first: seq, action, state, the plan's fields, note, on_day, at, author, role."""
    return list(db.query("select * from ledger_moves where item = ? order by seq", (item,)))


def has(db: Database, code: str, source: Source, source_id: str) -> bool:
    """Whether an organization's ledger holds an item of one source already."""
    return value(db, "select 1 from ledger_items where organization = ? and source = ? and source_id = ?",
                 (code, source.value, source_id)) is not None


COLUMNS = ("code", "number", "name", "organization", "committee", "committee_name", "township", "township_name", "source", "item", "state",
           "problem", "measure", "responsible", "post", "leader", "leader_name", "due_on", "progress", "raised_on", "applied_on", "signed_off_on",
           "light", "days")


def table(db: Database, today: dt.date, near_days: int) -> pd.DataFrame:
    """Every item as a row of COLUMNS; `name` is the organization's, `light` and `days` as of today (lib.core.ledger)."""
    zone, lit, days, leaders, rows = ZoneInfo(rounds.current(db).program.timezone), {}, {}, {"": ""}, []
    for row in db.conn.execute(SQL.format(inner="", outer="")):  # without an object each: a county has tens of thousands
        item, number, _, code, name, *place, source, _, asked, raised_at, _, state = row[:15]
        plan, body, (applied_on, _, signed_off_on, _) = row[15:22], row[22], row[-4:]
        if (stands := (state, plan[5], applied_on)) not in lit:
            dated = Dated(ItemState(state), dt.date.fromisoformat(plan[5]), dt.date.fromisoformat(applied_on) if applied_on else None)
            lit[stands] = ledger.light(dated, today, near_days).value, ledger.days_left(dated, today)
        if raised_at not in days:
            days[raised_at] = _day(raised_at, zone)
        if body not in leaders:
            leaders[body] = person(body)
        rows.append((item, number, name, code, *place, source, asked, state, *plan[:5], leaders[body], *plan[5:], days[raised_at], applied_on,
                     signed_off_on, *lit[stands]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _day(at: str, zone: ZoneInfo) -> str:
    return dt.datetime.fromisoformat(at).astimezone(zone).date().isoformat()


# ---- commands


def raise_item(db: Database, actor: Actor, code: str, source: Source, plan: Plan, at: str, *, source_id: str = "", name: str = "",
               note: str = "") -> str:
    """Put a problem on an organization's ledger. With a complete plan it is open at once, else it is a draft to be confirmed within the days
    the programme allows. Returns the item's id. Raises Refused.
    """
    organization = organizations.get(db, code)
    access.require(actor, Action.RAISE_ITEM, organization.whose)
    if organization.closed_on:
        raise Refused("organization.closed_already")
    with command(db):
        today = rounds.local(db, at).date()
        term = (today + dt.timedelta(days=rounds.current(db).program.ledger.confirm_days)).isoformat()
        plan = plan.with_(_trimmed(asdict(plan)))
        if wrong := ledger.plan_problems(plan.with_({"due_on": plan.due_on or term}), complete=False, today=today):
            raise Refused(problems=wrong)
        complete = not ledger.plan_problems(plan, complete=True)
        if not complete:
            plan = plan.with_({"due_on": term})
        _check_leader(db, plan)
        state = ItemState.OPEN if complete else ItemState.DRAFTED
        number = (value(db, "select max(number) from ledger_items") or 0) + 1
        item = f"l{number:05d}"
        db.conn.execute("""insert into ledger_items(id, number, round, organization, source, source_id, name, raised_at, raised_by)
                           values(?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                        (item, number, rounds.current_code(db), code, source.value, source_id, name, at, actor.name))
        _append(db, actor, item, code, RAISE, state, plan, note, today, at)
    return item


def act(db: Database, actor: Actor, item: str, action: Action, at: str, *, note: str = "", on: dt.date | None = None, seen: int | None = None,
        **changes: object) -> ItemState:
    """Carry out one move (lib.core.ledger.TRANSITIONS). `changes` are fields of the plan; `on` the day it happened, today without one.

    `seen` is the seq of the item as the writer saw it: somebody else's move in between is refused. Returns the new state. Raises Refused.
    """
    with command(db):
        found = get(db, item)
        access.require(actor, action, found.whose)
        if seen is not None and seen != found.seq:
            raise Refused("ledger.changed_elsewhere", author=found.author, at=found.changed_at)
        state = ledger.after(found.state, action)
        today = rounds.local(db, at).date()
        on = on or today
        steps = (rounds.local(db, found.raised_at).date().isoformat(), found.applied_on, found.checked_on, found.signed_off_on)
        if on > today or on.isoformat() < max(filter(None, steps)):
            raise Refused("ledger.day")
        if action == Action.APPLY_SIGN_OFF and actor.role == Role.ORGANIZATION and on != today:  # that day decides whether it was late
            raise Refused("ledger.applied_today")
        note = said(note, required=action in ledger.NEEDS_NOTE)
        plan = found.plan.with_(_allowed(action, changes))
        if action == Action.APPLY_SIGN_OFF:
            plan = plan.with_({"progress": 100})
        if action == Action.REFUSE_ITEM:  # as far as it had come before it was said to be done
            plan = plan.with_({"progress": value(db, "select progress from ledger_moves where item = ? and state = 'open' order by seq desc limit 1",
                                                 (item,))})
        if action == Action.REOPEN_ITEM:
            plan = plan.with_({"progress": 0})
        new_due = plan.due_on != found.plan.due_on
        complete = state in ledger.PLANNED
        if action == Action.CONFIRM_ITEM and found.state == ItemState.DRAFTED and "due_on" not in changes:
            plan = plan.with_({"due_on": ""})  # until now it was the day to confirm by
        if wrong := ledger.plan_problems(plan, complete=complete, today=today if new_due or action == Action.CONFIRM_ITEM else None):
            raise Refused(problems=wrong)
        if plan.leader != found.plan.leader:
            _check_leader(db, plan)
        if action == Action.REVISE_ITEM and plan == found.plan:
            return state
        _append(db, actor, item, found.organization, action.value, state, plan, note, on, at)
    return state


EDITS = {
    Action.CONFIRM_ITEM: {"problem", "measure", "responsible", "post", "due_on", "leader"}, Action.REVISE_ITEM: set(FIELDS) - {"progress"},
    Action.REPORT_PROGRESS: {"progress"}, Action.REOPEN_ITEM: {"due_on"}, Action.REFUSE_ITEM: {"due_on"},
}
"""Which fields of the plan a move may change."""


def _allowed(action: Action, changes: Mapping[str, object]) -> dict[str, object]:
    if foreign := set(changes) - EDITS.get(action, set()):
        raise Refused("ledger.field", ledger_field=sorted(foreign)[0])
    return _trimmed(changes)


def _trimmed(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: given.strip() if isinstance(given, str) else given for name, given in fields.items()}


def _check_leader(db: Database, plan: Plan) -> None:
    if plan.leader and value(db, "select 1 from records where id = ? and register = 'leaders' and removed_at is null", (plan.leader,)) is None:
        raise Refused("ledger.leader")


def _append(db: Database, actor: Actor, item: str, code: str, action: str, state: ItemState, plan: Plan, note: str, on: dt.date, at: str) -> None:
    fields = asdict(plan)
    seq = events.append(db, actor, f"ledger.{action}", code, {"item": item, "state": state.value, "on": on.isoformat(), "note": note, **fields}, at)
    db.conn.execute(
        f"""insert into ledger_moves(item, seq, action, state, {', '.join(FIELDS)}, note, on_day, at, author, role)
            values({', '.join('?' * (9 + len(FIELDS)))})""",
        (item, seq, action, state.value, *(fields[name] for name in FIELDS), note, on.isoformat(), at, actor.name, actor.role.value))


# ---- from an assessment


@dataclass(frozen=True)
class Found:
    """A problem that a submission reveals: the form item, its title, and what was written about it."""

    name: str
    source: Source
    problem: str
    what: str


def take_in(db: Database, code: str, submission: str, found: Iterable[Found], at: str) -> None:
    """After a submission: draft an item for each problem that is new, re-open what was signed off and is bad again, and drop drafts of
    earlier submissions that nobody confirmed and that the new answers no longer show (what a reviewer listed stays). Called inside the
    submit's command.
    """
    before: dict[tuple[str, str], Item] = {}
    for item in every(db, organization=code):
        if item.name:
            before[item.name, item.source] = item
    now = {(each.name, each.source): each for each in found}
    for key, each in now.items():
        old = before.get(key)
        if old is None:
            plan = Plan(problem=f"{each.problem}：{each.what}"[:ledger.LIMITS["problem"]] if each.what else each.problem)
            raise_item(db, SYSTEM, code, each.source, plan, at, source_id=submission, name=each.name)
        elif old.state in ledger.FINISHED:
            _reopen(db, old, at)
    for key, old in before.items():
        drafted = old.state == ItemState.DRAFTED and old.raised_by == SYSTEM.name
        if key not in now and drafted and old.source in (Source.ANSWER, Source.SCORE):
            act(db, SYSTEM, old.id, Action.DISMISS_ITEM, at, note=phrases.text("ledger.note_gone", NOTED_IN))


def _reopen(db: Database, item: Item, at: str) -> None:
    """What was finished and is found bad again stands on the ledger anew, with the programme's usual term."""
    term = rounds.current(db).program.ledger
    today = rounds.local(db, at).date()
    days = term.confirm_days if item.state == ItemState.DISMISSED else term.term_days
    act(db, SYSTEM, item.id, Action.REOPEN_ITEM, at, note=phrases.text("ledger.note_again", NOTED_IN),
        due_on=(today + dt.timedelta(days=days)).isoformat())


def gaps(db: Database, codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each backward organization still lacks (W6): `ledger`, `leader`, `due`; one that lacks nothing is left out."""
    wanted = dict.fromkeys(codes)
    kept: dict[str, list[Item]] = {code: [] for code in wanted}
    for item in every(db):
        if item.organization in kept and item.state in ledger.PLANNED:
            kept[item.organization].append(item)
    found = {}
    for code, items in kept.items():
        lacks = ("ledger", "leader", "due") if not items else tuple(
            name for name, has in (("leader", any(item.plan.leader for item in items)), ("due", any(item.plan.due_on for item in items))) if not has)
        if lacks:
            found[code] = lacks
    return found

