"""A hundred counties rolled up in one run beside a bare scan of the same files by the same DuckDB.

Every county has the tables of one and the same bundle under hard links of its own, with a manifest that gives it its code; what is counted must be
so many times what the one county counts. The scan reads every column of every file and counts its cells, nothing else.
"""

import json
import os
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks import homes
from benchmarks.figures import Line, median, quantile
from benchmarks.floors import in_turn
from lib.core import program
from lib.core.model import SYSTEM
from lib.exchange import bundle
from lib.rollup import counting, overview, sources
from lib.store import db, pack, snapshots

COUNTIES, ORGANIZATIONS = 100, 1000
RATIO = 2.0
"""A roll-up may take so many times a bare scan, which reads more columns; what is read is joined and counted thirty-four times."""


def measure(home: Path, folder: Path, size: int, counties: int, rounds: int) -> list[Line]:
    """Lines for so many counties like the one of `home`, `size` organizations each."""
    places = _counties(home, folder, counties)
    rules, (given, _) = program.parse(pack.program_text()), sources.find([folder / "counties"])
    scan = _Scan([place / f"{table}.csv" for place in places for table in sources.NEEDED])
    made: list[overview.Overview] = []
    taken, least = in_turn([lambda: made.append(overview.make(given, counting.count(given, rules), rules))] * rounds, scan)
    one = overview.make(given[:1], counting.count(given[:1], rules), rules)
    wrong = sum((every.met, every.among) != (counties * own.met, counties * own.among)
                for every, own in ((made[-1].totals[code][0], one.totals[code][0]) for code in one.codes))
    return [Line(f"roll-up, {counties} × {size:,}", median(taken), "s", p95=quantile(taken, 0.95), floor=median(least), ratio_limit=RATIO,
                 paired=median(ours / bare for ours, bare in zip(taken, least, strict=True))),
            Line("– figures that do not add up", wrong, "", limit=0)]


def _counties(home: Path, folder: Path, counties: int) -> list[Path]:
    archive, first = folder / "county.zip", folder / "county"
    with homes.at(home):
        with db.session() as store:
            snapshots.create(store, SYSTEM, "benchmark", db.iso(db.now(store)))
        with archive.open("wb") as file:
            bundle.write(SYSTEM, snapshots.LATEST, file)
    with zipfile.ZipFile(archive) as opened:
        for name in (sources.MANIFEST, *(f"{table}.csv" for table in sources.NEEDED)):
            opened.extract(name, first)
    manifest = json.loads((first / sources.MANIFEST).read_text(encoding="utf-8"))
    places = [folder / "counties" / f"{number:03}" for number in range(counties)]
    for number, place in enumerate(places):
        place.mkdir(parents=True)
        for table in sources.NEEDED:
            os.link(first / f"{table}.csv", place / f"{table}.csv")
        (place / sources.MANIFEST).write_text(json.dumps({**manifest, "county": f"{number:06}"}), encoding="utf-8")
    shutil.rmtree(first)
    return places


class _Scan:
    def __init__(self, files: Sequence[Path]):
        self.tables = [[file.as_posix() for file in files if file.stem == table] for table in sources.NEEDED]

    def __call__(self) -> None:
        with duckdb.connect() as engine:
            for files in self.tables:
                engine.execute(f"select count(columns(*)) from {counting.scan(files)}").fetchall()
