"""Snapshots: frozen copies of the store with a manifest each (design §1.3).

`$CHENGPING_HOME/snapshots/<id>.db` is the copy, `<id>.json` its manifest. Each is written under another name, made durable and then
renamed, so that a snapshot is there whole or not at all; what a lost machine left behind is swept before the next one is made.
The copy is a whole store, accounts' hashes included: the folder is for the owner alone.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from lib.core import access
from lib.core.access import Action
from lib.core.model import Actor, Problem, Refused
from lib.store import db as stores
from lib.store import events, integrity, rounds, setup
from lib.store.db import Database, SQLiteError, command
from lib.store.migrations import migrations

LATEST = "latest"
ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4,12}")
LABEL_LIMIT = 60


def folder() -> Path:
    return stores.home() / "snapshots"


def _copy(snapshot: str) -> Path:
    return folder() / f"{snapshot}.db"


def _manifest(snapshot: str) -> Path:
    return folder() / f"{snapshot}.json"


# ---- reads


def every() -> list[dict]:
    """Manifests of all snapshots, newest first: id, label, created_at, created_by, size, sha256, seq, head, schema, rows, demo."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder().glob("*.json")
             if ID.fullmatch(path.stem) and _copy(path.stem).exists()]
    return sorted(found, key=lambda manifest: (manifest["seq"], manifest["id"]), reverse=True)


def get(snapshot: str) -> dict:
    """The manifest of a snapshot; `latest` is an id. Raises Refused."""
    if snapshot == LATEST:
        manifests = every()
        if not manifests:
            raise Refused("snapshot.none")
        return manifests[0]
    # the id comes from addresses and command lines: nothing but an id may become part of a path
    if not ID.fullmatch(snapshot) or not _manifest(snapshot).exists() or not _copy(snapshot).exists():
        raise Refused("snapshot.unknown", snapshot=snapshot[:40])
    return json.loads(_manifest(snapshot).read_text(encoding="utf-8"))


def path(snapshot: str) -> Path:
    """The frozen copy of a snapshot, for `db.session(path)`; `latest` is an id. Raises Refused.

    A copy that an older version of the program made is read through a second one, brought up to today's schema; the snapshot itself
    is never touched.
    """
    manifest = get(snapshot)
    frozen = _copy(manifest["id"])
    if set(manifest["schema"]) == _schema():
        return frozen
    upgraded = frozen.with_suffix(f".{len(_schema())}.upgraded")
    if not upgraded.exists():
        with _alone():
            if not upgraded.exists():
                _upgrade(frozen, upgraded)
    return upgraded


def verify(snapshot: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a snapshot: checksum, pages, references, chain, and whether its manifest tells the truth.

    Empty when it is sound. Raises Refused for an unknown one.
    """
    manifest = get(snapshot)
    name, copy = manifest["id"], _copy(manifest["id"])
    found = []
    if _sha256(copy) != manifest["sha256"]:
        found.append(Problem.of("integrity.checksum", snapshot=name))
    with stores.session(copy) as frozen:
        found += integrity.faults(frozen)
        try:
            told = _contents(frozen)
        except SQLiteError:
            return tuple(found)
    found += [Problem.of("integrity.manifest", snapshot=name, detail=fact) for fact in told if told[fact] != manifest.get(fact)]
    return tuple(found)


def unmatched(db: Database) -> tuple[Problem, ...]:
    """Snapshots whose head is no longer in the live chain: the only sign of a chain that was cut off at its end."""
    found = []
    for manifest in every():
        row = stores.one(db, "select hash from events where seq = ?", (manifest["seq"],))
        if row is None or row["hash"] != manifest["head"]:
            found.append(Problem.of("integrity.head", snapshot=manifest["id"], seq=manifest["seq"]))
    return tuple(found)


# ---- commands


def create(db: Database, actor: Actor, label: str, at: str) -> str:
    """Freeze the store as it is now. The event comes first, so that the copy holds it. Returns the id.

    Not inside another command: a copy is made of what is committed. Raises Refused.
    """
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    label = label.strip()
    if not label or len(label) > LABEL_LIMIT:
        raise Refused("snapshot.label", limit=LABEL_LIMIT)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone():
        _sweep()
        with command(db):
            stamp = rounds.local(db, at).strftime("%Y%m%d-%H%M%S")
            snapshot = f"{stamp}-{events.head(db)[0] + 1:04x}"
            events.append(db, actor, "snapshot.created", snapshot, {"label": label}, at, quiet=True)
        partial = _copy(snapshot).with_suffix(".db.tmp")
        db.conn.execute("vacuum into ?", (str(partial),))
        with stores.session(partial) as frozen:
            contents = _contents(frozen)
        manifest = {"id": snapshot, "label": label, "created_at": at, "created_by": actor.name, "size": partial.stat().st_size,
                    "sha256": _sha256(partial), **contents}
        described = _manifest(snapshot).with_suffix(".json.tmp")
        described.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        for written, final in ((partial, _copy(snapshot)), (described, _manifest(snapshot))):
            written.chmod(0o444)
            _flush(written)
            written.replace(final)
        _flush(folder())
    return snapshot


# ---- inside


@cache
def _schema() -> frozenset[str]:
    """Names of the migrations that this version of the program knows."""
    return frozenset(migration.name for migration in migrations.pending(Database(memory=True)))


def _upgrade(frozen: Path, upgraded: Path) -> None:
    """A copy of a snapshot in today's schema, with the registers that a store of today has."""
    partial = upgraded.with_suffix(".upgraded.tmp")
    shutil.copyfile(frozen, partial)
    partial.chmod(0o600)
    store = stores.connect(partial)
    try:
        migrations.apply(store)
        setup.add_registers(store, events.last(store)[1])
    finally:
        store.close()
    _flush(partial)
    partial.replace(upgraded)


def _contents(frozen: Database) -> dict[str, object]:
    """What a manifest says of a copy's contents."""
    seq, head = events.head(frozen)
    tables = sorted(name for name, in frozen.conn.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'"))
    return {"seq": seq, "head": head, "schema": [migration.name for migration in migrations.applied(frozen)],
            "rows": {table: stores.value(frozen, f"select count(*) from {table}") for table in tables}, "demo": setup.is_demo(frozen)}


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Make a file or a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone() -> Iterator[None]:
    """One snapshot at a time, in all processes: what else lies in the folder is a leftover then."""
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """Remove what an interrupted snapshot left: unfinished files, and a copy without its manifest."""
    for leftover in folder().glob("*.tmp*"):
        leftover.unlink()
    for copy in folder().glob("*.db"):
        if ID.fullmatch(copy.stem) and not _manifest(copy.stem).exists():
            copy.unlink()
