"""What waits for an organization, for a committee with its own, or for the county: counts and short lists (tasks: lib.core.waiting).

The counts stand in the navigation of every page, so they are sums in a few queries, over the actor's own organizations alone.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lib.core.model import Actor, Role
from lib.core.waiting import LONG_DAYS, MOBILIZATION, NOMINATED_IN, TASKS, Count, Late, asked
from lib.store import records
from lib.store.db import Database, iso
from lib.store.rounds import Round

PRESSING = "m.state in ('drafted', 'returned', 'open')"
"""An item's date presses until it is applied for (lib.core.ledger.light)."""
OVER, NEAR = "m.due_on < :today", "m.due_on between :today and :soon"
ITEMS = {
    "rewrite": "m.state = 'returned'", "confirm": "m.state = 'drafted'", "check": "m.state = 'applied'", "sign_off": "m.state = 'checked'",
    "overdue": f"m.state = 'open' and {OVER}", "near": f"m.state = 'open' and {NEAR}",
    "unconfirmed": f"m.state = 'drafted' and {OVER}", "unwritten": f"m.state = 'returned' and {OVER}",
}
"""Tasks of the ledger: which items they are about, by their last move `m`."""
LEDGER = """from organizations o join ledger_items i on i.organization = o.code
  join ledger_moves m on m.item = i.id and m.seq = (select max(n.seq) from ledger_moves n where n.item = i.id)
  where o.closed_on is null {whose}"""
CASES = """from organizations o left join assessments a on a.round = :round and a.organization = o.code
  where o.closed_on is null {whose}"""
UNANSWERED = "r.round = :round and r.settled_at is null and coalesce(r.reply, '') = ''"
REMARKS = f"""from organizations o join assessments a on a.round = :round and a.organization = o.code and a.state = 'returned'
  join remarks r on r.organization = o.code and {UNANSWERED} where o.closed_on is null {{whose}}"""
NO_TALLY = """coalesce(a.state, '') <> 'approved'
  and not exists (select 1 from tallies y where y.round = :round and y.organization = o.code and y.returned > 0)
  and not exists (select 1 from ballots b where b.round = :round and b.organization = o.code and b.count > 0)"""
NOTHING_IN = "a.state is null or a.state = 'not_submitted'"
STATES = {
    "assess": NOTHING_IN, "chase": NOTHING_IN, "tally": NO_TALLY, "correct": "a.state = 'returned'", "review": "a.state = 'submitted'",
    "notice": "a.state = 'proposed'", "returned": "a.state = 'returned' and a.returned_at < :long_ago",
}
"""Tasks that a case's state says, of organization `o` and assessment `a`."""
OBJECTIONS = """from organizations o join assessments a on a.round = :round and a.organization = o.code and a.state = 'noticed'
  join gradings g on g.round = :round and g.organization = o.code
  join objections b on b.round = :round and b.organization = o.code and b.handled_at is null
  where o.closed_on is null {whose}"""
UPHELD = "exists (select 1 from objections b where b.round = :round and b.organization = o.code and b.upheld = 1 and b.handled_at >= g.proposed_at)"
UNHANDLED = "exists (select 1 from objections b where b.round = :round and b.organization = o.code and b.handled_at is null)"
NOTICED = """from assessments a join gradings g on g.round = a.round and g.organization = a.organization
  join organizations o on o.code = a.organization where a.round = :round and a.state = 'noticed' and o.closed_on is null"""
NOTICES = {"send_back": UPHELD, "approve": f"g.notice_until < :today and not {UPHELD} and not {UNHANDLED}"}
"""What the county does next with a grade on public notice."""
NOMINATED = """from records r left join organizations o on o.code = r.organization left join committees c on c.code = r.committee
  where r.round = :round and r.state = 'nominated' and r.removed_at is null and o.closed_on is null and r.register in ({registers})"""
NO_MEETING = """not exists (
  select 1 from records r where r.{column} = :who and r.register = :kickoff and r.round = :round and r.removed_at is null {own})"""


@dataclass(frozen=True)
class Entry:
    """One thing that waits: whose (None: the committee's own or the county's), what it is called, and the day it is due or counts from."""

    organization: str | None
    name: str
    id: str
    day: str | None


def _scope(actor: Actor) -> str:
    match actor.role:
        case Role.ORGANIZATION:
            return "and o.code = :who"
        case Role.COMMITTEE:
            return "and o.committee = :who"
    return ""


def _params(round_: Round, actor: Actor, today: dt.date) -> dict[str, str | None]:
    long_ago = dt.datetime.combine(today - dt.timedelta(days=LONG_DAYS), dt.time(), ZoneInfo(round_.program.timezone))
    return {"round": round_.code, "who": actor.organization or actor.committee, "today": today.isoformat(), "kickoff": MOBILIZATION,
            "soon": (today + dt.timedelta(days=round_.program.ledger.near_days)).isoformat(), "long_ago": iso(long_ago)}


# ---- counts


def counts(db: Database, round_: Round, actor: Actor, today: dt.date) -> dict[str, Count]:
    """How many of each of a role's tasks wait, by task code; deadlines that all of a task share are judged by lib.core.waiting."""
    codes = {task.code for task in TASKS if task.role == actor.role}
    params, whose = _params(round_, actor, today), _scope(actor)
    found = _sums(db, CASES.format(whose=whose), {code: (each,) for code, each in STATES.items() if code in codes}, params)
    found |= _sums(db, LEDGER.format(whose=whose), {
        code: (each, f"({each}) and {PRESSING} and {OVER}", f"({each}) and {PRESSING} and {NEAR}") for code, each in ITEMS.items() if code in codes},
        params)
    if actor.role == Role.ORGANIZATION:
        found |= _sums(db, REMARKS.format(whose=whose), {"answer": ("1 = 1",)}, params)
    if actor.role == Role.COMMITTEE:
        found |= _sums(db, OBJECTIONS.format(whose=whose), {
            "objection": ("1 = 1", "g.notice_until < :today", "g.notice_until between :today and :soon")}, params)
    if actor.role == Role.COUNTY:
        found |= _sums(db, NOTICED, {code: (each,) for code, each in NOTICES.items()}, params) | _nominations(db, params)
    if "kickoff" in codes and MOBILIZATION in records.names(db):
        found["kickoff"] = Count(db.conn.execute(f"select case when {_no_meeting(actor)} then 1 else 0 end", params).fetchone()[0])
    return found


def _sums(db: Database, source: str, conditions: dict[str, tuple[str, ...]], params: dict) -> dict[str, Count]:
    """One pass over a source, with a sum for each condition: of all, of those over their date, of those near it."""
    sums = ", ".join(f"coalesce(sum(case when {each} then 1 else 0 end), 0)" for several in conditions.values() for each in several)
    row = iter(db.conn.execute(f"select {sums} {source}", params).fetchone())
    return {code: Count(*(next(row) for _ in several)) for code, several in conditions.items()}


def _no_meeting(actor: Actor) -> str:
    """Whether the kick-off meeting is not recorded: the organization's, or the committee's own."""
    column, own = ("organization", "") if actor.role == Role.ORGANIZATION else ("committee", "and r.organization is null")
    return NO_MEETING.format(column=column, own=own)


def _registers(db: Database) -> dict[str, tuple[str, ...]]:
    """Registers whose nominations the county decides, by task."""
    decided = [name for name in records.names(db) if Role.COUNTY in records.register(db, name).approve]
    others = tuple(name for name in decided if name not in NOMINATED_IN)
    return {**{name: (name,) for name in NOMINATED_IN if name in decided}, **({"nominations": others} if others else {})}


def _among(registers: tuple[str, ...], params: dict) -> tuple[str, dict]:
    named = {f"register{place}": name for place, name in enumerate(registers)}
    return NOMINATED.format(registers=", ".join(f":{each}" for each in named)), {**params, **named}


def _nominations(db: Database, params: dict) -> dict[str, Count]:
    found = {}
    for code, registers in _registers(db).items():
        source, params_ = _among(registers, params)
        found[code] = Count(db.conn.execute(f"select count(*) {source}", params_).fetchone()[0])
    return found


# ---- lists


def entries(db: Database, round_: Round, actor: Actor, today: dt.date, code: str, limit: int) -> list[Entry]:
    """The first of what waits of one task, the earliest date first; nothing for a task that is one thing of the actor's own."""
    params, whose = {**_params(round_, actor, today), "limit": limit}, _scope(actor)
    if code in ITEMS:
        name = "m.problem" if actor.role == Role.ORGANIZATION else "o.name"
        sql = f"select o.code, {name}, i.id, m.due_on {LEDGER.format(whose=whose)} and {ITEMS[code]} order by m.due_on, i.number"
    elif code == "answer":
        sql = f"select o.code, r.text, r.id, null {REMARKS.format(whose=whose)} order by r.at, r.id"
    elif code in STATES and actor.role != Role.ORGANIZATION:
        day = "a.returned_at" if code == "returned" else "null"
        sql = f"select o.code, o.name, o.code, {day} {CASES.format(whose=whose)} and ({STATES[code]}) order by 4, o.code"
    elif code == "objection":
        sql = f"select o.code, o.name, b.id, g.notice_until {OBJECTIONS.format(whose=whose)} order by g.notice_until, b.raised_at, b.id"
    elif code in NOTICES:
        sql = f"select o.code, o.name, o.code, g.notice_until {NOTICED} and {NOTICES[code]} order by g.notice_until, o.code"
    elif registers := _registers(db).get(code):
        source, params = _among(registers, params)
        sql = f"select r.organization, coalesce(o.name, c.name, ''), r.id, null {source} order by r.seq"
    else:
        return []
    return [Entry(*row) for row in db.conn.execute(f"{sql} limit :limit", params)]


# ---- who is to be reminded


LATE = f"""
with items as (select i.organization, count(*) overdue, min(m.due_on) since {LEDGER} and {PRESSING} and {OVER} group by i.organization)
select o.code, o.name, o.committee, c.name, o.township, o.secretary, o.phone, coalesce(a.state, 'not_submitted'),
       case when a.state = 'returned' and a.returned_at < :long_ago then a.returned_at end,
       (select count(*) from remarks r where r.organization = o.code and {UNANSWERED}), coalesce(l.overdue, 0), l.since
from organizations o join committees c on c.code = o.committee left join assessments a on a.round = :round and a.organization = o.code
left join items l on l.organization = o.code
where o.closed_on is null {{whose}}
  and ((:chasing = 1 and ({NOTHING_IN})) or (a.state = 'returned' and a.returned_at < :long_ago) or l.overdue > 0)
order by o.committee, o.code
"""


def late(db: Database, round_: Round, actor: Actor, today: dt.date) -> tuple[Late, ...]:
    """Organizations that an office is to remind; without a submission from shortly before the deadline on."""
    chase = next(task for task in TASKS if task.code == "chase")
    chasing = asked(chase, round_.program, today)
    zone = ZoneInfo(round_.program.timezone)
    found = []
    for *whose, secretary, phone, state, returned_at, unanswered, overdue, since in db.conn.execute(
            LATE.format(whose=_scope(actor)), {**_params(round_, actor, today), "chasing": int(chasing)}):
        returned = dt.datetime.fromisoformat(returned_at).astimezone(zone).date() if returned_at else None
        found.append(Late(*whose, chasing and state == "not_submitted", secretary, phone, returned, unanswered if returned else 0, overdue,
                          dt.date.fromisoformat(since) if since else None))
    return tuple(found)
