"""Tables in and out: `import organizations`, `import results`, `import register`, `export register`, `report`."""

import json
from pathlib import Path

import click

from lib.cli import base
from lib.cli.base import Commands, Leaf, content, existing_file, opened, say
from lib.core.model import SYSTEM
from lib.exchange import kobo_import, register_table, registry_import, reports, results_import, safe_csv
from lib.store import db, records, rounds, snapshots

DRY_RUN = click.option("--dry-run", is_flag=True, help="Check everything and say what would change; change nothing.")


@click.group(name="import", cls=Commands)
def import_group() -> None:
    """Take in a CSV (UTF-8 or GBK), XLSX or XLS file: all of it, or nothing."""


@import_group.command(name="organizations")
@click.argument("file", type=existing_file)
@DRY_RUN
def import_organizations(file: Path, dry_run: bool) -> None:
    """Add or change organizations. Columns: code, name, kind, committee, township, members, secretary, phone, start_class."""
    with opened() as store:
        table = registry_import.read(content(file))
        plan = registry_import.plan(store, SYSTEM, table) if dry_run else registry_import.import_table(store, SYSTEM, table, db.iso(db.now(store)))
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
def import_register(name: str, file: Path, dry_run: bool) -> None:
    """Add or change records of a register. NAME: its code (visits, leaders, …). Columns: id, organization, committee, its questions."""
    with opened() as store:
        table, at = register_table.read(content(file), records.register(store, name)), db.iso(db.now(store))
        if dry_run:
            plan = register_table.plan(store, SYSTEM, name, table, rounds.local(store, at).date())
        else:
            plan = register_table.import_table(store, SYSTEM, name, table, at)
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
    click.echo(say("manage.dry_run" if dry_run else "manage.imported", rows=len(table.rows), added=plan.added, changed=plan.changed,
                   unchanged=plan.unchanged))


@click.group(name="export", cls=Commands)
def export_group() -> None:
    """Write a table to a file that can be imported again."""


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
    out.write_bytes((register_table.workbook if out.suffix.lower() == ".xlsx" else register_table.csv)(header, rows))
    click.echo(say("manage.register_written", path=out, count=len(rows)))


@click.command(cls=Leaf)
@click.argument("name")
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--snapshot", help="The id of a snapshot, or latest; without it the live store.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file that Excel and WPS open rightly, instead of stdout.")
def report(name: str, format_: str, snapshot: str | None, out: Path | None) -> None:
    """A ready-made table. NAME: grades (kind by grade, with shares and totals)."""
    with opened() as store:
        if snapshot:
            with db.session(snapshots.path(snapshot)) as frozen:
                table = reports.make(frozen, name)
        else:
            table = reports.make(store, name)
    text = json.dumps(table.records(), ensure_ascii=False, indent=1) + "\n" if format_ == "json" else safe_csv.text(table.columns, table.rows)
    if out:
        out.write_bytes(text.encode(safe_csv.ENCODING if format_ == "csv" else "utf-8"))
    else:
        click.echo(text, nl=False)
