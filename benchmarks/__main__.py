"""All benchmarks in one table: `python -m benchmarks`. Exit code 1 when a limit is missed."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks import autosave, bundle, first_view, homes, overview, pages, rollup, store_commands
from benchmarks.autosave import Load
from benchmarks.figures import Line, median, table
from benchmarks.floors import IN_MEMORY, BareInsert, seconds

PARTS = ("store", "overview", "first", "pages", "exchange", "autosave")
QUICK_LARGER = 4
"""So many times as large is the county of the pages in a rough look, which has no large county."""
LOADS = [Load(1, 40), Load(50, 12), Load(200, 8), Load(50, 5, autosave.PAUSE), Load(200, 5, autosave.PAUSE), Load(200, 3, autosave.UNHURRIED)]
QUICK_LOADS = [Load(1, 15), Load(20, 5)]


def counties(folder: Path, size: int, large: int) -> Iterator[tuple[Path, int, bool]]:
    """Homes to measure the store and the overview on: path, number of organizations, whether the limits are for it."""
    home, big = folder / "county", folder / "large"
    homes.demo_county(home, size)
    shutil.copytree(home, big)  # before the measurement adds to it
    yield home, size, True
    if large > size:
        times = -(-large // size)
        homes.enlarge(big, times)
        yield big, size * times, False


def grown(folder: Path, size: int, large: int, quick: bool, tell: Callable[[str], None]) -> list[Line]:
    """Lines for the pages of a county and of one that is larger; none without the latter."""
    home, big, times = folder / "pages", folder / "many", -(-large // size)
    if times < 2:
        return []
    tell(f"making counties of {size} and {size * times} organizations")
    homes.demo_county(home, size)
    shutil.copytree(home, big)
    homes.enlarge(big, times)
    tell("every page, as each account opens it")
    return pages.measure(home, big, times, blocks=3 if quick else 7, runs=4 if quick else 8, first=not quick)


def taken_away(folder: Path, size: int, large: int, quick: bool, tell: Callable[[str], None]) -> Iterator[Line]:
    """Lines for the CSV bundle of a large county beside one of a tenth, and for the roll-up of many counties."""
    times = max(10, -(-large // size))
    home, small = folder / "everything", folder / "tenth"
    tell(f"making counties of {size * times // 10} and {size * times} organizations with all their answers")
    homes.demo_county(home, size)
    shutil.copytree(home, small)
    for each, many in ((small, times // 10), (home, times)):
        homes.enlarge(each, many, answers=True)
    tell("the CSV bundle")
    yield from bundle.measure(home, small, folder, size * times, rounds=3 if quick else 7)
    many, each = (20, 200) if quick else (rollup.COUNTIES, rollup.ORGANIZATIONS)
    tell(f"rolling up {many} counties of {each} organizations")
    homes.demo_county(folder / "one", each)
    yield from rollup.measure(folder / "one", folder, each, many, rounds=3)


def measured(folder: Path, size: int, large: int, quick: bool, parts: Sequence[str], tell: Callable[[str], None]) -> Iterator[Line]:
    """Every line, as it is found."""
    if {"store", "overview", "first"} & set(parts):
        tell(f"making a county of {size} organizations")
        for home, organizations, bounded in counties(folder, size, large):
            if "overview" in parts:
                tell(f"overview, {organizations} organizations")
                yield from overview.measure(home, organizations, blocks=5 if quick else 25, runs=12, bounded=bounded)
            if "first" in parts:  # its limits are for a county of any size
                tell(f"the first view in a browser, {organizations} organizations")
                yield from first_view.measure(home, organizations, rounds=2 if quick else 5)
                if bounded:
                    tell("many open overviews")
                    yield from first_view.crowd(home, organizations, 50 if quick else 200, 10 if quick else 30)
            if "store" in parts:
                tell(f"store, {organizations} organizations")
                yield from store_commands.measure(home, organizations, answers=100 if quick else 500, submissions=5 if quick else 30, bounded=bounded)
    if "pages" in parts:
        yield from grown(folder, size, QUICK_LARGER * size if quick else large, quick, tell)
    if "exchange" in parts:
        yield from taken_away(folder, size, 0 if quick else large, quick, tell)
    if "autosave" in parts:
        for number, load in enumerate(QUICK_LOADS if quick else LOADS):
            tell(load.name)
            yield from autosave.measure(folder / f"fillers{number}", load)


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="Fewer runs, no large county: some minutes in place of many, and rougher.")
@click.option("--organizations", default=500, show_default=True, help="Size of the county that the limits are for.")
@click.option("--large", default=20_000, show_default=True, help="Size of a county that pages may not grow in, else only looked at; 0 for none.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), default=PARTS, help="Only this part; may be given again.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Where the homes are made: a folder on the disk that is meant.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the lines here too.")
def main(quick: bool, organizations: int, large: int, parts: Sequence[str], folder: Path | None, json_file: Path | None) -> None:
    def tell(what: str) -> None:
        click.echo(f"… {what}", err=True)

    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chengping-benchmarks-", dir=folder) as made:
        insert = BareInsert(Path(made))
        if median(seconds(insert) for _ in range(50)) < IN_MEMORY:
            tell("this folder is in memory: nothing waits for a disk, and ratios to an insert say little. Give --folder on a disk")
        lines = list(measured(Path(made), organizations, 0 if quick else large, quick, parts, tell))
    print(table(lines))
    if json_file:
        json_file.write_text(json.dumps([{**asdict(line), "ratio": line.ratio, "ok": line.ok} for line in lines], ensure_ascii=False, indent=1),
                             encoding="utf-8")
    sys.exit(0 if all(line.ok is not False for line in lines) else 1)


if __name__ == "__main__":
    main()
