"""What is rolled up: one snapshot a county, each as a folder of the CSV bundle's tables.

A bundle is read where it lies when it was unpacked, else unpacked for as long as it is read; a snapshot's store is written out as the same tables.
A table that an older snapshot did not have is missing, which is something else than empty.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from lib.core.model import Refused
from lib.exchange import bundle, bundle_tables, safe_csv
from lib.store import db, events, whole
from lib.store.db import SQLiteError

MANIFEST = "manifest.json"
ZIP, STORE = ".zip", ".db"
NEEDED = ("cases", "rounds", "committees", "submissions", "answers", "ledger", "records", "record_answers")
"""Tables that figures are counted over."""
ALWAYS = ("cases", "rounds", "committees", "submissions", "answers")
"""Those that every snapshot has."""


@dataclass(frozen=True)
class Given:
    """One county's snapshot as it was handed in: a bundle (zip or folder) or a store. `at` is when it was taken (UTC), `tables` what it has."""

    path: Path
    county: str
    name: str
    snapshot: str
    at: str
    tables: tuple[str, ...]


def find(paths: Iterable[Path]) -> tuple[list[Given], list[Given]]:
    """The newest snapshot of every county, by its code, and those passed over for a newer one.

    A path is a bundle, an unpacked bundle, a snapshot's store, or a folder that holds any of these, at any depth. Raises Refused.
    """
    found: list[Given] = []
    for path in paths:
        if not path.exists():
            raise Refused("rollup.missing", path=str(path))
        here = list(_below(path))
        if not here:
            raise Refused("rollup.nothing", path=str(path))
        found += here
    newest: dict[str, Given] = {}
    for given in sorted(dict.fromkeys(found), key=lambda given: (given.at, given.snapshot)):
        newest[given.county] = given
    if not newest:
        raise Refused("rollup.nothing", path="")
    kept = [newest[county] for county in sorted(newest)]
    return kept, [given for given in dict.fromkeys(found) if given not in kept]


def _below(path: Path) -> Iterator[Given]:
    if path.is_file():
        yield _given(path)
    elif (path / MANIFEST).is_file():
        yield _bundle(path, json.loads((path / MANIFEST).read_text(encoding="utf-8")), {each.name for each in path.iterdir()})
    else:
        for inner in sorted(path.iterdir()):
            if inner.is_dir() or inner.suffix == ZIP or (inner.suffix == STORE and inner.name != db.store_path().name):
                yield from _below(inner)


def _given(path: Path) -> Given:
    """Raises Refused for a file that is neither a bundle nor a snapshot's store."""
    try:
        if path.suffix == STORE:
            return _store(path)
        with zipfile.ZipFile(path) as archive:
            return _bundle(path, json.loads(archive.read(MANIFEST)), set(archive.namelist()))
    except (zipfile.BadZipFile, KeyError, ValueError, LookupError, SQLiteError):
        raise Refused("rollup.not_one", name=path.name) from None


def _bundle(path: Path, manifest: Mapping, names: set[str]) -> Given:
    """Raises Refused for one without the tables that every bundle has."""
    has = {table for table in NEEDED if f"{table}.csv" in names}
    if "schema" in manifest:  # an older store is read through an upgraded copy, whose new tables are empty
        has &= _tables(manifest["schema"])
    if not has >= set(ALWAYS) or not {"county", "snapshot", "created_at"} <= manifest.keys():
        raise Refused("rollup.not_one", name=path.name)
    return Given(path, manifest["county"], manifest.get("county_name", manifest["county"]), manifest["snapshot"], manifest["created_at"],
                 tuple(table for table in NEEDED if table in has))


def _store(path: Path) -> Given:
    with db.session(path) as frozen:
        program = bundle_tables.Source(frozen).round.program
        has = _tables(whole.schema(frozen))
        return Given(path, program.county, program.name["zh"], path.stem, events.last(frozen)[1], tuple(table for table in NEEDED if table in has))


def _tables(schema: Sequence[str]) -> set[str]:
    """Tables of the bundle that a store with these migrations has something to say in."""
    return set(NEEDED) - {table for table in NEEDED if whole.SINCE.get(table, "") not in ("", *schema)}


@contextmanager
def unpacked(given: Sequence[Given]) -> Iterator[list[Path]]:
    """Folders with the needed tables as CSV, in the order given. Raises Refused for a broken bundle."""
    with tempfile.TemporaryDirectory(prefix="rollup-") as made:
        folders = []
        for number, each in enumerate(given):
            folder = each.path
            if folder.is_file():
                folder = Path(made) / str(number)
                folder.mkdir()
                _unpack(each, folder)
            folders.append(folder)
        yield folders


def _unpack(given: Given, folder: Path) -> None:
    if given.path.suffix == STORE:
        with db.session(given.path) as frozen:
            source = bundle_tables.Source(frozen)
            local = bundle.local_time(ZoneInfo(source.round.program.timezone))
            for sheet in bundle_tables.SHEETS:
                if sheet.name in given.tables:
                    with (folder / f"{sheet.name}.csv").open("wb") as file:
                        file.write(safe_csv.line([field.name for field in sheet.fields]).encode(safe_csv.ENCODING))
                        file.writelines(bundle_tables.lines(sheet, source, local))
        return
    try:
        with zipfile.ZipFile(given.path) as archive:
            for table in given.tables:
                archive.extract(f"{table}.csv", folder)
    except (zipfile.BadZipFile, EOFError, RuntimeError):
        raise Refused("rollup.not_one", name=given.path.name) from None
