"""Backup and restore: the whole home (store, attachments, snapshots) in one zip file that says of every member what it must be.

A backup is written beside its name and renamed when it is whole; a restore checks every member before anything is put in place.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lib.core.model import Refused
from lib.store import attachments, db, events, integrity, setup, snapshots
from lib.store.db import Database
from lib.store.migrations import migrations

FORMAT = "chengping-backup-1"
STORE, CONTENTS = "store.db", "contents.json"
CHUNK = 2**20


def backup(store: Database, out: Path, at: str) -> dict:
    """Write everything to one file. The store is copied as of one moment; evidence files never change once written.

    Returns the contents: format, at, schema, seq, head, members (name → size, sha256). Raises Refused when a file that the store
    knows is missing.
    """
    partial = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    copy = db.home() / f"backup.{os.getpid()}.tmp"
    try:
        store.conn.execute("vacuum into ?", (str(copy),))
        with db.session(copy) as frozen, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            seq, head = events.head(frozen)
            contents = {"format": FORMAT, "at": at, "seq": seq, "head": head, "schema": [each.name for each in migrations.applied(frozen)],
                        "members": {}}
            for name, path in _files(frozen, copy):
                contents["members"][name] = _put(archive, name, path)
            archive.writestr(CONTENTS, json.dumps(contents, ensure_ascii=False, indent=1))
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return contents


def _files(frozen: Database, copy: Path) -> Iterator[tuple[str, Path]]:
    """Members by name: the store's copy, every file that it refers to, every snapshot on the shelf."""
    yield STORE, copy
    for sha256 in attachments.referenced(frozen):
        path = attachments.path_of(sha256)
        if not path.is_file():
            raise Refused("backup.missing", name=sha256)
        yield f"attachments/{sha256[:2]}/{sha256}", path
    for manifest in sorted(snapshots.every(), key=lambda each: each["id"]):
        for ending in (".db", ".json"):
            yield f"snapshots/{manifest['id']}{ending}", snapshots.folder() / f"{manifest['id']}{ending}"


def _put(archive: zipfile.ZipFile, name: str, path: Path) -> dict:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def restore(file: Path) -> dict:
    """Put a backup into the home, which must be empty. Returns its contents. Raises Refused for a home in use, a broken file, a newer schema."""
    home = db.home()
    if home.exists() and any(path.name != "lock" for path in home.iterdir()):
        raise Refused("backup.home_in_use", path=str(home))
    home.mkdir(parents=True, exist_ok=True)
    staged = home / "restore.tmp"
    try:
        contents = _unpack(file, staged)
        known = {migration.name for migration in migrations.pending(Database(memory=True))}
        if set(contents["schema"]) - known:
            raise Refused("setup.newer_store")
        with db.session(staged / STORE) as frozen:
            if faults := integrity.faults(frozen):
                raise Refused(problems=faults)
            if events.head(frozen) != (contents["seq"], contents["head"]):
                raise Refused("backup.broken", name=STORE)
        for path in sorted(staged.iterdir(), key=lambda each: each.name == STORE):  # the store last: a home without one is still empty
            path.replace(home / path.name)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    db.forget_connections()
    with setup.locked():
        setup.migrate().close()
    return contents


def _unpack(file: Path, staged: Path) -> dict:
    """Unpack into a folder, member by member as the contents list them, each checked. Raises Refused."""
    try:
        with zipfile.ZipFile(file) as archive:
            contents = json.loads(archive.read(CONTENTS))
            if contents.get("format") != FORMAT or set(archive.namelist()) != {CONTENTS, *contents["members"]}:
                raise Refused("backup.not_one", name=file.name)
            for name, told in contents["members"].items():
                target = (staged / name).resolve()
                if not target.is_relative_to(staged.resolve()):
                    raise Refused("backup.not_one", name=file.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                digest, size = hashlib.sha256(), 0
                with archive.open(name) as source, target.open("wb") as out:
                    while chunk := source.read(CHUNK):
                        out.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                if {"size": size, "sha256": digest.hexdigest()} != told:
                    raise Refused("backup.broken", name=name)
                if name.startswith("snapshots/"):
                    target.chmod(0o444)
            (staged / "snapshots").mkdir(exist_ok=True)
            (staged / "snapshots").chmod(0o700)
            return contents
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, AttributeError, TypeError):
        raise Refused("backup.not_one", name=file.name) from None
