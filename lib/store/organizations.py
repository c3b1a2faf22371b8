"""The registry: townships, committees, organizations and what the county already knows of them."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lib.core import access, forms
from lib.core.access import Action, Whose
from lib.core.forms import Form, Item
from lib.core.model import Actor, Kind, Problem, Refused, grades_like, said
from lib.store import events, rounds
from lib.store.db import Database, command, one, value

FIELDS = ("code", "name", "kind", "committee", "township", "members", "secretary", "phone")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,39}")
LIMITS = {"name": 100, "secretary": 50, "phone": 40}
"""Characters that a text field may have."""
MOST_MEMBERS = 100_000
FOLLOWS = ("members_full", "village_class", "stars")
"""Items that are prefilled from the number of members and from class decisions."""


@dataclass(frozen=True)
class Organization:
    code: str
    name: str
    kind: str
    committee: str
    committee_name: str
    township: str | None
    township_name: str | None
    members: int | None
    secretary: str
    phone: str
    closed_on: str | None

    @property
    def whose(self) -> Whose:
        return Whose(self.code, self.committee, self.township)


SELECT = """select o.code, o.name, o.kind, o.committee, c.name committee_name, o.township, t.name township_name,
                   o.members, o.secretary, o.phone, o.closed_on
            from organizations o join committees c on c.code = o.committee left join townships t on t.code = o.township"""


def get(db: Database, code: str) -> Organization:
    """One organization. Raises Refused when there is none of that code."""
    row = one(db, f"{SELECT} where o.code = ?", (code,))
    if row is None:
        raise Refused("organization.unknown", code=code)
    return Organization(**row)


def whose(db: Database, code: str) -> Whose:
    """Who answers for an organization, for the question of access. Raises Refused when there is none of that code."""
    row = db.conn.execute("select code, committee, township from organizations where code = ?", (code,)).fetchone()
    if row is None:
        raise Refused("organization.unknown", code=code)
    return Whose(*row)


def every(db: Database, actor: Actor, *, closed: bool = False) -> list[Organization]:
    """The organizations that an actor answers for: all, its committee's, or its own. By township and code."""
    where, params = ["1 = 1"], []
    if actor.committee:
        where, params = [*where, "o.committee = ?"], [*params, actor.committee]
    if actor.organization:
        where, params = [*where, "o.code = ?"], [*params, actor.organization]
    if not closed:
        where.append("o.closed_on is null")
    order = "order by t.position is null, t.position, o.kind, o.code"
    return [Organization(**row) for row in db.query(f"{SELECT} where {' and '.join(where)} {order}", params)]


def townships(db: Database) -> list[dict]:
    """Rows of code, name, name_en in the county's own order."""
    return list(db.query("select code, name, name_en from townships order by position"))


def committees(db: Database) -> list[dict]:
    """Rows of code, name, township (code or None), townships' first."""
    return list(db.query("select code, name, township from committees order by township is null, code"))


def facts(db: Database, code: str) -> dict[str, str]:
    """What the county knows of an organization by questionnaire item name, for prefilling."""
    return {row["name"]: row["value"] for row in
            db.query("select name, value from registry_facts where organization = ?", (code,))}


def class_now(db: Database, round_code: str, code: str, moment: str = "now") -> str | None:
    """Latest class or stars of a moment (`start`, `target`, `now`); the class now is the start's until one is decided."""
    moments = ("now", "start") if moment == "now" else (moment,)
    for each in moments:
        found = value(db, """select value from class_changes where round = ? and organization = ? and moment = ?
                             order by seq desc limit 1""", (round_code, code, each))
        if found:
            return found
    return None


def classes(db: Database, round_code: str, moment: str) -> dict[str, str]:
    """Latest class or stars of one moment (`start`, `target`, `now`) by organization."""
    return dict(db.conn.execute("""select organization, value from class_changes where round = ? and moment = ? order by seq""",
                                (round_code, moment)).fetchall())


def class_history(db: Database, code: str) -> list[dict]:
    """Every class or stars decision, newest first: moment, value, decided_on, reason, author."""
    return list(db.query("""select moment, value, decided_on, reason, author, round from class_changes
                            where organization = ? order by seq desc""", (code,)))


# ---- commands


def add_township(db: Database, actor: Actor, code: str, name: str, name_en: str, position: int, at: str) -> None:
    access.require(actor, Action.EDIT_REGISTRY)
    with command(db):
        events.append(db, actor, "township.added", code, {"name": name}, at)
        db.conn.execute("insert into townships(code, name, name_en, position) values(?, ?, ?, ?)", (code, name, name_en, position))


def add_committee(db: Database, actor: Actor, code: str, name: str, township: str | None, at: str) -> None:
    """Add a committee: a township's, or a county system's without one. Raises Refused."""
    access.require(actor, Action.EDIT_REGISTRY)
    if not CODE.fullmatch(code):
        raise Refused("organization.code")
    if not 0 < len(name) <= LIMITS["name"]:
        raise Refused("organization.text", column="name", limit=LIMITS["name"])
    if township is not None and value(db, "select 1 from townships where code = ?", (township,)) is None:
        raise Refused("organization.township")
    with command(db):
        if twin := one(db, "select code, name from committees where lower(code) = lower(?) or name = ?", (code, name)):
            raise Refused("committee.exists", code=twin["code"], name=twin["name"])
        events.append(db, actor, "committee.added", code, {"name": name, "township": township}, at)
        db.conn.execute("insert into committees(code, name, township) values(?, ?, ?)", (code, name, township))


def _faults(db: Database, row: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with the fields given."""
    code = row["code"]
    if not isinstance(code, str) or not CODE.fullmatch(code):
        yield Problem.of("organization.code")
    for field, limit in LIMITS.items():
        if field in row and not (isinstance(row[field], str) and len(row[field]) <= limit and (row[field] or field != "name")):
            yield Problem.of("organization.text", column=field, limit=limit)
    if "kind" in row and row["kind"] not in {kind.value for kind in Kind}:
        yield Problem.of("organization.kind")
    if "committee" in row and value(db, "select 1 from committees where code = ?", (row["committee"],)) is None:
        yield Problem.of("organization.committee")
    if row.get("township") is not None and value(db, "select 1 from townships where code = ?", (row["township"],)) is None:
        yield Problem.of("organization.township")
    if row.get("members") is not None and not (isinstance(row["members"], int) and 0 <= row["members"] <= MOST_MEMBERS):
        yield Problem.of("organization.members", most=MOST_MEMBERS)


def save_organization(db: Database, actor: Actor, row: Mapping[str, object], at: str, *, new: bool = False) -> bool:
    """Add an organization, or change the fields given of one that exists. Returns whether anything changed.

    `row` has `code` and any of FIELDS; committee and township are codes. With `new` a code that exists is refused instead of
    changed. Raises Refused with everything that is wrong.
    """
    access.require(actor, Action.EDIT_REGISTRY)
    if faults := tuple(_faults(db, row)):
        raise Refused(problems=faults)
    code = row["code"]
    with command(db):
        before = one(db, f"select {', '.join(FIELDS)} from organizations where code = ?", (code,))
        if new and (twin := one(db, "select name from organizations where lower(code) = lower(?)", (code,))):
            raise Refused("organization.exists", code=code, name=twin["name"])
        given = {field: row[field] for field in FIELDS if field in row}
        changed = {field: now for field, now in given.items() if before is None or before[field] != now}
        if before is None:
            events.append(db, actor, "organization.added", code, changed, at)
            columns = list(given)
            db.conn.execute(f"insert into organizations({', '.join(columns)}) values({', '.join('?' * len(columns))})",
                            [given[column] for column in columns])
        elif changed:
            events.append(db, actor, "organization.changed", code, {f: [before[f], now] for f, now in changed.items()}, at)
            db.conn.execute(f"update organizations set {', '.join(f'{f} = ?' for f in changed)} where code = ?",
                            (*changed.values(), code))
            if "committee" in changed:  # who answers for an organization answers for its records
                db.conn.execute("update records set committee = ? where organization = ?", (changed["committee"], code))
    return bool(changed)


def fact_items(form: Form) -> tuple[Item, ...]:
    """Items of a questionnaire that the registry may know beforehand; what follows from its own fields or decisions is not among them."""
    return tuple(item for item in form.items.values() if item.prefill in ("registry", "system") and item.name not in FOLLOWS)


def save_facts(db: Database, actor: Actor, code: str, values: Mapping[str, str | None], at: str) -> None:
    """Keep what is known of an organization by questionnaire item name; None forgets a fact. Raises Refused."""
    access.require(actor, Action.EDIT_REGISTRY)
    form = rounds.form_for(db, rounds.current(db).code, get(db, code).kind)
    for name, text in values.items():
        try:
            item = form.items[name]
            forms.encode(item, text)
        except (KeyError, ValueError):
            raise Refused("organization.fact", name=name) from None
    with command(db):
        events.append(db, actor, "organization.facts", code, dict(values), at, quiet=True)
        db.conn.executemany("delete from registry_facts where organization = ? and name = ?",
                            [(code, name) for name, text in values.items() if text is None])
        db.conn.executemany("""insert into registry_facts(organization, name, value) values(?, ?, ?)
                               on conflict(organization, name) do update set value = excluded.value""",
                            [(code, name, text) for name, text in values.items() if text is not None])


def close_organization(db: Database, actor: Actor, code: str, on: str, reason: str, at: str) -> None:
    """Take an organization out of the count from a day on (merged, dissolved); its history stays. Raises Refused."""
    access.require(actor, Action.EDIT_REGISTRY)
    if get(db, code).closed_on:
        raise Refused("organization.closed_already")
    reason, on = said(reason), dt.date.fromisoformat(on).isoformat()
    with command(db):
        events.append(db, actor, "organization.closed", code, {"on": on, "reason": reason}, at)
        db.conn.execute("update organizations set closed_on = ? where code = ?", (on, code))


def reopen_organization(db: Database, actor: Actor, code: str, reason: str, at: str) -> None:
    """Take a closing back that was a mistake; both stay in the history. Raises Refused."""
    access.require(actor, Action.EDIT_REGISTRY)
    if not get(db, code).closed_on:
        raise Refused("organization.not_closed")
    with command(db):
        events.append(db, actor, "organization.reopened", code, {"reason": said(reason)}, at)
        db.conn.execute("update organizations set closed_on = null where code = ?", (code,))


def change_class(db: Database, actor: Actor, round_code: str, code: str, moment: str, new: str, decided_on: str, reason: str,
                 at: str) -> str:
    """Record a village's class or a community's stars (S5): at the start, as target, or decided now. Returns its id. Raises Refused."""
    organization = get(db, code)
    access.require(actor, Action.CHANGE_CLASS, organization.whose)
    scale = grades_like(organization.kind)
    if scale is None or new not in {member.value for member in scale}:
        raise Refused("class.unknown", value=new, name=organization.name)
    reason = said(reason, required=moment == "now")
    with command(db):
        before = class_now(db, round_code, code, moment)
        seq = events.append(db, actor, "class.changed", code,
                            {"moment": moment, "from": before, "to": new, "decided_on": decided_on, "reason": reason}, at)
        db.conn.execute("""insert into class_changes(id, round, organization, moment, value, decided_on, reason, seq, at, author)
                           values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                        (f"k{seq}", round_code, code, moment, new, decided_on, reason, seq, at, actor.name))
    return f"k{seq}"


def names(organizations: Iterable[Organization]) -> dict[str, str]:
    return {organization.code: organization.name for organization in organizations}
