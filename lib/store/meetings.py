"""Meetings: a frozen copy of the figures that everybody under the meeting's link sees, and the minutes box with what was decided.

Minutes are the live store's, never the copy's: what a meeting decides may become items of the rectification ledger.
"""

import datetime as dt

from lib.core import access
from lib.core.access import Action
from lib.core.ledger import LIMITS, Plan, Source
from lib.core.model import Actor, Refused, Role, said
from lib.store import events, ledger, links, rounds, snapshots
from lib.store.db import Database, command, iso, one, value

LASTS = dt.timedelta(days=7)
"""How long a meeting's link opens anything, unless another day is chosen."""


def every(db: Database) -> list[dict]:
    """Meetings, newest first: id, name, snapshot, opened_at, opened_by, closed_at, decisions (how many)."""
    return list(db.query("""select m.id, m.name, m.snapshot, m.opened_at, m.opened_by, m.closed_at,
                            (select count(*) from minutes where meeting = m.id and removed_at is null) decisions
                            from meetings m order by m.opened_at desc, m.id desc"""))


def get(db: Database, meeting: str) -> dict:
    """One meeting. Raises Refused."""
    row = one(db, "select * from meetings where id = ?", (meeting,))
    if row is None:
        raise Refused("meeting.unknown")
    return row


def of_link(db: Database, actor: Actor) -> str | None:
    """The meeting that a view link belongs to."""
    return value(db, "select meeting from links where id = ?", (actor.name.removeprefix("link:"),))


def minutes(db: Database, meeting: str) -> list[dict]:
    """What was decided, in order: id, decision, responsible, due_on, organization with its name and township, item (of the ledger) with its
    number and state.
    """
    return list(db.query(
        """select n.id, n.decision, n.responsible, n.due_on, n.organization, o.name organization_name, o.township, n.item, i.number, n.at, n.author,
           (select state from ledger_moves where item = n.item order by seq desc limit 1) item_state
           from minutes n left join organizations o on o.code = n.organization left join ledger_items i on i.id = n.item
           where n.meeting = ? and n.removed_at is null order by n.at, length(n.id), n.id""", (meeting,)))


def read(db: Database, actor: Actor, meeting: str) -> tuple[dict, list[dict]]:
    """A meeting and its minutes, for one who may read them: the county all, a leader those of the meeting that the link was made for, and of
    them what is about the link's townships or about no organization. Raises Refused.
    """
    access.require(actor, Action.READ_MINUTES)
    if actor.role == Role.LEADER and of_link(db, actor) != meeting:
        raise Refused("meeting.unknown")
    found = minutes(db, meeting)
    if actor.townships:
        found = [row for row in found if row["organization"] is None or row["township"] in actor.townships]
    return get(db, meeting), found


# ---- commands


def open_meeting(db: Database, actor: Actor, name: str, at: dt.datetime, *, expires: dt.datetime | None = None, townships: tuple[str, ...] = (),
                 pin: str = "") -> tuple[str, str]:
    """Freeze the figures under the meeting's name and make its link. Returns the meeting's id and the link's token. Raises Refused."""
    access.require(actor, Action.MANAGE_MEETINGS)
    expires = expires or at + LASTS
    links.check(db, name, expires, at, townships, pin)  # before anything is frozen
    snapshot = snapshots.create(db, actor, name, iso(at))
    with command(db):
        meeting = f"m{events.append(db, actor, 'meeting.opened', name.strip(), {'snapshot': snapshot}, iso(at), quiet=True)}"
        db.conn.execute("insert into meetings(id, name, snapshot, opened_at, opened_by) values(?, ?, ?, ?, ?)",
                        (meeting, name.strip(), snapshot, iso(at), actor.name))
        token = links.create(db, actor, name, expires, at, townships=townships, snapshot=snapshot, meeting=meeting, pin=pin)
    return meeting, token


def new_address(db: Database, actor: Actor, meeting: str, at: dt.datetime, *, expires: dt.datetime | None = None, townships: tuple[str, ...] = (),
                pin: str = "") -> str:
    """Another link to a meeting that goes on, to the same figures, since an address is shown only once; the ones before end. Returns its token.

    Raises Refused.
    """
    access.require(actor, Action.MANAGE_MEETINGS)
    with command(db):
        row = get(db, meeting)
        if row["closed_at"]:
            raise Refused("meeting.over")
        for link, in db.conn.execute("select id from links where meeting = ? and revoked_at is null", (meeting,)).fetchall():
            links.revoke(db, actor, link, at)
        return links.create(db, actor, row["name"], expires or at + LASTS, at, townships=townships, snapshot=row["snapshot"], meeting=meeting,
                            pin=pin)


def close_meeting(db: Database, actor: Actor, meeting: str, at: str) -> None:
    """End a meeting: its links are revoked, its minutes stay. Raises Refused."""
    access.require(actor, Action.MANAGE_MEETINGS)
    with command(db):
        if get(db, meeting)["closed_at"]:
            return
        events.append(db, actor, "meeting.closed", meeting, {}, at, quiet=True)
        db.conn.execute("update meetings set closed_at = ?, closed_by = ? where id = ?", (at, actor.name, meeting))
        for link, in db.conn.execute("select id from links where meeting = ? and revoked_at is null", (meeting,)).fetchall():
            links.revoke(db, actor, link, dt.datetime.fromisoformat(at))


def note(db: Database, actor: Actor, meeting: str, decision: str, responsible: str, due_on: str, at: str, *, organization: str | None = None) -> str:
    """Write a decision down: what, who answers for it, until when (an ISO date). Returns its id. Raises Refused."""
    access.require(actor, Action.MANAGE_MEETINGS)
    decision, responsible = said(decision, required=False), responsible.strip()
    if not decision or not responsible:
        raise Refused("meeting.missing")
    if len(responsible) > LIMITS["responsible"]:
        raise Refused("text.too_long", limit=LIMITS["responsible"])
    try:
        due_on = dt.date.fromisoformat(due_on).isoformat()
    except ValueError:
        raise Refused("ledger.due") from None
    with command(db):
        get(db, meeting)
        if organization and value(db, "select 1 from organizations where code = ?", (organization,)) is None:
            raise Refused("organization.unknown", code=organization)
        seq = events.append(db, actor, "minutes.noted", meeting, {"decision": decision, "responsible": responsible, "due_on": due_on,
                                                                 "organization": organization}, at, quiet=True)
        db.conn.execute("""insert into minutes(id, meeting, decision, responsible, due_on, organization, at, author)
                           values(?, ?, ?, ?, ?, ?, ?, ?)""", (f"n{seq}", meeting, decision, responsible, due_on, organization, at, actor.name))
    return f"n{seq}"


def strike(db: Database, actor: Actor, minute: str, at: str) -> None:
    """Take a decision out of the minutes again; one that is on the ledger stays. Raises Refused."""
    access.require(actor, Action.MANAGE_MEETINGS)
    with command(db):
        row = _minute(db, minute)
        if row["item"]:
            raise Refused("meeting.on_ledger")
        events.append(db, actor, "minutes.struck", row["meeting"], {"minute": minute}, at, quiet=True)
        db.conn.execute("update minutes set removed_at = ? where id = ?", (at, minute))


def to_ledger(db: Database, actor: Actor, minute: str, post: str, at: str) -> str:
    """Make a decision about an organization an item of its ledger, open at once. Returns the item's id. Raises Refused."""
    access.require(actor, Action.MANAGE_MEETINGS)
    with command(db):
        row = _minute(db, minute)
        if row["item"]:
            return row["item"]
        if not row["organization"]:
            raise Refused("meeting.whose")
        if not post.strip():
            raise Refused("meeting.post")
        meeting = get(db, row["meeting"])
        plan = Plan(problem=row["decision"][:LIMITS["problem"]], measure=row["decision"], responsible=row["responsible"], post=post.strip(),
                    due_on=row["due_on"])
        if row["due_on"] < rounds.local(db, at).date().isoformat():
            raise Refused("ledger.due_over", day=row["due_on"])
        item = ledger.raise_item(db, actor, row["organization"], Source.HAND, plan, at, source_id=minute, note=meeting["name"])
        db.conn.execute("update minutes set item = ? where id = ?", (item, minute))
    return item


def _minute(db: Database, minute: str) -> dict:
    row = one(db, "select * from minutes where id = ? and removed_at is null", (minute,))
    if row is None:
        raise Refused("meeting.unknown")
    return row
