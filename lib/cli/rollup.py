"""The snapshots of many counties as one overview: `rollup`."""

from pathlib import Path

import click

from lib.cli import base
from lib.cli.base import Leaf, say
from lib.core import phrases, program
from lib.core.model import Refused
from lib.store import pack


@click.command(cls=Leaf)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR…")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, .csv, .json or .xlsx; without it CSV to stdout.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="A page with the same figures as bars, too.")
@click.option("--lang", "language", type=click.Choice(phrases.LANGUAGES), default=base.LANGUAGE, help="The files' language; else the terminal's.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler (tcp://host:8786) whose workers count.")
def rollup(paths: tuple[Path, ...], out: Path | None, html: Path | None, language: str, scheduler: str | None) -> None:
    """Roll up the snapshots of many counties. DIR: CSV bundles (zip or unpacked), snapshots' .db files, or folders of them; the newest a county."""
    try:
        from lib.rollup import counting, files, overview, page, sources
    except ModuleNotFoundError as error:
        raise Refused("rollup.requirements", name=error.name) from None
    if out and out.suffix.lower() not in files.WRITERS:
        raise Refused("rollup.format", name=out.name)
    given, passed_over = sources.find(paths)
    for each in passed_over:
        click.echo(say("manage.rollup.passed_over", path=each.path, county=each.name), err=True)
    rules = program.parse(pack.program_text())
    if scheduler:
        from lib.rollup import scheduler as cluster

        counted = cluster.count(given, rules, scheduler)
    else:
        counted = counting.count(given, rules)
    made = overview.make(given, counted, rules)
    if out:
        out.write_bytes(files.WRITERS[out.suffix.lower()](made, language))
    if html:
        html.write_bytes(page.html(made, language))
    if out is None and html is None:
        click.echo(files.csv(made, language).decode("utf-8-sig"), nl=False)
    else:
        click.echo(say("manage.rollup.done", counties=len(given), organizations=made.organizations()))
