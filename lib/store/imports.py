"""Imports that were carried out, with what it takes to undo each of them: exactly once, as one command, unless something of it was changed since.

What stood before is kept here and not in the events, since it holds telephone numbers; no download has this table.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lib.core import access, phrases
from lib.core.access import Action
from lib.core.ledger import ItemState
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.store import events, organizations, records, rounds
from lib.store import ledger as store_ledger
from lib.store.db import Database, SQLiteError, command, one, value

ORGANIZATIONS, RESULTS = "organizations", "results"
"""Kinds of imports; every other kind is the name of a register."""
OFFICE = frozenset({ORGANIZATIONS, RESULTS})
"""Kinds that only the county office imports."""
CHANGES = ("organization.added", "organization.changed", "organization.closed", "organization.reopened", "class.changed", "class.withdrawn")
"""Events that change what the registry's table says of an organization."""
NAMED = 5
"""Names that a refusal gives."""


@dataclass(frozen=True)
class Import:
    """One import that was carried out; `seq` is its event's, which comes after those of its changes."""

    id: str
    kind: str
    at: str
    author: str
    added: int
    changed: int
    seq: int
    body: Mapping[str, list]


def fields(db: Database, code: str, wanted: Iterable[str]) -> dict[str, object] | None:
    """What stands of an organization in some fields, None where there is none of that code."""
    row = one(db, f"select {', '.join(organizations.FIELDS)} from organizations where code = ?", (code,))
    return row and {field: row[field] for field in wanted}


def keep(db: Database, actor: Actor, kind: str, body: Mapping[str, object], added: int, changed: int, at: str) -> None:
    """Keep what it takes to undo an import; called at the end of its command.

    The body of ORGANIZATIONS has `organizations` (code, the fields before, None for one that was added, and after), `classes` (ids of decisions)
    and `committees` (codes); of RESULTS `results` (code, and state and grading before, as `result` gives them); of a register `begun` (seq before
    the import) and `records` (id, and what `standing` gave before, None for one that was added, and after).
    """
    seq = events.append(db, actor, "import.applied", kind, {"added": added, "changed": changed}, at)
    db.conn.execute("insert into imports(id, kind, at, author, added, changed, seq, body) values(?, ?, ?, ?, ?, ?, ?, ?)",
                    (f"i{seq}", kind, at, actor.name, added, changed, seq, json.dumps(body, ensure_ascii=False, separators=(",", ":"))))


def last(db: Database, actor: Actor, kind: str) -> Import | None:
    """The last import of a kind that was not undone: of anybody for the county, else of the actor's own."""
    own = "" if actor.role == Role.COUNTY else "and author = ?"
    row = one(db, f"""select id, kind, at, author, added, changed, seq, body from imports where kind = ? and undone_at is null {own}
                      order by seq desc limit 1""", (kind, actor.name) if own else (kind,))
    return row and Import(**{**row, "body": json.loads(row["body"])})


def undo(db: Database, actor: Actor, kind: str, at: str, *, only: str | None = None) -> Import:
    """Take the last import of a kind back. Raises Refused when there is none, when it is not `only` (the id that somebody looked at), when the
    actor may not import, and, naming some, when something of it was changed since.
    """
    take_back = {ORGANIZATIONS: _organizations, RESULTS: _results}.get(kind, _records)
    with command(db):
        if take_back is _records:
            records.register(db, kind)  # an unknown one is refused in words
        found = last(db, actor, kind)
        if found is None:
            raise Refused("import.none_to_undo")
        if only not in (None, found.id):
            raise Refused("import.another_since")
        take_back(db, actor, found, at)
        events.append(db, actor, "import.undone", kind, {"import": found.id, "added": found.added, "changed": found.changed}, at)
        db.conn.execute("update imports set undone_at = ?, undone_by = ? where id = ?", (at, actor.name, found.id))
    return found


def who(db: Database, username: str) -> str:
    """What the account of somebody who changed something is called; its own word where there is none."""
    return value(db, "select name from accounts where username = ?", (username,)) or username


def reason() -> str:
    """Why something was struck out or dismissed, in the language of what is written down."""
    return phrases.text("imports.undone_reason", store_ledger.NOTED_IN)


def _refuse(names: Collection[str]) -> None:
    if names:
        listed = phrases.listed(list(names)[:NAMED])
        raise Refused("import.used_since", names=listed, count=len(names))


# ---- the registry


def _organizations(db: Database, actor: Actor, found: Import, at: str) -> None:
    """Earlier values again, and what was added is gone as if it had never been: nothing refers to it."""
    access.require(actor, Action.EDIT_REGISTRY)
    decisions = [one(db, "select * from class_changes where id = ?", (each,)) for each in found.body["classes"]]
    touched = [code for code, _, after in found.body["organizations"] if fields(db, code, after) != after]
    touched += [each["organization"] for each in decisions if _decided_since(db, each)]
    added = [code for code, before, _ in found.body["organizations"] if before is None]
    touched += [code for code in added if value(db, "select closed_on from organizations where code = ?", (code,))]
    _refuse([_name(db, code) for code in dict.fromkeys(touched)])
    for each in decisions:
        events.append(db, actor, "class.withdrawn", each["organization"], {"moment": each["moment"], "value": each["value"]}, at)
        db.conn.execute("delete from class_changes where id = ?", (each["id"],))
    for _, before, _ in found.body["organizations"]:
        if before is not None:
            organizations.save_organization(db, actor, before, at)
    names = {code: _name(db, code) for code in added}
    _refuse([names[code] for code in added if not _gone(db, actor, "organization", code, at)])
    for code in found.body["committees"]:
        _gone(db, actor, "committee", code, at)  # one that others have used since stays


def _decided_since(db: Database, decision: Mapping[str, object]) -> bool:
    """Whether a class was decided anew after a decision."""
    return value(db, "select 1 from class_changes where round = ? and organization = ? and moment = ? and seq > ?",
                 tuple(decision[column] for column in ("round", "organization", "moment", "seq"))) is not None


def _gone(db: Database, actor: Actor, what: str, code: str, at: str) -> bool:
    """Remove an organization or a committee that nothing refers to; False, and nothing done, when something does."""
    try:
        db.conn.execute(f"delete from {what}s where code = ?", (code,))
    except SQLiteError:
        return False
    events.append(db, actor, f"{what}.withdrawn", code, {}, at)
    return True


def _name(db: Database, code: str) -> str:
    return value(db, "select name from organizations where code = ?", (code,)) or code


# ---- results


def result(db: Database, code: str) -> tuple[str | None, dict | None]:
    """State and grading of an organization in the current round, as they stand."""
    round_ = rounds.current_code(db)
    state = value(db, "select state from assessments where round = ? and organization = ?", (round_, code))
    return state, one(db, "select * from gradings where round = ? and organization = ?", (round_, code))


def _results(db: Database, actor: Actor, found: Import, at: str) -> None:
    """The earlier grade and state again. An organization that had no assessment is left with one that is not submitted."""
    for code, *_ in found.body["results"]:
        access.require(actor, Action.RECORD_RESULT, organizations.whose(db, code))

    def changed(code: str) -> bool:
        state, row = result(db, code)
        return state != State.APPROVED or row is None or (row["source"], row["proposed_at"]) != ("paper", found.at)

    _refuse([_name(db, code) for code, *_ in found.body["results"] if changed(code)])
    round_ = rounds.current_code(db)
    for code, state, before in found.body["results"]:
        db.conn.execute("delete from gradings where round = ? and organization = ?", (round_, code))
        if before is None:
            events.append(db, actor, "grade.reopened", code, {"reason": reason()}, at)
        else:
            events.append(db, actor, "grade.restored", code, {"grade": before["grade"], "final": before["final_score"], "reason": reason()}, at)
            db.conn.execute(f"insert into gradings({', '.join(before)}) values({', '.join('?' * len(before))})", list(before.values()))
        db.conn.execute("update assessments set state = ? where round = ? and organization = ?", (state or State.NOT_SUBMITTED, round_, code))


# ---- registers


def standing(found: records.Record) -> dict[str, object]:
    """What an import may change of a record."""
    return {"values": dict(found.values), "state": found.state.value, "decided_at": found.decided_at, "decided_by": found.decided_by,
            "decision": found.decision}


def _records(db: Database, actor: Actor, found: Import, at: str) -> None:
    """Earlier answers and decisions again; what was added is struck out, and what it put on the ledger is dismissed."""
    kept, today = records.register(db, found.kind), rounds.local(db, at).date()
    if not kept.may_write(actor):
        raise Refused("access.refused", action=Action.KEEP_RECORD.value, role=actor.role.value)
    now = {record.id: record for record in records.every(db, found.kind)}
    raised = _raised(db, {record for record, *_ in found.body["records"]}, found.body["begun"], found.seq)
    _refuse([now[record].values.get(kept.title) or record if record in now else record for record, _, after in found.body["records"]
             if record not in now or standing(now[record]) != after or any(moved for _, moved in raised.get(record, ()))])
    for items in raised.values():
        for item, _ in items:
            store_ledger.act(db, SYSTEM, item, Action.DISMISS_ITEM, at, note=reason())
    for record, before, _ in sorted(found.body["records"], key=lambda each: each[1] is not None):  # keys that were added are free again first
        if before is None:
            records.remove(db, actor, record, reason(), at)
            continue
        records.change(db, actor, record, {**dict.fromkeys(now[record].values), **before["values"]}, at, today)
        db.conn.execute("update records set state = ?, decided_at = ?, decided_by = ?, decision = ? where id = ?",
                        (before["state"], before["decided_at"], before["decided_by"], before["decision"], record))


def _raised(db: Database, changed: Collection[str], begun: int, ended: int) -> dict[str, list[tuple[str, bool]]]:
    """Record → what it put on the ledger during an import: items, and whether anybody has done something about each since."""
    found: dict[str, list[tuple[str, bool]]] = {}
    rows = db.conn.execute("""select i.source_id, i.id, max(m.seq) > ?, m.state from ledger_items i join ledger_moves m on m.item = i.id
                              group by i.id having min(m.seq) > ? and min(m.seq) <= ?""", (ended, begun, ended))
    for record, item, moved, state in rows:
        if record in changed:
            found.setdefault(record, []).append((item, bool(moved) or state != ItemState.DRAFTED))
    return found
