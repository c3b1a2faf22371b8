"""Snapshots: frozen copies of the store with a manifest each (design §1.3).

`$CHENGPING_HOME/snapshots/<id>.db` is the copy, `<id>.json` its manifest. Each is written under another name, made durable and then
renamed, so that a snapshot is there whole or not at all; what a lost machine left behind is swept before the next one is made.
The copy is a whole store, accounts' hashes included: the folder is for the owner alone. What a snapshot is called may be changed later;
its copy never is.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from lib.core import access, retention
from lib.core.access import Action
from lib.core.model import Actor, Problem, Refused
from lib.store import db as stores
from lib.store import events, integrity, rounds, setup
from lib.store.db import Database, SQLiteError, command
from lib.store.migrations import migrations

LATEST, NOW = "latest", "now"
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
    """Manifests of all snapshots, newest first: id, label, created_at, created_by, automatic, size, sha256, seq, head, schema, rows, demo.

    `first_label` is there for one that was renamed: what it was called when it was made.
    """
    found = [_read(path.stem) for path in folder().glob("*.json") if ID.fullmatch(path.stem)]
    return sorted(filter(None, found), key=lambda manifest: (manifest["seq"], manifest["id"]), reverse=True)


def _read(snapshot: str) -> dict | None:
    """A manifest; None without one, or without its copy: another process may take a snapshot off the shelf at any moment."""
    path = _manifest(snapshot)
    try:
        written = path.stat()
        manifest = _parsed(path, written.st_mtime_ns, written.st_ino)
    except FileNotFoundError:
        return None
    return {"automatic": False, **manifest} if _copy(snapshot).exists() else None


@lru_cache(maxsize=512)
def _parsed(path: Path, _written: int, _inode: int) -> dict:
    """A manifest's file, read again when another has taken its place: the overview asks at every run which snapshot is the newest."""
    return json.loads(path.read_text(encoding="utf-8"))


def get(snapshot: str) -> dict:
    """The manifest of a snapshot; `latest` is an id. Raises Refused."""
    if snapshot == LATEST:
        manifests = every()
        if not manifests:
            raise Refused("snapshot.none")
        return manifests[0]
    # the id comes from addresses and command lines: nothing but an id may become part of a path
    manifest = _read(snapshot) if ID.fullmatch(snapshot) else None
    if manifest is None:
        raise Refused("snapshot.unknown", snapshot=snapshot[:40])
    return manifest


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


@contextmanager
def reading(state: str) -> Iterator[Database]:
    """A snapshot, or with NOW the live store as it stands at this moment, however long the reading takes. Raises Refused."""
    with stores.session(None if state == NOW else path(state)) as db:
        db.conn.execute("begin")  # the pool ends it
        yield db


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


def create(db: Database, actor: Actor, label: str, at: str, *, automatic: bool = False) -> str:
    """Freeze the store as it is now. The event comes first, so that the copy holds it. Returns the id.

    An `automatic` one is a timer's, and the only kind that `prune` removes. Not inside another command: a copy is made of what is
    committed. Raises Refused.
    """
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    label = _label(label)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone():
        _sweep()
        with command(db):
            stamp = rounds.local(db, at).strftime("%Y%m%d-%H%M%S")
            snapshot = f"{stamp}-{events.head(db)[0] + 1:04x}"
            events.append(db, actor, "snapshot.created", snapshot, {"label": label, "automatic": automatic}, at, quiet=True)
        partial = _copy(snapshot).with_suffix(".db.tmp")
        db.conn.execute("vacuum into ?", (str(partial),))
        with stores.session(partial) as frozen:
            contents = _contents(frozen)
        manifest = {"id": snapshot, "label": label, "created_at": at, "created_by": actor.name, "automatic": automatic,
                    "size": partial.stat().st_size, "sha256": _sha256(partial), **contents}
        described = _describe(manifest)
        for written, final in ((partial, _copy(snapshot)), (described, _manifest(snapshot))):
            written.chmod(0o444)
            _flush(written)
            written.replace(final)
        _flush(folder())
    return snapshot


def rename(db: Database, actor: Actor, snapshot: str, label: str, at: str) -> None:
    """Call a snapshot something else. Its copy and its checksum stay; the manifest keeps what it was called first. Raises Refused."""
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    label = _label(label)
    with _on_shelf(snapshot) as manifest:
        if manifest["label"] == label:
            return
        described = _describe({**manifest, "label": label, "first_label": manifest.get("first_label", manifest["label"])})
        described.chmod(0o444)
        _flush(described)
        with command(db):
            events.append(db, actor, "snapshot.renamed", manifest["id"], {"label": label, "before": manifest["label"]}, at, quiet=True)
            described.replace(_manifest(manifest["id"]))
        _flush(folder())


@dataclass(frozen=True)
class Standing:
    """What a rule makes of an automatic snapshot: why it stays (kinds of retention.PERIODS, or what uses it); nothing, and it goes."""

    manifest: dict
    reasons: tuple[str, ...]


def prune(db: Database, actor: Actor, rule: retention.Rule, at: str, *, dry_run: bool = False) -> tuple[Standing, ...]:
    """Remove the automatic snapshots that neither the rule nor anything in use keeps, each with an event; those made by hand stay.

    Returns what became of every automatic one, newest first; a `dry_run` only says it. Raises Refused.
    """
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    if rule.keeps_nothing:
        raise Refused("snapshot.keeps_nothing")
    if not folder().exists():
        return ()
    with _alone():
        shelf = every()
        automatic = [manifest for manifest in shelf if manifest["automatic"]]
        by_rule = retention.kept({each["id"]: rounds.local(db, each["created_at"]) for each in reversed(automatic)}, rule)
        uses = _uses(db, shelf, at)
        found = tuple(Standing(each, (*by_rule.get(each["id"], ()), *uses.get(each["id"], ()))) for each in automatic)
        if not dry_run:
            for standing in found:
                if not standing.reasons:
                    _remove(db, actor, standing.manifest, at)
            _flush(folder())
    return found


# ---- inside


def _label(label: str) -> str:
    """What a snapshot may be called, trimmed. Raises Refused."""
    label = label.strip()
    if not label or len(label) > LABEL_LIMIT:
        raise Refused("snapshot.label", limit=LABEL_LIMIT)
    return label


def _describe(manifest: dict) -> Path:
    """Write a manifest under another name, to be renamed."""
    described = _manifest(manifest["id"]).with_suffix(".json.tmp")
    described.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    return described


@contextmanager
def _on_shelf(snapshot: str) -> Iterator[dict]:
    """A snapshot's manifest, while no other process changes the shelf. Raises Refused."""
    get(snapshot)  # without a shelf there is nothing to lock
    with _alone():
        yield get(snapshot)


def _uses(db: Database, shelf: list[dict], at: str) -> dict[str, list[str]]:
    """What needs a snapshot of the shelf (newest first): a meeting, a link that still opens, the comparison of either with the one before.

    The newest is what the live store is compared with.
    """
    found: dict[str, list[str]] = {}
    for use, sql, params in (
            ("meeting", "select distinct snapshot from meetings", ()),
            ("link", "select distinct snapshot from links where snapshot is not null and revoked_at is null and expires_at > ?", (at,))):
        for snapshot, in db.conn.execute(sql, params):
            found.setdefault(snapshot, []).append(use)
    baselines = {before["id"] for before, after in zip(shelf[1:], shelf, strict=False) if after["id"] in found}
    for snapshot in baselines | {manifest["id"] for manifest in shelf[:1]}:
        found.setdefault(snapshot, []).append("baseline")
    return found


def _remove(db: Database, actor: Actor, manifest: dict, at: str) -> None:
    """Take a snapshot off the shelf with all that was made of it; the manifest first, so that it is never there by half."""
    with command(db):
        events.append(db, actor, "snapshot.pruned", manifest["id"], {name: manifest[name] for name in ("label", "created_at", "sha256", "seq")},
                      at, quiet=True)
    _manifest(manifest["id"]).unlink()
    for file in folder().glob(f"{manifest['id']}.*"):
        file.unlink()


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
