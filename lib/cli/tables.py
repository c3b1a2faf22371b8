"""Tables in and out: `import organizations`, `import results`, `report`."""

import json
from pathlib import Path

import click

from lib.cli import base
from lib.cli.base import Commands, Leaf, content, existing_file, opened, say
from lib.core.model import SYSTEM
from lib.exchange import registry_import, reports, results_import, safe_csv
from lib.store import db, rounds, snapshots

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


def _summary(plan: registry_import.Plan | results_import.Plan, table, dry_run: bool) -> None:
    if table.ignored:
        click.echo(say("manage.ignored_columns", names="、".join(table.ignored)), err=True)
    for warning in plan.warnings:
        click.echo(say("manage.warning", text=base.explain(warning)), err=True)
    click.echo(say("manage.dry_run" if dry_run else "manage.imported", rows=len(table.rows), added=plan.added, changed=plan.changed,
                   unchanged=plan.unchanged))


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
