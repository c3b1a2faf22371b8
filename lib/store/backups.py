"""Backup and restore: the whole home (store, attachments, snapshots) in one zip file that says of every member what it must be.

A backup is written beside its name and renamed when it is whole; a restore checks every member before anything is put in place.
Like the store it holds the accounts' hashes and telephone numbers: the file is for its owner alone.
"""

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from lib.core.model import Refused
from lib.store import attachments, db, events, integrity, setup, snapshots
from lib.store.db import Database
from lib.store.migrations import migrations

FORMAT = "chengping-backup-1"
STORE, CONTENTS, STAGED, LOCK = "store.db", "contents.json", "restore.tmp", "lock"
TOLD = {"format", "at", "schema", "seq", "head", "members"}
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
        partial.touch(0o600)
        with db.session(copy) as frozen, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            seq, head = events.head(frozen)
            contents = {"format": FORMAT, "at": at, "seq": seq, "head": head, "schema": [each.name for each in migrations.applied(frozen)],
                        "members": {}}
            for name, file in _files(frozen, copy):
                contents["members"][name] = _put(archive, name, file)
            archive.writestr(CONTENTS, json.dumps(contents, ensure_ascii=False, indent=1))
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return contents


def _files(frozen: Database, copy: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Members by name, open: the store's copy, every file that it refers to, every snapshot on the shelf."""
    with copy.open("rb") as file:
        yield STORE, file
    for sha256 in attachments.referenced(frozen):
        path = attachments.path_of(sha256)
        if not path.is_file():
            raise Refused("backup.missing", name=sha256)
        with path.open("rb") as file:
            yield f"attachments/{sha256[:2]}/{sha256}", file
    for manifest in sorted(snapshots.every(), key=lambda each: each["id"]):
        path = snapshots.folder() / manifest["id"]
        # both are open before either is read: one that goes from the shelf meanwhile is in the backup whole or not at all
        with suppress(FileNotFoundError), path.with_suffix(".db").open("rb") as frozen_copy, path.with_suffix(".json").open("rb") as described:
            yield f"snapshots/{manifest['id']}.db", frozen_copy
            yield f"snapshots/{manifest['id']}.json", described


def _put(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> dict:
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def restore(file: Path) -> dict:
    """Put a backup into the home, which must be empty. Returns its contents. Raises Refused for a home in use, a broken file, a newer schema.

    One that fails or is interrupted leaves the home empty, and one that was killed is swept by the next.
    """
    home = db.home()
    with setup.locked():  # the product does not begin a store meanwhile
        left = {path.name for path in home.iterdir()} - {LOCK}
        if left and (STAGED not in left or STORE in left):  # a restore puts the store in place last
            raise Refused("backup.home_in_use", path=str(home))
        _clear(home)
        staged, done = home / STAGED, False
        try:
            contents = _unpack(file, staged)
            _check(contents, staged / STORE)
            for path in sorted(staged.iterdir(), key=lambda each: each.name == STORE):
                path.replace(home / path.name)
            done = True
        finally:
            if done:
                staged.rmdir()
            else:
                _clear(home)
        db.forget_connections()
        setup.migrate().close()
    return contents


def _check(contents: dict, store: Path) -> None:
    """Refuse a store that is of a newer version, damaged, or not the one that the contents tell of. Raises Refused."""
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    if set(contents["schema"]) - known:
        raise Refused("setup.newer_store")
    with db.session(store) as frozen:
        if faults := integrity.faults(frozen):
            raise Refused(problems=faults)
        if events.head(frozen) != (contents["seq"], contents["head"]):
            raise Refused("backup.broken", name=STORE)


def _clear(home: Path) -> None:
    """Remove what a restore unpacked or put in place."""
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _unpack(file: Path, staged: Path) -> dict:
    """Unpack into a folder, member by member as the contents list them, each checked. Raises Refused."""
    try:
        with zipfile.ZipFile(file) as archive:
            contents = json.loads(archive.read(CONTENTS))
            listed = sorted((CONTENTS, *contents["members"]))
            if not contents.keys() >= TOLD or contents["format"] != FORMAT or sorted(archive.namelist()) != listed or STORE not in listed:
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
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError, AttributeError, TypeError):
        raise Refused("backup.not_one", name=file.name) from None
