"""Records of the registers: what the county keeps beside the questionnaires, each a form filled in about an organization or a committee.

A record's answers stand together as JSON text, read and written only here; every change is an event with what was before.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lib.core import forms, ledger, registers
from lib.core.access import Action, Whose
from lib.core.forms import DYNAMIC, Item
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Kind, Problem, Refused, Words, said
from lib.core.registers import About, Register, Standing
from lib.store import events, organizations, rounds
from lib.store import ledger as store_ledger
from lib.store.db import Database, command, one, value


@dataclass(frozen=True)
class Record:
    """One record with whom it is about, by code and by name. `committee` answers for it; `organization` is None where it is the committee's own."""

    id: str
    register: str
    version: str
    state: Standing
    organization: str | None
    organization_name: str
    committee: str | None
    committee_name: str
    township: str | None
    township_name: str
    values: Mapping[str, str]
    created_at: str
    created_by: str
    changed_at: str
    changed_by: str
    decided_at: str | None
    decided_by: str | None
    decision: str
    seq: int

    @property
    def whose(self) -> Whose | None:
        """None for a record of the county's own."""
        return Whose(self.organization or "", self.committee, self.township) if self.committee else None


@dataclass(frozen=True)
class Entry:
    """What somebody wants to write: whom it is about, and the answers by item name."""

    values: Mapping[str, object]
    organization: str | None = None
    committee: str | None = None


SQL = """
select r.id, r.register, r.version, r.state, r.organization, coalesce(o.name, ''), r.committee, coalesce(c.name, ''), t.code, coalesce(t.name, ''),
       r.body, r.created_at, r.created_by, r.changed_at, r.changed_by, r.decided_at, r.decided_by, r.decision, r.seq
from records r
left join organizations o on o.code = r.organization
left join committees c on c.code = r.committee
left join townships t on t.code = coalesce(o.township, c.township)
where r.removed_at is null and (o.closed_on is null) {}
order by r.seq desc
"""


# ---- reads


_registers: dict[str, Register] = {}
"""Published registers by version, parsed once per process."""


def published(db: Database, version: str) -> Register:
    """A register as it was published. Raises LookupError."""
    if version not in _registers:
        body = value(db, "select body from form_versions where version = ?", (version,))
        if body is None:
            raise LookupError(version)
        _registers[version] = registers.parse(json.loads(body))
    return _registers[version]


def names(db: Database) -> tuple[str, ...]:
    """Names of the current round's registers, in the order they were published in."""
    published = db.conn.execute("""select rf.kind from round_forms rf join form_versions v on v.version = rf.version where rf.round = ?
                                   order by v.published_at, rf.kind""", (rounds.current_code(db),))
    return tuple(name for name, in published if name not in set(Kind))


def register(db: Database, name: str) -> Register:
    """A register of the current round. Raises Refused for an unknown one."""
    version = value(db, "select version from round_forms where round = ? and kind = ?", (rounds.current_code(db), name))
    if version is None or name in set(Kind):  # a questionnaire is no register
        raise Refused("record.register", register=name[:40])
    return published(db, version)


def _record(row: tuple) -> Record:
    return Record(*row[:3], Standing(row[3]), *row[4:10], json.loads(row[10]), *row[11:])


def get(db: Database, record: str) -> Record:
    """A record that stands. Raises Refused."""
    row = db.conn.execute(SQL.format("and r.id = ?"), (record,)).fetchone()
    if row is None:
        raise Refused("record.unknown")
    return _record(row)


def _rows(db: Database, name: str, organization: str | None = None, committee: str | None = None) -> Iterator[tuple]:
    """Rows of SQL of a register in the current round."""
    # of one place: the round is hidden from the planner, which would else read the whole register by its index to spare itself a sort
    where = "and r.register = ? and r.round = ?" if organization is None and committee is None else "and r.register = ? and r.round || '' = ?"
    params = [name, rounds.current_code(db)]
    for column, code in (("organization", organization), ("committee", committee)):
        if code is not None:
            where += f" and r.{column} = ?"
            params.append(code)
    return db.conn.execute(SQL.format(where), params)


def every(db: Database, name: str, *, organization: str | None = None, committee: str | None = None) -> list[Record]:
    """Records of a register in the current round, newest first; those about closed organizations are left out."""
    return [_record(row) for row in _rows(db, name, organization, committee)]


def of_organization(db: Database, code: str) -> list[Record]:
    """Everything that the registers hold about one organization in the current round, newest first."""
    return [_record(row) for row in db.conn.execute(SQL.format("and r.organization = ? and r.round = ?"), (code, rounds.current_code(db)))]


def seq(db: Database, name: str) -> int:
    """Seq of the last change of a register: what is drawn from it is kept by this."""
    return value(db, "select max(seq) from records where register = ?", (name,)) or 0


def counts(db: Database) -> dict[str, tuple[int, str]]:
    """Records that stand in the current round and the time of the last change, by register; registers without a record are left out."""
    rows = db.conn.execute("""select r.register, sum(r.removed_at is null and o.closed_on is null), max(r.changed_at) from records r
                              left join organizations o on o.code = r.organization where r.round = ? group by r.register""",
                           (rounds.current_code(db),))
    return {name: (count, changed) for name, count, changed in rows}


PLACE = ("id", "state", "organization", "organization_name", "committee", "committee_name", "township", "township_name", "created_at")


def table(db: Database, name: str) -> pd.DataFrame:
    """A register as a table of text: PLACE, then a column for each item; missing answers are None."""
    columns = [item.name for item in register(db, name).items] if name in names(db) else []
    found = list(_rows(db, name))
    bodies = json.loads(f"[{','.join(row[10] for row in found)}]")  # one call: a county has tens of thousands
    states = {state.value: state for state in Standing}
    rows = [(row[0], states[row[3]], *row[4:10], row[11], *map(body.get, columns)) for row, body in zip(found, bodies, strict=True)]
    return pd.DataFrame(rows, columns=[*PLACE, *columns], dtype="object")


def labels(db: Database, name: str) -> dict[str, str]:
    """What the records of a register are called in a list of choices, by id: title, and where they belong."""
    title = register(db, name).title
    return {record.id: "　".join(part for part in (record.values.get(title, ""), record.organization_name or record.committee_name) if part)
            for record in every(db, name)}


def choices(db: Database, list_name: str) -> dict[str, str]:
    """Codes and names of a dynamic choice list (`@organizations`, `@committees`, `@leaders`). Raises Refused for an unknown register."""
    match list_name.removeprefix(DYNAMIC):
        case "organizations":
            return dict(db.conn.execute("select code, name from organizations where closed_on is null order by code").fetchall())
        case "committees":
            return dict(db.conn.execute("select code, name from committees order by township is null, code").fetchall())
        case name:
            return labels(db, name)


def spoken(db: Database, item: Item, code: str | None) -> str:
    """Name of what a dynamic answer points to; the code itself where that is gone."""
    if not code:
        return ""
    match item.list_name.removeprefix(DYNAMIC):
        case "organizations":
            return value(db, "select name from organizations where code = ?", (code,)) or code
        case "committees":
            return value(db, "select name from committees where code = ?", (code,)) or code
        case name:
            body = value(db, "select body from records where id = ? and register = ?", (code, name))
            return json.loads(body).get(register(db, name).title, code) if body else code


def facts(db: Database, code: str, today: dt.date) -> dict[str, forms.Value]:
    """What an approval's conditions read of an organization (registers.FACTS), `[]` where nothing is known."""
    round_ = rounds.current_code(db)
    row = one(db, """select o.kind, coalesce(a.state, 'not_submitted') state, case when a.state = 'approved' then g.grade end grade, g.satisfaction
                     from organizations o left join assessments a on a.organization = o.code and a.round = ?
                     left join gradings g on g.organization = o.code and g.round = ? where o.code = ?""", (round_, round_, code))
    if row is None:
        raise Refused("organization.unknown", code=code)
    open_, overdue = db.conn.execute(
        """select count(*), coalesce(sum(m.due_on < ? and m.state in ('drafted', 'returned', 'open')), 0) from ledger_items i
           join ledger_moves m on m.item = i.id and m.seq = (select max(seq) from ledger_moves where item = i.id)
           where i.organization = ? and m.state not in ('signed_off', 'dismissed')""", (today.isoformat(), code)).fetchone()
    criticisms = sum(not record.values.get("lifted_on") for record in every(db, "criticisms", organization=code))
    satisfaction = row["satisfaction"]
    found = {"kind": row["kind"], "state": row["state"], "grade": row["grade"], "class_now": organizations.class_now(db, round_, code),
             "satisfaction": None if satisfaction is None else satisfaction / 100, "open_items": open_, "overdue_items": overdue,
             "criticisms": criticisms}
    return {name: [] if fact is None else fact for name, fact in found.items()}


def unmet(db: Database, record: Record, today: dt.date) -> tuple[registers.Condition, ...]:
    """Conditions that keep a record from approval now."""
    kept = published(db, record.version)
    if not kept.conditions or not record.organization:
        return ()
    reading = forms.read(kept.form, record.values, today)
    return kept.unmet({**reading.values, **facts(db, record.organization, today)})


def history(db: Database, record: str) -> Iterator[dict]:
    """Events of one record, newest first."""
    return events.history(db, record)


# ---- commands


SOURCES = {"visits": Source.VISIT, "inspections": Source.INSPECTION}
"""What the ledger calls the registers that raise items (their head's `raises`)."""


def whose_of(db: Database, kept: Register, organization: str | None, committee: str | None) -> Whose | None:
    """Who answers for a record about somebody. Raises Refused when that is not what the register is about."""
    match kept.about:
        case About.COUNTY:
            if organization or committee:
                raise Refused("record.about", register=kept.name)
            return None
        case About.ORGANIZATION | About.EITHER if organization:
            found = organizations.get(db, organization)
            if found.closed_on:
                raise Refused("organization.closed_already")
            if kept.kinds and found.kind not in kept.kinds:
                raise Refused("record.kind", name=found.name, kind=found.kind)
            return found.whose
        case About.COMMITTEE | About.EITHER if committee and not organization:
            row = one(db, "select code, township from committees where code = ?", (committee,))
            if row is None:
                raise Refused("organization.committee")
            return Whose("", row["code"], row["township"])
    raise Refused("record.about", register=kept.name)


def _label(item: Item) -> Words:
    return Words(item.label.get("zh", item.name), item.label.get("en", item.name))


def checked(db: Database, kept: Register, entry: Mapping[str, object], today: dt.date, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Answers as they are stored: only those whose questions are asked. What they point to must be there, unless they pointed to it `before`:
    a pairing can be ended after its leader was struck out. Raises Refused with everything that is wrong.
    """
    texts, wrong, items = {}, [], {item.name: item for item in kept.items}
    for name, given in entry.items():
        if name not in items:
            wrong.append(Problem.of("answer.unknown", name=name))
            continue
        try:
            texts[name] = forms.encode(items[name], given)
        except (ValueError, TypeError, OverflowError):
            wrong.append(Problem.of("record.not_of_type", label=_label(items[name]), value=str(given)[:40]))
    if wrong:
        raise Refused(problems=tuple(wrong))
    reading = forms.read(kept.form, texts, today)
    for gap in forms.gaps(kept.form, texts, reading):
        message = Words(gap.item.message.get("zh", ""), gap.item.message.get("en", ""))
        wrong.append(Problem.of(f"record.{gap.code}", label=_label(gap.item), message=message) if gap.code == "constraint"
                     else Problem.of(f"record.{gap.code}", label=_label(gap.item)))
    told = forms.relevant_answers(kept.form, texts, reading)
    for name, text in told.items():
        if name in items and items[name].dynamic and text != (before or {}).get(name) and not _exists(db, items[name].list_name, text):
            wrong.append(Problem.of("record.reference", label=_label(items[name]), value=text[:40]))
    if wrong:
        raise Refused(problems=tuple(wrong))
    return {name: text for name, text in told.items() if name in items}


def _exists(db: Database, list_name: str, code: str) -> bool:
    match list_name.removeprefix(DYNAMIC):
        case "organizations":
            return value(db, "select 1 from organizations where code = ? and closed_on is null", (code,)) is not None
        case "committees":
            return value(db, "select 1 from committees where code = ?", (code,)) is not None
        case name:
            return value(db, "select 1 from records where id = ? and register = ? and removed_at is null", (code, name)) is not None


def _twin(db: Database, kept: Register, entry: Entry, texts: Mapping[str, str], besides: str = "") -> Record | None:
    """Another record with the same key about the same."""
    if not kept.key:
        return None
    committee = None if entry.organization else entry.committee
    return next((record for record in every(db, kept.name, organization=entry.organization, committee=committee) if record.id != besides
                 and record.organization == entry.organization and all(record.values.get(name) == texts.get(name) for name in kept.key)), None)


def add(db: Database, actor: Actor, name: str, entry: Entry, at: str, today: dt.date) -> str:
    """Enter a record. Returns its id. A problem found (`raises` of the register's head) is drafted for the organization's ledger.

    Raises Refused with everything that is wrong.
    """
    kept = register(db, name)
    whose = whose_of(db, kept, entry.organization, entry.committee)
    if not kept.may_write(actor, whose):
        raise Refused("access.refused", action=Action.KEEP_RECORD.value, role=actor.role.value)
    with command(db):
        texts = checked(db, kept, entry.values, today)
        if twin := _twin(db, kept, entry, texts):
            raise Refused("record.twin", title=twin.values.get(kept.title, ""))
        number = events.head(db)[0] + 1
        record = f"e{number}"
        state = Standing.NOMINATED if kept.approve else Standing.ENTERED
        events.append(db, actor, "record.added", record, {"register": name, "organization": entry.organization, "committee": entry.committee,
                                                          "values": _public(kept, texts)}, at)
        db.conn.execute(
            """insert into records(id, register, version, round, organization, committee, state, body, seq, created_at, created_by, changed_at,
               changed_by) values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (record, name, kept.form.version, rounds.current_code(db), entry.organization, whose and whose.committee, state, _body(texts), number, at,
             actor.name, at, actor.name))
        _raise(db, kept, record, entry.organization, texts, at)
    return record


def _raise(db: Database, kept: Register, record: str, organization: str | None, texts: Mapping[str, str], at: str) -> None:
    """Put the problem that a record tells of on the organization's ledger, once."""
    source, problem = SOURCES.get(kept.name, Source.HAND), texts.get(kept.raises)
    if organization and problem and not store_ledger.has(db, organization, source, record):
        store_ledger.raise_item(db, SYSTEM, organization, source, Plan(problem=problem[:ledger.LIMITS["problem"]]), at, source_id=record)


def change(db: Database, actor: Actor, record: str, values: Mapping[str, object], at: str, today: dt.date, *, seen: int | None = None) -> bool:
    """Change some answers of a record; the others stay. An approved or refused one stands again for approval, and a problem that is told only
    now goes on the ledger. Returns whether anything changed.

    `seen` is the seq of the record that the writer has looked at: if somebody changed it since, that is refused. Raises Refused.
    """
    with command(db):
        found = get(db, record)
        kept = published(db, found.version)
        _require(kept, actor, found)
        if seen is not None and seen != found.seq:
            raise Refused("record.changed_elsewhere", author=found.changed_by, at=found.changed_at)
        texts = checked(db, kept, {**found.values, **values}, today, found.values)
        if texts == dict(found.values):
            return False
        if twin := _twin(db, kept, Entry(texts, found.organization, found.committee), texts, record):
            raise Refused("record.twin", title=twin.values.get(kept.title, ""))
        before, after = _public(kept, found.values), _public(kept, texts)
        changed = {name: [before.get(name), after.get(name)] for name in {**before, **after} if before.get(name) != after.get(name)}
        number = events.append(db, actor, "record.changed", record, {"register": found.register, "values": changed}, at)
        state = Standing.NOMINATED if kept.approve else Standing.ENTERED
        db.conn.execute("""update records set body = ?, state = ?, seq = ?, changed_at = ?, changed_by = ?, decided_at = null, decided_by = null,
                           decision = '' where id = ?""", (_body(texts), state, number, at, actor.name, record))
        _raise(db, kept, record, found.organization, texts, at)
    return True


def remove(db: Database, actor: Actor, record: str, reason: str, at: str) -> None:
    """Strike a record out, with a reason; it stays in the history. Raises Refused."""
    with command(db):
        found = get(db, record)
        _require(published(db, found.version), actor, found)
        number = events.append(db, actor, "record.removed", record, {"register": found.register, "reason": said(reason)}, at)
        db.conn.execute("update records set removed_at = ?, seq = ? where id = ?", (at, number, record))


def decide(db: Database, actor: Actor, record: str, approved: bool, reason: str, at: str, today: dt.date) -> None:
    """Approve a nomination, if the register's conditions hold, or refuse it with a reason. Raises Refused, naming every condition."""
    with command(db):
        found = get(db, record)
        kept = published(db, found.version)
        if not kept.may_approve(actor, found.whose):
            raise Refused("access.refused", action=Action.APPROVE_RECORD.value, role=actor.role.value)
        if found.state != Standing.NOMINATED:
            raise Refused("record.decided")
        reason = said(reason, required=not approved)
        if approved and (open_ := unmet(db, found, today)):
            raise Refused(problems=tuple(Problem.of("record.condition", condition=Words(each.name["zh"], each.name["en"])) for each in open_))
        number = events.append(db, actor, "record.approved" if approved else "record.refused", record,
                               {"register": found.register, "organization": found.organization, "reason": reason}, at)
        db.conn.execute("update records set state = ?, decided_at = ?, decided_by = ?, decision = ?, seq = ? where id = ?",
                        (Standing.APPROVED if approved else Standing.REFUSED, at, actor.name, reason, number, record))


def _require(kept: Register, actor: Actor, found: Record) -> None:
    if not kept.may_write(actor, found.whose):
        raise Refused("access.refused", action=Action.KEEP_RECORD.value, role=actor.role.value)


def _public(kept: Register, texts: Mapping[str, str]) -> dict[str, str]:
    """Answers as an event keeps them: without telephone numbers and the like, since events go into every download."""
    private = {item.name for item in kept.items if item.private}
    return {name: text for name, text in texts.items() if name not in private}


def _body(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
