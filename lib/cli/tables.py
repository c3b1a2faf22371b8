"""Tables in and out: the groups `import` and `export`, and `report`."""

import json
from pathlib import Path

import click

from lib.cli import base
from lib.cli.base import Commands, Leaf, content, existing_file, opened, say
from lib.core.model import SYSTEM, Words
from lib.exchange import handout, kobo_import, register_table, registry_import, registry_table, reports, results_import, safe_csv, spreadsheet
from lib.store import db, events, imports, organizations, records, rounds, snapshots

DRY_RUN = click.option("--dry-run", is_flag=True, help="Check everything and say what would change, cell by cell; change nothing.")
OVERWRITE = click.option("--overwrite", is_flag=True, help="Take the file's word also where somebody changed the same since it was exported.")


@click.group(name="import", cls=Commands)
def import_group() -> None:
    """Take in a CSV (UTF-8 or GBK), XLSX or XLS file: all of it, or nothing."""


@import_group.command(name="organizations")
@click.argument("file", type=existing_file)
@DRY_RUN
@OVERWRITE
def import_organizations(file: Path, dry_run: bool, overwrite: bool) -> None:
    """Add or change organizations. Columns: code, name, kind, committee, township, members, secretary, phone, start_class."""
    with opened() as store:
        table, at = registry_import.read(content(file)), db.iso(db.now(store))
        plan = (registry_import.plan(store, SYSTEM, table, overwrite=overwrite) if dry_run
                else registry_import.import_table(store, SYSTEM, table, at, overwrite=overwrite))
    for code, name in plan.committees:
        click.echo(say("manage.new_committee", code=code, name=name))
    _summary(plan, table, dry_run)


@import_group.command(name="results")
@click.argument("file", type=existing_file)
@DRY_RUN
def import_results(file: Path, dry_run: bool) -> None:
    """Record results decided on paper. Columns: code, self_score, satisfaction, review_score, grade, decided_on."""
    with opened() as store:
        table, at = results_import.read(content(file)), db.iso(db.now(store))
        if dry_run:
            plan = results_import.plan(store, SYSTEM, table, rounds.local(store, at).date())
        else:
            plan = results_import.import_table(store, SYSTEM, table, at)
    _summary(plan, table, dry_run)


@import_group.command(name="register")
@click.argument("name")
@click.argument("file", type=existing_file)
@DRY_RUN
@OVERWRITE
def import_register(name: str, file: Path, dry_run: bool, overwrite: bool) -> None:
    """Add or change records of a register. NAME: its code (visits, leaders, …). Columns: id, organization, committee, its questions."""
    with opened() as store:
        table, at = register_table.read(content(file), records.register(store, name)), db.iso(db.now(store))
        if dry_run:
            plan = register_table.plan(store, SYSTEM, name, table, rounds.local(store, at).date(), overwrite=overwrite)
        else:
            plan = register_table.import_table(store, SYSTEM, name, table, at, overwrite=overwrite)
    _summary(plan, table, dry_run)


@import_group.command(name="submissions")
@click.argument("kind")
@click.argument("file", type=existing_file)
@DRY_RUN
@click.option("--submit", is_flag=True, help="Hand the assessments in as well: every gap is then an error.")
def import_submissions(kind: str, file: Path, dry_run: bool, submit: bool) -> None:
    """Take answers to a questionnaire from a KoboToolbox export (codes or labels), one row an organization. KIND: village, agency, …"""
    with opened() as store:
        table, at = kobo_import.read(store, kind, content(file)), db.iso(db.now(store))
        if dry_run:
            plan = kobo_import.plan(store, SYSTEM, kind, table, rounds.local(store, at).date(), submit=submit)
        else:
            plan = kobo_import.import_table(store, SYSTEM, kind, table, at, submit=submit)
    _summary(plan, table, dry_run)
    if submit and not dry_run:
        click.echo(say("manage.kobo.submitted", count=len(plan.submits)))


def _summary(plan: registry_import.Plan | results_import.Plan | register_table.Plan | kobo_import.Plan, table, dry_run: bool) -> None:
    if table.ignored:
        click.echo(say("manage.ignored_columns", names="、".join(table.ignored)), err=True)
    for warning in plan.warnings:
        click.echo(say("manage.warning", text=base.explain(warning)), err=True)
    for cell in getattr(plan, "cells", ()) if dry_run else ():
        column, before, after = (getattr(told, base.LANGUAGE) if isinstance(told, Words) else told for told in (cell.column, cell.before, cell.after))
        title = column if isinstance(cell.column, Words) else say(f"column.{column}")
        click.echo(say("manage.cell", row=cell.row, name=cell.name, title=title, before=before, after=after))
    click.echo(say("manage.dry_run" if dry_run else "manage.imported", rows=len(table.rows), added=plan.added, changed=plan.changed,
                   unchanged=plan.unchanged))


@import_group.command(name="undo")
@click.argument("kind")
def import_undo(kind: str) -> None:
    """Take the last import back, unless something of it was changed since. KIND: organizations, results, or a register's code."""
    with opened() as store:
        done = imports.undo(store, SYSTEM, kind, db.iso(db.now(store)))
    click.echo(say("imports.undone", added=done.added, changed=done.changed))


@click.group(name="export", cls=Commands)
def export_group() -> None:
    """Write a table to a file that can be imported again."""


@export_group.command(name="organizations")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write, .csv or .xlsx.")
@click.option("--words", is_flag=True, help="Labels instead of codes.")
@click.option("--phones", help="With telephone numbers too, and why: it is recorded.")
def export_organizations(out: Path, words: bool, phones: str | None) -> None:
    """Write the registry, closed organizations left out."""
    ending = "xlsx" if out.suffix.lower() == ".xlsx" else "csv"
    with opened() as store:
        out.write_bytes(registry_table.export(store, SYSTEM, ending, base.LANGUAGE if words else None, db.iso(db.now(store)), reason=phones))
        count = len(organizations.every(store, SYSTEM))
    click.echo(say("manage.register_written", path=out, count=count))


@export_group.command(name="register")
@click.argument("name")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write, .csv or .xlsx.")
@click.option("--words", is_flag=True, help="Labels instead of codes.")
@click.option("--private", is_flag=True, help="Telephone numbers and the like too.")
def export_register(name: str, out: Path, words: bool, private: bool) -> None:
    """Write the records of a register. NAME: its code (visits, leaders, …)."""
    with opened() as store:
        header, rows = register_table.cells(store, records.register(store, name), records.every(store, name), base.LANGUAGE if words else None,
                                            private=private)
    out.write_bytes((handout.workbook if out.suffix.lower() == ".xlsx" else handout.csv)(header, rows))
    click.echo(say("manage.register_written", path=out, count=len(rows)))


@click.command(cls=Leaf, help=f"A ready-made table, computed as the screens are. NAME: {', '.join(reports.REPORTS)}.")
@click.argument("name")
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--snapshot", help="The id of a snapshot, or latest; without it the live store.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="A file that Excel and WPS open rightly, instead of stdout; as .xlsx with the columns' names in words.")
def report(name: str, format_: str, snapshot: str | None, out: Path | None) -> None:
    with opened() as store:
        if snapshot:
            with db.session(snapshots.path(snapshot)) as frozen:
                table = reports.make(frozen, name, rounds.local(frozen, events.last(frozen)[1]).date())
        else:
            table = reports.make(store, name)
    if out and out.suffix.lower() == ".xlsx":
        sheet = spreadsheet.Sheet(say(f"report_name.{name}"), table.titles(base.LANGUAGE), table.rows)
        out.write_bytes(spreadsheet.data([sheet]))
        return
    text = json.dumps(table.records(), ensure_ascii=False, indent=1) + "\n" if format_ == "json" else safe_csv.text(table.columns, table.rows)
    if out:
        out.write_bytes(text.encode(safe_csv.ENCODING if format_ == "csv" else "utf-8"))
    else:
        click.echo(text, nl=False)
