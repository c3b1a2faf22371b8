"""The CSV bundle of a county with all answers against the `sqlite3` shell's own dump of the same tables, and its memory at two sizes.

The floor's tables are those of the bundle cell for cell, labels and local times included, laid out beforehand in a file of their own: the shell
reads rows and writes them with `.mode csv`, nothing else; the bundle's rows are joined, labelled and guarded on their way. A bundle is packed, so
that its floor is the shell's dump packed by the same library. Processor time, since the machine may be busy with other things.
"""

import csv
import io
import os
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import homes
from benchmarks.figures import Line, median, quantile
from lib.core.model import SYSTEM
from lib.exchange import bundle
from lib.exchange.bundle_tables import SHEETS, Source, lines
from lib.store import db, snapshots

RATIO = 2.0
"""A bundle may take so many times the shell's dump (issue 5)."""
GROWTH_MB = 16.0
"""Peak memory may grow by so much to ten times the rows: SQLite's pages and sorters, not rows."""
SHELL = "sqlite3"


def measure(home: Path, small: Path, folder: Path, size: int, rounds: int) -> list[Line]:
    """Lines for the county of `home`, `size` organizations, and its peak memory beside that of the county `small`."""
    for each in (small, home):
        with homes.at(each), db.session() as store:
            snapshots.create(store, SYSTEM, "benchmark", db.iso(db.now(store)))
    floor = Dump(home, folder)
    taken: dict[str, list[tuple[float, float]]] = {"dump": [], "packed": [], "rows": [], "bundle": []}
    with homes.at(home):
        for _ in range(rounds):
            for name, work in (("dump", floor), ("packed", floor.pack), ("rows", lambda: _rows(folder / "rows")),
                               ("bundle", lambda: _written(folder / "bundle.zip"))):
                taken[name].append(_taken(work))
    used, waited = ({name: [each[place] for each in times] for name, times in taken.items()} for place in (1, 0))
    packed = [sum(each) for each in zip(used["dump"], used["packed"], strict=True)]
    peaks = [_peak(each) for each in (small, home)]
    return [_line(f"tables as CSV files, {size:,}", used["rows"], used["dump"], RATIO),
            _line("CSV bundle, packed and hashed", used["bundle"], packed, RATIO),
            _line("– against a dump that is not packed", used["bundle"], used["dump"]),
            _line("– the same, time gone by", waited["bundle"], waited["dump"]),
            Line("– peak memory", peaks[1], "MB", floor=peaks[0]), Line("– grown by", peaks[1] - peaks[0], "MB", limit=GROWTH_MB)]


def _line(name: str, taken: list[float], floor: list[float], ratio_limit: float | None = None) -> Line:
    return Line(name, median(taken), "s", p95=quantile(taken, 0.95), floor=median(floor), ratio_limit=ratio_limit,
                paired=median(ours / least for ours, least in zip(taken, floor, strict=True)))


class Dump:
    """The shell's dump of the bundle's tables to files; without a shell, Python's own `csv` over the same select."""

    def __init__(self, home: Path, folder: Path):
        self.file, self.folder = folder / "tables.db", folder / "dump"
        self.folder.mkdir()
        with homes.at(home):
            _written(folder / "first.zip")
        self.tables = _lay_out(folder / "first.zip", self.file)

    def __call__(self) -> None:
        if shutil.which(SHELL) is None:
            with db.session(self.file) as laid_out:
                for table in self.tables:
                    with (self.folder / table).open("w", encoding="utf-8", newline="") as file:
                        csv.writer(file).writerows(laid_out.conn.execute(f"select * from {table}"))
            return
        script = ".headers on\n.mode csv\n" + "".join(f".once '{self.folder / table}'\nselect * from {table};\n" for table in self.tables)
        subprocess.run([SHELL, "-readonly", str(self.file)], input=script, text=True, check=True)


    def pack(self) -> None:
        """Pack what was dumped as the bundle is packed."""
        with zipfile.ZipFile(self.folder.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=bundle.LEVEL) as archive:
            for table in self.tables:
                archive.write(self.folder / table, table)


def _lay_out(archive: Path, file: Path) -> list[str]:
    """The tables of a bundle as tables of text in a store of their own. Returns their names."""
    tables = [sheet.name for sheet in SHEETS]
    csv.field_size_limit(2**31 - 1)  # an event's body may be long
    store = db.connect(file)
    with zipfile.ZipFile(archive) as opened:
        for table in tables:
            with opened.open(f"{table}.csv") as member:
                rows = csv.reader(io.TextIOWrapper(member, encoding="utf-8-sig", newline=""))
                header = next(rows)
                store.conn.execute(f"create table {table}({', '.join(header)})")
                store.conn.executemany(f"insert into {table} values({', '.join('?' * len(header))})", rows)
    store.conn.commit()
    store.close()
    return tables


def _written(file: Path) -> None:
    with file.open("wb") as out:
        bundle.write(SYSTEM, snapshots.LATEST, out)


def _rows(folder: Path) -> None:
    """The rows of the bundle as files, neither packed nor hashed."""
    folder.mkdir(exist_ok=True)
    with db.session(snapshots.path(snapshots.LATEST)) as frozen:
        source = Source(frozen)
        local = bundle.local_time(ZoneInfo(source.round.program.timezone))
        for sheet in SHEETS:
            with (folder / sheet.name).open("wb") as file:
                file.writelines(lines(sheet, source, local))


def _taken(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and seconds of processor time of this process and of what it ran."""
    before, began = _processor(), time.perf_counter()
    work()
    return time.perf_counter() - began, _processor() - before


def _processor() -> float:
    return sum(each.ru_utime + each.ru_stime for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def _peak(home: Path) -> float:
    """Peak resident memory in MB of a process that writes the bundle of a home and does nothing else."""
    ran = subprocess.run([sys.executable, "-m", "benchmarks.bundle"], env={**os.environ, "CHENGPING_HOME": str(home.absolute())},
                         cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True, check=True)
    return float(ran.stdout)


if __name__ == "__main__":
    _written(db.home() / "peak.zip")
    # not ru_maxrss: a child begins with its parent's
    print(next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")) / 2**10)
