"""Evidence files: typed by content, bounded in size, named by hash on disk, served only to those who answer for the organization."""

import hashlib
import io
import os
import re
import struct
import zipfile
from pathlib import Path

from lib.core import access, workflow
from lib.core.access import Action
from lib.core.model import Actor, Refused
from lib.store import assessments, events, organizations
from lib.store.db import Database, command, home, one, value

SIZE_LIMIT = 10 * 2**20
QUOTA = 200 * 2**20
"""Bytes one organization may keep in a round."""
PER_ITEM = 9
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


def every(db: Database, round_code: str, code: str) -> list[dict]:
    """Attachments that stand, oldest first: id, item, name, type, size, at, author."""
    return list(db.query("""select id, item, name, type, size, at, author from attachments
                            where round = ? and organization = ? and removed_at is null order by at, id""", (round_code, code)))


def add(db: Database, actor: Actor, code: str, item: str, name: str, content: bytes, at: str) -> str:
    """Attach a file to an item of the current draft. Returns its id. Raises Refused."""
    organization = organizations.get(db, code)
    access.require(actor, Action.FILL, organization.whose)
    if len(content) > SIZE_LIMIT or not content:
        raise Refused("attachment.size", limit=SIZE_LIMIT // 2**20)
    found = type_of(content)
    if found is None:
        raise Refused("attachment.type", name=name[:80])
    ending, media = found
    stem = stem_of(name)
    digest = _keep(content)
    with command(db):
        draft = assessments.open_assessment(db, actor, code, at)
        workflow.after(draft.state, Action.FILL)
        if item not in draft.form.items or draft.form.items[item].type != "file":
            raise Refused("answer.unknown", name=item)
        used, count = db.conn.execute(
            "select coalesce(sum(size), 0), coalesce(sum(item = ?), 0) from attachments where round = ? and organization = ? and removed_at is null",
            (item, draft.round.code, code)).fetchone()
        if used + len(content) > QUOTA or count >= PER_ITEM:
            raise Refused("attachment.quota", limit=QUOTA // 2**20, count=PER_ITEM)
        seq = events.append(db, actor, "attachment.added", code, {"item": item, "name": f"{stem}.{ending}", "sha256": digest}, at, quiet=True)
        db.conn.execute("""insert into attachments(id, round, organization, item, name, type, size, sha256, at, author)
                           values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                        (f"a{seq}", draft.round.code, code, item, f"{stem}.{ending}", media, len(content), digest, at, actor.name))
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


def open_(db: Database, actor: Actor, attachment: str) -> tuple[str, str, Path]:
    """Name, media type and path of an attachment for one who may read it. Raises Refused."""
    row = one(db, "select organization, name, type, sha256 from attachments where id = ?", (attachment,))
    if row is None:
        raise Refused("attachment.unknown")
    access.require(actor, Action.READ_ATTACHMENT, organizations.whose(db, row["organization"]))
    return row["name"], row["type"], path_of(row["sha256"])


def referenced(db: Database) -> list[str]:
    """Hashes of every file that the store knows: what a backup holds."""
    return [row[0] for row in db.conn.execute("select distinct sha256 from attachments order by sha256")]


def count(db: Database) -> int:
    return value(db, "select count(*) from attachments where removed_at is null")
