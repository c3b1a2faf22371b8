"""A snapshot as a zip of CSV files that Excel, WPS and every statistics program open, described by a Frictionless data package.

The same snapshot always gives the same bytes: rows in a fixed order, no clock, no names of machines.
"""

import datetime as dt
import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lib.core import access, phrases
from lib.core.access import Action
from lib.core.model import Actor
from lib.exchange import safe_csv
from lib.exchange.bundle_tables import KEYS, SHEETS, Field, Sheet, Source, lines
from lib.store import db, snapshots

_making = threading.Lock()
_made: set[Path] = set()
LEVEL = 1
"""Of packing: the next ones take twice as long for files a fifth smaller."""
MOMENT = "%Y-%m-%d %H:%M:%S"
SCHEMA_TYPES = {"code": {"type": "string"}, "json": {"type": "object"}, "score": {"type": "number"}, "moment": {"type": "datetime", "format": MOMENT}}


def name(snapshot: str) -> str:
    """File name of a snapshot's bundle. Raises Refused."""
    return f"chengping-{snapshots.get(snapshot)['id']}.zip"


def local_time(zone: ZoneInfo) -> Callable[[str], str]:
    """Gives a stored moment as it is written: the county's clock."""
    return lambda moment: dt.datetime.fromisoformat(moment).astimezone(zone).strftime(MOMENT)


def write(actor: Actor, snapshot: str, file: BinaryIO) -> str:
    """Write the bundle of a snapshot (`latest` is an id) to a binary file that can seek. Returns its file name. Raises Refused."""
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    manifest = snapshots.get(snapshot)
    resources, contents = [], {}
    with db.session(snapshots.path(snapshot)) as frozen, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED,
                                                                             compresslevel=LEVEL) as archive:
        source = Source(frozen)
        local = local_time(ZoneInfo(source.round.program.timezone))
        for sheet in sorted(SHEETS, key=lambda sheet: sheet.name):
            with _member(archive, f"{sheet.name}.csv", contents) as put:
                put(safe_csv.line([field.name for field in sheet.fields]).encode(safe_csv.ENCODING))
                for chunk in lines(sheet, source, local):
                    put(chunk)
            resources.append(_resource(sheet, contents[f"{sheet.name}.csv"]))
        program = source.round.program
        label = manifest.get("first_label", manifest["label"])  # what it is called since changes no byte of the bundle
        package = {"profile": "data-package", "name": f"chengping-{manifest['id']}", "title": f"{program.title['zh']} {label}",
                   "created": manifest["created_at"], "resources": resources}
        _write_json(archive, "datapackage.json", package, contents)
        _write_json(archive, "manifest.json", {
            "snapshot": manifest["id"], "label": label, "created_at": manifest["created_at"], "demo": manifest["demo"],
            "county": program.county, "county_name": program.name["zh"], "year": program.year, "schema": manifest["schema"],
            "events": manifest["seq"], "head": manifest["head"], "store_sha256": manifest["sha256"], "files": contents}, {})
    return name(snapshot)


def data(actor: Actor, snapshot: str) -> bytes:
    """The bundle as bytes, for a download button. Raises Refused."""
    file = io.BytesIO()
    write(actor, snapshot, file)
    return file.getvalue()


def kept(actor: Actor, snapshot: str) -> Path:
    """The bundle of a snapshot as a file beside it, made on the first request since the program started. Raises Refused."""
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    path = snapshots.folder() / f"{snapshots.get(snapshot)['id']}.zip"
    with _making:
        # one that an earlier start left may come from an older version of the program with other tables
        if path not in _made or not path.exists():
            partial = path.with_suffix(f".{os.getpid()}.part")
            try:
                with partial.open("w+b") as file:
                    write(actor, snapshot, file)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
            _made.add(path)
    return path


# ---- members


@contextmanager
def _member(archive: zipfile.ZipFile, file_name: str, contents: dict[str, dict]) -> Iterator[Callable[[bytes], None]]:
    """A file inside the archive: gives what puts bytes into it; afterwards `contents` knows its size and SHA-256.

    Bytes are packed and hashed beside the caller, who reads the next rows meanwhile; no more than one chunk waits.
    """
    size, sha256 = 0, hashlib.sha256()
    with archive.open(file_name, "w") as target, ThreadPoolExecutor(1, "bundle") as beside:
        under_way: list[Future] = []

        def take(chunk: bytes) -> None:
            target.write(chunk)
            sha256.update(chunk)

        def put(chunk: bytes) -> None:
            nonlocal size
            size += len(chunk)
            waiting = beside.submit(take, chunk)
            if under_way:
                under_way.pop().result()
            under_way.append(waiting)

        yield put
        for last in under_way:
            last.result()
    contents[file_name] = {"bytes": size, "sha256": sha256.hexdigest()}


def _write_json(archive: zipfile.ZipFile, file_name: str, content: dict, contents: dict[str, dict]) -> None:
    with _member(archive, file_name, contents) as put:
        put(json.dumps(content, ensure_ascii=False, indent=1).encode())


# ---- data dictionary


def title(column: str, language: str) -> str:
    """What a column of the bundle is called."""
    return phrases.text(f"field.{column}", language)


def _field(field: Field, sheet: Sheet) -> dict[str, object]:
    described = {"name": field.name, "title": title(field.name, "zh"), "title_en": title(field.name, "en"),
                 **SCHEMA_TYPES.get(field.type, {"type": field.type})}
    return {**described, "constraints": {"required": True}} if field.name in sheet.key else described


def _resource(sheet: Sheet, content: dict) -> dict[str, object]:
    keys = [{"fields": [field.name], "reference": {"resource": table, "fields": [column or KEYS[table][0]]}}
            for field in sheet.fields if field.to for table, _, column in (field.to.partition("."),)]
    keys += [{"fields": list(own), "reference": {"resource": table, "fields": list(theirs)}} for own, table, theirs in sheet.keys]
    return {
        "name": sheet.name, "title": phrases.text(f"sheet.{sheet.name}", "zh"), "title_en": phrases.text(f"sheet.{sheet.name}", "en"),
        "path": f"{sheet.name}.csv", "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv", "encoding": safe_csv.ENCODING,
        "bytes": content["bytes"], "hash": f"sha256:{content['sha256']}",
        "schema": {"fields": [_field(field, sheet) for field in sheet.fields], "primaryKey": list(sheet.key), "missingValues": [""],
                   **({"foreignKeys": keys} if keys else {})}}
