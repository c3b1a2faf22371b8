"""Evidence files: typed by content, bounded in size, named by hash on disk, served only to those who answer for the organization.

Attachments belong to an item of a questionnaire (ids begin with "a"), evidence to an item of the ledger or to a record ("v").
"""

import hashlib
import io
import os
import re
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lib.core import access, ledger, workflow
from lib.core.access import Action
from lib.core.ledger import ItemState
from lib.core.model import Actor, Refused
from lib.store import assessments, events, organizations, rounds
from lib.store import ledger as store_ledger
from lib.store.db import Database, command, home, one, value

SIZE_LIMIT = 10 * 2**20
QUOTA = 200 * 2**20
"""Bytes one organization may keep in a round, attachments and evidence together."""
PER_ITEM = 9
"""Files at one item of a questionnaire, of the ledger, or at one record."""
NAME_LIMIT = 80
RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))})
"""Names that Windows keeps for devices, whatever the ending."""
OFFICE = {"word/": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
          "xl/": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}
MAGIC = ((b"%PDF-", "pdf", "application/pdf"), (b"\xff\xd8\xff", "jpg", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "png", "image/png"))


def type_of(content: bytes) -> tuple[str, str] | None:
    """Ending and media type that the content itself shows, whatever the file is called; None for what is not accepted."""
    for start, ending, media in MAGIC:
        if content.startswith(start):
            return ending, media
    if content.startswith(b"PK\x03\x04"):
        try:
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
            return None
        if "[Content_Types].xml" not in names:
            return None
        return next((found for prefix, found in OFFICE.items() if any(name.startswith(prefix) for name in names)), None)
    return None


def stem_of(name: str) -> str:
    """What a file is called without folder and ending, as every system can save it; at most 80 characters."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join("_" if c in '<>:"|?*' else c for c in last if c.isprintable()).rsplit(".", 1)[0].strip(". ")[:NAME_LIMIT].strip(". ")
    return f"_{plain}" if plain.split(".")[0].strip().upper() in RESERVED else plain or "file"


def path_of(sha256: str) -> Path:
    return home() / "attachments" / sha256[:2] / sha256


def _keep(content: bytes) -> str:
    """Write content under its hash, whole or not at all, and return the hash."""
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    return digest


@dataclass(frozen=True)
class File:
    """A file that was accepted and is on disk, not yet said to belong to anything."""

    name: str
    media: str
    size: int
    sha256: str


def _take(name: str, content: bytes) -> File:
    """Check a file and put it on disk: outside of a command, since a slow disk must not hold up the others. Raises Refused."""
    if len(content) > SIZE_LIMIT or not content:
        raise Refused("attachment.size", limit=SIZE_LIMIT // 2**20)
    found = type_of(content)
    if found is None:
        raise Refused("attachment.type", name=name[:80])
    ending, media = found
    return File(f"{stem_of(name)}.{ending}", media, len(content), _keep(content))


def _make_room(db: Database, round_code: str, code: str, size: int, beside: int) -> None:
    """Refuse a file that is too much for an organization's quota, or for what has `beside` files already. Raises Refused."""
    used = value(db, """select (select coalesce(sum(size), 0) from attachments where round = ? and organization = ? and removed_at is null)
                        + (select coalesce(sum(size), 0) from evidence where organization = ? and removed_at is null
                           and at >= (select opened_at from rounds where code = ?))""", (round_code, code, code, round_code))
    if used + size > QUOTA or beside >= PER_ITEM:
        raise Refused("attachment.quota", limit=QUOTA // 2**20, count=PER_ITEM)


# ---- of a questionnaire


def every(db: Database, round_code: str, code: str) -> list[dict]:
    """Attachments that stand, oldest first: id, item, name, type, size, at, author."""
    return list(db.query("""select id, item, name, type, size, at, author from attachments
                            where round = ? and organization = ? and removed_at is null order by at, id""", (round_code, code)))


def add(db: Database, actor: Actor, code: str, item: str, name: str, content: bytes, at: str) -> str:
    """Attach a file to an item of the current draft. Returns its id. Raises Refused."""
    organization = organizations.get(db, code)
    access.require(actor, Action.FILL, organization.whose)
    file = _take(name, content)
    with command(db):
        draft = assessments.open_assessment(db, actor, code, at)
        workflow.after(draft.state, Action.FILL)
        if item not in draft.form.items or draft.form.items[item].type != "file":
            raise Refused("answer.unknown", name=item)
        beside = value(db, "select count(*) from attachments where round = ? and organization = ? and item = ? and removed_at is null",
                       (draft.round.code, code, item))
        _make_room(db, draft.round.code, code, file.size, beside)
        seq = events.append(db, actor, "attachment.added", code, {"item": item, "name": file.name, "sha256": file.sha256}, at, quiet=True)
        db.conn.execute("""insert into attachments(id, round, organization, item, name, type, size, sha256, at, author)
                           values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                        (f"a{seq}", draft.round.code, code, item, file.name, file.media, file.size, file.sha256, at, actor.name))
    return f"a{seq}"


def remove(db: Database, actor: Actor, attachment: str, at: str) -> None:
    """Take an attachment off a draft; the file stays, as submitted versions may show it. Raises Refused."""
    row = one(db, "select organization, round from attachments where id = ? and removed_at is null", (attachment,))
    if row is None:
        raise Refused("attachment.unknown")
    access.require(actor, Action.FILL, organizations.whose(db, row["organization"]))
    with command(db):
        workflow.after(assessments.state(db, row["round"], row["organization"]), Action.FILL)
        events.append(db, actor, "attachment.removed", row["organization"], {"attachment": attachment}, at, quiet=True)
        db.conn.execute("update attachments set removed_at = ? where id = ?", (at, attachment))


# ---- of the ledger and of records


def evidence(db: Database, subject: str) -> list[dict]:
    """Evidence that stands at an item of the ledger or at a record, oldest first: id, organization, name, type, size, at, author."""
    return list(db.query("""select id, organization, name, type, size, at, author from evidence
                            where subject = ? and removed_at is null order by at, id""", (subject,)))


def add_evidence(db: Database, actor: Actor, organization: str, subject: str, name: str, content: bytes, at: str) -> str:
    """Put a file to an item of an organization's ledger that is not finished, or to a record about it. Returns its id. Raises Refused."""
    access.require(actor, Action.REPORT_PROGRESS, organizations.whose(db, organization))
    file = _take(name, content)
    with command(db):
        return _enter(db, actor, organization, subject, file, at)


def move_with_evidence(db: Database, actor: Actor, item: str, action: Action, at: str, files: Iterable[tuple[str, bytes]],
                       **move: object) -> ItemState:
    """One move of an item of the ledger (lib.store.ledger.act) with the files (name, content) that prove it: all of it or nothing.

    Returns the item's new state. Raises Refused.
    """
    found = store_ledger.get(db, item)
    access.require(actor, action, found.whose)
    taken = [_take(name, content) for name, content in files]
    with command(db):
        for file in taken:
            access.require(actor, Action.REPORT_PROGRESS, found.whose)
            _enter(db, actor, found.organization, item, file, at)
        return store_ledger.act(db, actor, item, action, at, **move)


def _enter(db: Database, actor: Actor, organization: str, subject: str, file: File, at: str) -> str:
    _subject(db, organization, subject, ledger.UNFINISHED)
    beside = value(db, "select count(*) from evidence where subject = ? and removed_at is null", (subject,))
    _make_room(db, rounds.current_code(db), organization, file.size, beside)
    seq = events.append(db, actor, "evidence.added", organization, {"subject": subject, "name": file.name, "sha256": file.sha256}, at, quiet=True)
    db.conn.execute("insert into evidence(id, organization, subject, name, type, size, sha256, at, author) values(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (f"v{seq}", organization, subject, file.name, file.media, file.size, file.sha256, at, actor.name))
    return f"v{seq}"


def _subject(db: Database, organization: str, subject: str, states: Iterable[ItemState]) -> None:
    """Refuse what is neither a record about the organization nor an item of its ledger in one of these states. Raises Refused."""
    if value(db, "select 1 from records where id = ? and organization = ? and removed_at is null", (subject, organization)):
        return
    found = store_ledger.get(db, subject)
    if found.organization != organization:
        raise Refused("ledger.unknown")
    if found.state not in states:
        raise Refused("ledger.not_now", action=Action.REPORT_PROGRESS.value, item_state=found.state.value)


def remove_evidence(db: Database, actor: Actor, file: str, at: str) -> None:
    """Take back a file; of the ledger's only as long as the item is the organization's turn: what was checked by it stays. Raises Refused."""
    row = one(db, "select organization, subject from evidence where id = ? and removed_at is null", (file,))
    if row is None:
        raise Refused("attachment.unknown")
    access.require(actor, Action.REPORT_PROGRESS, organizations.whose(db, row["organization"]))
    with command(db):
        _subject(db, row["organization"], row["subject"], OWN_TURN)
        events.append(db, actor, "evidence.removed", row["organization"], {"file": file, "subject": row["subject"]}, at, quiet=True)
        db.conn.execute("update evidence set removed_at = ? where id = ?", (at, file))


OWN_TURN = (ItemState.DRAFTED, ItemState.RETURNED, ItemState.OPEN)
"""States in which an item waits for its organization."""


# ---- all files


def open_(db: Database, actor: Actor, attachment: str) -> tuple[str, str, Path]:
    """Name, media type and path of an attachment or of evidence for one who may read it. Raises Refused."""
    row = one(db, "select organization, name, type, sha256 from attachments where id = ?", (attachment,)) or one(
        db, "select organization, name, type, sha256 from evidence where id = ? and removed_at is null", (attachment,))
    if row is None:
        raise Refused("attachment.unknown")
    access.require(actor, Action.READ_ATTACHMENT, organizations.whose(db, row["organization"]))
    return row["name"], row["type"], path_of(row["sha256"])


def referenced(db: Database) -> list[str]:
    """Hashes of every file that the store knows: what a backup holds."""
    return [row[0] for row in db.conn.execute("select sha256 from attachments union select sha256 from evidence order by sha256")]


def count(db: Database) -> int:
    return value(db, "select count(*) from attachments where removed_at is null")
